use crate::when::When;
use central_logger_key_activity::AlertId;
use central_logger_keys::ClientId;

/// Show the usage of keys: requests, refusals, entries, bytes
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Usage is counted by the hour, from the beginning of the hour of --since on, and kept for 90 days. \
Servers store it every five seconds. The line without a client counts requests without a key, or with \
an unknown one.

Examples:
  central-logger-admin usage
  central-logger-admin usage --client acme_corp --since 7d
  central-logger-admin usage --per-client --since 30d")]
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

/// Show suspicious usage, and keys that need action soon
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Servers evaluate usage every ten seconds, and raise one alert for each episode, which is counted while \
it lasts. The most recent come first. docs/monitoring.md describes each kind, and delivery to a \
webhook.

Examples:
  central-logger-admin alerts
  central-logger-admin alerts --client acme_corp --since 30d
  central-logger-admin alerts --ack 6c1f0a52c3b7e9d4
  central-logger-admin alerts --json | jq '.alerts[] | select(.severity == \"critical\")'
  central-logger-admin alerts --redeliver 6c1f0a52c3b7e9d4")]
pub(crate) struct AlertsArgs {
    /// Only alerts about keys of this client
    #[arg(long, value_name = "ID")]
    pub(crate) client: Option<ClientId>,

    /// Only alerts that were seen since then: 7d, 24h … ago, or RFC 3339
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    pub(crate) since: When,

    /// Acknowledge these alerts, instead of listing; the first acknowledgement is recorded
    #[arg(long, value_name = "ALERT", num_args = 1.., conflicts_with_all = ["client", "since", "redeliver"])]
    pub(crate) ack: Vec<AlertId>,

    /// Deliver these alerts to the webhook again, such as those that were given up
    #[arg(long, value_name = "ALERT", num_args = 1.., conflicts_with_all = ["client", "since"])]
    pub(crate) redeliver: Vec<AlertId>,
}
