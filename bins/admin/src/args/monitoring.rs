use crate::when::When;
use central_logger_key_activity::AlertId;
use central_logger_keys::ClientId;

#[derive(Debug, clap::Args)]
pub(crate) struct UsageArgs {
    /// Only keys of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// Since when: 24h, 7d … ago, or RFC 3339
    #[arg(long, value_name = "WHEN", default_value = "24h")]
    pub(crate) since: When,

    /// Add up the keys of each client
    #[arg(long)]
    pub(crate) per_client: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AlertsArgs {
    /// Only alerts about keys of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// Only what was seen since then: 7d, 24h … ago, or RFC 3339
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    pub(crate) since: When,

    /// Note that these were seen, instead of listing; of several who do, the first is kept
    #[arg(long, value_name = "ALERT", num_args = 1.., conflicts_with_all = ["client", "since", "redeliver"])]
    pub(crate) ack: Vec<AlertId>,

    /// Deliver these to the webhook again, such as those that were given up
    #[arg(long, value_name = "ALERT", num_args = 1.., conflicts_with_all = ["client", "since"])]
    pub(crate) redeliver: Vec<AlertId>,
}
