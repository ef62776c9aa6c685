use super::{LinkArgs, WaitArgs};
use crate::when::When;
use central_logger_delivery::TargetName;
use central_logger_key_store::RateLimit;
use central_logger_keys::{ClientId, KeyEnvironment, Networks, Scope};
use central_logger_text::PlainText;
use std::path::PathBuf;

/// Make a key without a database, for API_KEYS in .env
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints the key, the entry for .env with the keys that it already has, and a message for the client. \
The key is shown only once.

Examples:
  central-logger-admin generate --client acme_corp
  central-logger-admin generate --client acme_corp --json | jq -r .env_entry")]
pub(crate) struct GenerateArgs {
    /// The client that the key is for
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,
}

/// Store a new key and show it once
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  central-logger-admin issue --client acme_corp
  central-logger-admin issue --client acme_corp --expires 90d --scope logs:write --env test
  central-logger-admin issue --client acme_corp --rate 100/s --allow-ip 203.0.113.0/24
  central-logger-admin issue --client acme_corp --deliver
  central-logger-admin issue --client acme_corp --deliver vault:secret/acme/logger
  central-logger-admin issue --client acme_corp --reveal-link --valid 3d
  python3 -c 'import secrets; print(secrets.token_urlsafe(32))' |
    central-logger-admin issue --client acme_corp --key-stdin")]
pub(crate) struct IssueArgs {
    /// The client that the key is for, such as acme_corp
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,

    /// Read the key from standard input instead of making one
    #[arg(long)]
    pub(crate) key_stdin: bool,

    /// Store a key from standard input even if it is weak
    #[arg(long, requires = "key_stdin")]
    pub(crate) allow_weak: bool,

    /// The client's name, for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<PlainText>,

    /// When the key ends: 90d, 24h, 15m, 30s or RFC 3339 (default: never)
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    /// Grant this scope: logs:write, logs:read, keys:manage, or one of a service of yours, such as
    /// orders:read; can be repeated (default: logs:write and logs:read)
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<Scope>,

    /// Accept the key only from this network, such as 203.0.113.0/24 or 2001:db8::/32; can be
    /// repeated (default: from anywhere)
    #[arg(long = "allow-ip", value_name = "CIDR")]
    pub(crate) allow_ip: Vec<Networks>,

    /// How often the key can be used, such as 100/s, 600/m or 5000/h (default: unlimited)
    #[arg(long, value_name = "N/s|m|h")]
    pub(crate) rate: Option<RateLimit>,

    /// A label, live or test
    #[arg(long, value_name = "LABEL", default_value = "live")]
    pub(crate) env: KeyEnvironment,

    /// A remark
    #[arg(long, value_name = "TEXT")]
    pub(crate) note: Option<PlainText>,

    /// Hand the key over to this target, or else to that of the client, instead of showing it
    #[arg(
        long,
        value_name = "TARGET",
        num_args = 0..=1,
        conflicts_with_all = ["key_stdin", "message_file", "reveal_link"]
    )]
    pub(crate) deliver: Option<Option<TargetName>>,

    /// Replace whatever the target holds
    #[arg(long, requires = "deliver")]
    pub(crate) overwrite: bool,

    #[command(flatten)]
    pub(crate) link: LinkArgs,

    #[command(flatten)]
    pub(crate) message: MessageArgs,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct MessageArgs {
    /// Write the message for the client, with the key, to this new file instead of to the terminal;
    /// only its owner can read it
    #[arg(long, value_name = "FILE")]
    pub(crate) message_file: Option<PathBuf>,
}
