use super::WaitArgs;
use crate::quota_limit::QuotaLimit;
use central_logger_keys::ClientId;
use clap::Subcommand;
use std::num::{NonZeroU32, NonZeroU64};

#[derive(Debug, Subcommand)]
pub(crate) enum QuotaCommand {
    /// Set a client's quota, which all of its keys share
    #[command(after_help = "\
Limits that are not named stay as they are. The client may have no keys yet. Days and months begin at \
midnight UTC. A limit holds for all servers of the database together. Bytes are those of the texts of \
entries.

Examples:
  central-logger-admin quota set --client acme_corp --requests-per-day 100000
  central-logger-admin quota set --client acme_corp --requests-per-month none
  central-logger-admin quota set --client acme_corp --entries-per-day 1000000 --bytes-per-day 1073741824")]
    Set(SetQuotaArgs),

    /// Show a client's quota
    #[command(after_help = "\
Example:
  central-logger-admin quota show --client acme_corp")]
    Show {
        /// The client
        #[arg(long, value_name = "ID")]
        client: ClientId,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct SetQuotaArgs {
    /// The client
    #[arg(long, value_name = "ID")]
    pub(crate) client: ClientId,

    /// Requests in a day, or none for no limit
    #[arg(
        long,
        value_name = "N|none",
        required_unless_present_any = ["requests_per_month", "entries_per_day", "bytes_per_day"]
    )]
    pub(crate) requests_per_day: Option<QuotaLimit<NonZeroU32>>,

    /// Requests in a month, or none for no limit
    #[arg(long, value_name = "N|none")]
    pub(crate) requests_per_month: Option<QuotaLimit<NonZeroU32>>,

    /// Entries stored in a day, or none for no limit
    #[arg(long, value_name = "N|none")]
    pub(crate) entries_per_day: Option<QuotaLimit<NonZeroU64>>,

    /// Bytes stored in a day, or none for no limit
    #[arg(long, value_name = "N|none")]
    pub(crate) bytes_per_day: Option<QuotaLimit<NonZeroU64>>,

    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}
