use central_logger_command_line::SharedFlags;
use central_logger_settings::{Environment, Setting, SettingError, Switch};
use clap::Parser;

/// Receives and serves workflow logs over HTTP, each client's under its own API keys.
///
/// An option with a name in parentheses can also be set under that name in the environment or in a
/// .env file. A flag overrides the environment, which overrides the file.
#[derive(Debug, Parser)]
#[command(name = "central-logger", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) shared: SharedFlags,

    /// The address to listen on; port 0 takes a free one (LOGGER_BIND, default 127.0.0.1:8000)
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) bind: Option<String>,

    /// The address to serve /metrics on, for Prometheus (LOGGER_METRICS_BIND, default nowhere)
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) metrics_bind: Option<String>,

    /// Serve HTTPS with this certificate chain in PEM (LOGGER_TLS_CERT)
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<String>,

    /// The private key of the certificate, in PEM (LOGGER_TLS_KEY)
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<String>,

    /// Serve plain HTTP beyond this machine, because a proxy in front speaks HTTPS
    /// (LOGGER_BEHIND_TLS_PROXY)
    #[arg(long)]
    pub(crate) behind_tls_proxy: bool,

    /// Trust the X-Forwarded-For of proxies in this network; may be repeated
    /// (LOGGER_TRUSTED_PROXIES, several separated by commas)
    #[arg(long = "trusted-proxy", value_name = "CIDR")]
    pub(crate) trusted_proxies: Vec<String>,

    /// How many connections may be open from one address, or one /64 in IPv6, other than those of
    /// trusted proxies and this machine (LOGGER_CONNECTIONS_PER_ADDRESS, default 1000)
    #[arg(long, value_name = "NUMBER")]
    pub(crate) connections_per_address: Option<String>,

    /// How many connections to PostgreSQL there may be at a time, beside the one for changes of keys
    /// (LOGGER_DATABASE_CONNECTIONS, default 16)
    #[arg(long, value_name = "N")]
    pub(crate) database_connections: Option<String>,

    /// How long to wait at the start for a PostgreSQL that is not there yet: 0s to 600s
    /// (LOGGER_DATABASE_WAIT, default 30s)
    #[arg(long, value_name = "DURATION")]
    pub(crate) database_wait: Option<String>,

    /// Alert thresholds: KIND=VALUE or CLIENT.KIND=VALUE, several with spaces between them, or off
    /// (LOGGER_ALERTS; docs/monitoring.md lists the kinds)
    #[arg(long, value_name = "THRESHOLDS")]
    pub(crate) alerts: Option<String>,

    /// Post alerts to this URL too, signed by Standard Webhooks (LOGGER_WEBHOOK_URL)
    #[arg(long, value_name = "URL")]
    pub(crate) webhook_url: Option<String>,

    /// The secrets that sign them, whsec_… in a line each, the newest first
    /// (LOGGER_WEBHOOK_SECRET_FILE)
    #[arg(long, value_name = "FILE")]
    pub(crate) webhook_secret_file: Option<String>,

    /// Where that URL may lead: public addresses, with HTTPS, or anywhere (LOGGER_WEBHOOK_REACH,
    /// default public)
    #[arg(long, value_name = "public|anywhere")]
    pub(crate) webhook_reach: Option<String>,

    /// How long verified keys are accepted while the database is unreachable, and so how long a
    /// revocation may take then: 1s to 60s (LOGGER_LEASE, default 2s)
    #[arg(long, value_name = "DURATION")]
    pub(crate) lease: Option<String>,

    /// How long to accept new connections after a signal to stop, while /readyz answers 503, so that
    /// load balancers notice: 0s to 300s (LOGGER_STOP_DELAY, default 0s)
    #[arg(long, value_name = "DURATION")]
    pub(crate) stop_delay: Option<String>,

    /// Issue a first key for the client `demo` and print it, if there is no key yet
    /// (LOGGER_QUICKSTART)
    #[arg(long)]
    pub(crate) quickstart: bool,
}

const QUICKSTART: Setting = Setting {
    name: "LOGGER_QUICKSTART",
    flag: "--quickstart",
    example: "true",
    secret: false,
};

impl Args {
    /// Reads where settings come from, the flags first.
    pub(crate) fn environment(&self) -> Result<Environment, SettingError> {
        let flags = self
            .shared
            .flags()
            .with("--bind", self.bind.clone())
            .with("--metrics-bind", self.metrics_bind.clone())
            .with("--tls-cert", self.tls_cert.clone())
            .with("--tls-key", self.tls_key.clone())
            .with_switch("--behind-tls-proxy", self.behind_tls_proxy)
            .with("--trusted-proxy", self.trusted_proxies.clone())
            .with(
                "--connections-per-address",
                self.connections_per_address.clone(),
            )
            .with("--database-connections", self.database_connections.clone())
            .with("--database-wait", self.database_wait.clone())
            .with("--alerts", self.alerts.clone())
            .with("--webhook-url", self.webhook_url.clone())
            .with("--webhook-secret-file", self.webhook_secret_file.clone())
            .with("--webhook-reach", self.webhook_reach.clone())
            .with("--lease", self.lease.clone())
            .with("--stop-delay", self.stop_delay.clone())
            .with_switch("--quickstart", self.quickstart);
        Ok(self.shared.environment()?.with_flags(flags))
    }
}

/// Whether a first key is wanted.
pub(crate) fn quickstart(environment: &Environment) -> Result<bool, SettingError> {
    Ok(environment
        .get::<Switch>(&QUICKSTART)?
        .unwrap_or_default()
        .0)
}

const EXAMPLES: &str = "\
Examples:
  central-logger --quickstart
  central-logger --database-url postgres://logger:secret@db/logger --bind 127.0.0.1:9000
  central-logger --bind 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key privkey.pem";
