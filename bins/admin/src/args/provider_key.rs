use super::WaitArgs;
use crate::when::{Span, When};
use central_logger_keys::{Networks, Scope};
use central_logger_text::PlainText;
use clap::Subcommand;

// The ids below stay text here: the parser would repeat a secret that was pasted in their place.

#[derive(Debug, Subcommand)]
pub(crate) enum ProviderKeyCommand {
    /// Store a new key of the provider and show it once
    #[command(after_help = "\
Only this command makes such keys: none of them can make another. They cannot read or write the logs \
of a client.

Examples:
  central-logger-admin provider-key issue --name 'sign-up page' --scope provider:write
  central-logger-admin provider-key issue --name billing --expires 90d --allow-ip 203.0.113.7
  central-logger-admin generate --json | jq -r .api_key |
    central-logger-admin provider-key issue --name terraform --key-stdin")]
    Issue(IssueProviderKeyArgs),

    /// List the keys of the provider, without secrets
    #[command(after_help = "\
Examples:
  central-logger-admin provider-key list
  central-logger-admin provider-key list --q terraform
  central-logger-admin provider-key list --json | jq -r '.keys[].key_id'")]
    List {
        /// Only keys whose id or name has this part, in any case, or that begin with it, such as
        /// cl_live_4fzyo8
        #[arg(long, value_name = "PART")]
        q: Option<PlainText>,
    },

    /// Replace a key of the provider; both keys are valid until the grace period ends
    #[command(after_help = "\
The successor has the same name, scopes and networks, and its lifetime is the original one of the old \
key, from now on. To end the grace period early, revoke the old key.

Examples:
  central-logger-admin provider-key rotate 4fzyo82mvyi1
  central-logger-admin provider-key rotate 4fzyo82mvyi1 --grace 0 --expires 90d")]
    Rotate(RotateProviderKeyArgs),

    /// Revoke a key of the provider permanently and at once
    #[command(after_help = "\
Examples:
  central-logger-admin provider-key revoke 4fzyo82mvyi1 --reason 'not used any more'
  central-logger-admin provider-key revoke 4fzyo82mvyi1 --reason leaked --with-made")]
    Revoke(RevokeProviderKeyArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct IssueProviderKeyArgs {
    /// The name of the key, such as that of the program that has it
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<PlainText>,

    /// Grant this scope: provider:read or provider:write; can be repeated (default: provider:read)
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<Scope>,

    /// When the key ends: 90d, 24h, 15m, 30s or RFC 3339 (default: 365d)
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    /// Accept the key only from this network, such as 203.0.113.0/24 or 2001:db8::/32; can be
    /// repeated (default: from anywhere)
    #[arg(long = "allow-ip", value_name = "CIDR")]
    pub(crate) allow_ip: Vec<Networks>,

    /// Read the key from standard input instead of making one; it must have been made by `generate`
    /// or have that form
    #[arg(long)]
    pub(crate) key_stdin: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RotateProviderKeyArgs {
    /// The id of the key, as `provider-key list` shows it
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,

    /// How much longer the old key is valid; 0 revokes it at once
    #[arg(long, value_name = "DURATION", default_value = "24h")]
    pub(crate) grace: Span,

    /// When the successor ends (default: after the original lifetime of the old key)
    #[arg(long, value_name = "WHEN")]
    pub(crate) expires: Option<When>,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RevokeProviderKeyArgs {
    /// The id of the key, as `provider-key list` shows it
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,

    /// The reason, for `show` and the audit trail
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<PlainText>,

    /// Also revoke all keys of clients that this key made, itself or through other keys
    #[arg(long)]
    pub(crate) with_made: bool,

    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}
