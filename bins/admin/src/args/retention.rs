use super::WaitArgs;
use central_logger_keys::ClientId;
use central_logger_log_store::{RetentionPeriod, retention::InvalidRetentionPeriod};
use clap::Subcommand;
use std::str::FromStr;

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    /// Keep logs for another time from now on, those of all clients or of one
    #[command(after_help = "\
By default logs are kept for ever. Servers remove what was executed longer ago than \
its term, within ten minutes, and refuse entries that are older. What is removed \
does not come back.

Examples:
  central-logger-admin retention set --keep 90d
  central-logger-admin retention set --client acme_corp --keep forever
  central-logger-admin retention set --client acme_corp --keep default")]
    Set(SetRetentionArgs),

    /// Show how long logs are kept
    #[command(after_help = "\
Examples:
  central-logger-admin retention show
  central-logger-admin retention show --client acme_corp --json | jq -r .keep")]
    Show {
        /// Only those of this client
        #[arg(long, value_name = "ID")]
        client: Option<ClientId>,
    },

    /// Remove all logs of a client, for good and at once
    #[command(after_help = "\
The keys of the client stay good: revoke them first if nothing is to come again. The \
audit trail keeps who did this, when, and how many entries it were.

Examples:
  central-logger-admin retention forget --client acme_corp
  central-logger-admin retention forget --client acme_corp --yes --json > receipt.json")]
    Forget(ForgetArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct SetRetentionArgs {
    /// Whose logs (default: of all clients that have no term of their own)
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// How long: 90d, 24h, 15m, 30s or forever; for a client also default, as long as for all
    #[arg(long, value_name = "DURATION|forever|default")]
    pub(crate) keep: KeepArg,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ForgetArgs {
    /// Whose logs
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,

    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

/// How long to keep logs; nothing for as long as those of all.
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
