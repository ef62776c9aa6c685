use super::WaitArgs;
use crate::when::Span;
use central_logger_key_store::KeyStatus;
use central_logger_keys::ClientId;
use central_logger_text::PlainText;

/// List keys of clients, without secrets
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  central-logger-admin list
  central-logger-admin list --client acme_corp --status active
  central-logger-admin list --due 90d
  central-logger-admin list --q cl_live_4fzyo8
  central-logger-admin list --json | jq -r '.keys[].key_id'

`provider-key list` lists the keys of the provider's own programs.")]
pub(crate) struct ListArgs {
    /// Only keys of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// Only keys of this status: active, disabled, expired or revoked
    #[arg(long, value_name = "STATUS")]
    pub(crate) status: Option<KeyStatus>,

    /// Only keys due for rotation: active, without a successor, and older than this or weak
    #[arg(long, value_name = "AGE")]
    pub(crate) due: Option<Span>,

    /// Only keys whose id or name has this part, in any case, or that begin with it, such as
    /// cl_live_4fzyo8
    #[arg(long, value_name = "PART")]
    pub(crate) q: Option<PlainText>,
}

// The ids below stay text here: the parser would repeat a secret that was pasted in their place.

/// Show everything about a key
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  central-logger-admin show 4fzyo82mvyi1")]
pub(crate) struct ShowArgs {
    /// The id of the key, as `list` shows it
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SwitchArgs {
    /// The id of the key, as `list` shows it
    #[arg(value_name = "KEY_ID")]
    pub(crate) id: String,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// Revoke one key, or all keys of a client, permanently and at once
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  central-logger-admin revoke 4fzyo82mvyi1 --reason 'leaked'
  central-logger-admin revoke 4fzyo82mvyi1 --reason 'leaked' --with-made
  central-logger-admin revoke --client acme_corp --yes")]
pub(crate) struct RevokeArgs {
    /// The id of the key, as `list` shows it
    #[arg(
        value_name = "KEY_ID",
        required_unless_present = "client",
        conflicts_with = "client"
    )]
    pub(crate) id: Option<String>,

    /// All keys of this client, and its sessions and sign-in links
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// The reason, for `show` and the audit trail
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<PlainText>,

    /// Also revoke all keys that the key made, itself or through other keys
    #[arg(long, conflicts_with = "client")]
    pub(crate) with_made: bool,

    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}
