use super::WaitArgs;
use central_logger_keys::ClientId;
use central_logger_log_store::{RetentionPeriod, retention::InvalidRetentionPeriod};
use clap::Subcommand;
use std::str::FromStr;

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    /// Set the retention period of all clients or of one
    #[command(after_help = "\
By default logs are kept indefinitely. Servers delete entries whose retention period has ended, \
within ten minutes, and refuse entries that are older. Deleted entries cannot be restored.

Examples:
  central-logger-admin retention set --keep 90d
  central-logger-admin retention set --client acme_corp --keep forever
  central-logger-admin retention set --client acme_corp --keep default")]
    Set(SetRetentionArgs),

    /// Show the retention periods
    #[command(after_help = "\
Examples:
  central-logger-admin retention show
  central-logger-admin retention show --client acme_corp --json | jq -r .keep")]
    Show {
        /// Only that of this client
        #[arg(long, value_name = "ID")]
        client: Option<ClientId>,
    },

    /// Delete all logs of a client, permanently and at once
    #[command(after_help = "\
The client's keys remain valid; revoke them first to stop new logs. The audit trail records who ran \
this, when, and how many entries were deleted.

Examples:
  central-logger-admin retention forget --client acme_corp
  central-logger-admin retention forget --client acme_corp --yes --json > receipt.json")]
    Forget(ForgetArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct SetRetentionArgs {
    /// The client (default: all clients without a retention period of their own)
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// The period: 90d, 24h, 15m, 30s or forever; for a client also default, which is that of all
    #[arg(long, value_name = "DURATION|forever|default")]
    pub(crate) keep: KeepArg,

    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ForgetArgs {
    /// The client
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,

    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
}

/// A retention period, or `None` for that of all clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeepArg(pub(crate) Option<RetentionPeriod>);

impl FromStr for KeepArg {
    type Err = InvalidRetentionPeriod;

    fn from_str(text: &str) -> Result<Self, InvalidRetentionPeriod> {
        match text {
            "default" => Ok(Self(None)),
            keep => keep.parse().map(|keep| Self(Some(keep))),
        }
    }
}
