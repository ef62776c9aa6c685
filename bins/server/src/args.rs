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

    /// Post alerts to this URL too, signed by Standard Webhooks, or in the shape of a chat service: slack:URL,
    /// teams:URL, discord:URL; can be repeated (LOGGER_WEBHOOK_URL, with commas between them)
    #[arg(long, value_name = "URL")]
    pub(crate) webhook_url: Vec<String>,

    /// The secrets that sign them, whsec_… in a line each, the newest first; can be repeated, for each URL in the same
    /// order, so that each receiver has secrets of its own (LOGGER_WEBHOOK_SECRET_FILE, with commas between them)
    #[arg(long, value_name = "FILE")]
    pub(crate) webhook_secret_file: Vec<String>,

    /// Where that URL may lead: public addresses, with HTTPS, or anywhere (LOGGER_WEBHOOK_REACH,
    /// default public)
    #[arg(long, value_name = "public|anywhere")]
    pub(crate) webhook_reach: Option<String>,

    /// Where the channels of clients may lead: public addresses, with HTTPS, or anywhere
    /// (LOGGER_CHANNEL_REACH, default public)
    #[arg(long, value_name = "public|anywhere")]
    pub(crate) channel_reach: Option<String>,

    /// How long verified keys are accepted while the database is unreachable, and so how long a
    /// revocation may take then: 1s to 60s (LOGGER_LEASE, default 2s)
    #[arg(long, value_name = "DURATION")]
    pub(crate) lease: Option<String>,

    /// How long a person stays signed in without doing anything: 1s to 30d (LOGGER_SESSION_IDLE,
    /// default 30m)
    #[arg(long, value_name = "DURATION")]
    pub(crate) session_idle: Option<String>,

    /// How long a person stays signed in at most: 1s to 30d (LOGGER_SESSION_MAX, default 12h)
    #[arg(long, value_name = "DURATION")]
    pub(crate) session_max: Option<String>,

    /// Whether the console is served, and with it sign-in links: on or off (LOGGER_CONSOLE, default on)
    #[arg(long, value_name = "on|off")]
    pub(crate) console: Option<String>,

    /// The largest body of OTLP, as it is sent and decompressed: up to 64MiB (LOGGER_OTLP_MAX_BODY,
    /// default 10MiB)
    #[arg(long, value_name = "SIZE")]
    pub(crate) otlp_max_body: Option<String>,

    /// Whether equal bodies of shippers are stored once, where every entry has an id or a fine time:
    /// on or off (LOGGER_INTAKE_ONCE, default on)
    #[arg(long, value_name = "on|off")]
    pub(crate) intake_once: Option<String>,

    /// How long to accept new connections after a signal to stop, while /readyz answers 503, so that
    /// load balancers notice: 0s to 300s (LOGGER_STOP_DELAY, default 0s)
    #[arg(long, value_name = "DURATION")]
    pub(crate) stop_delay: Option<String>,

    /// Mail alerts to this address, too; can be repeated (LOGGER_ALERT_MAIL, with commas between them)
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) alert_mail: Vec<String>,

    /// Rotate keys older than this and hand them over, as `rotate --due --deliver` does
    /// (LOGGER_ROTATE_DUE, default never)
    #[arg(long, value_name = "DURATION")]
    pub(crate) rotate_due: Option<String>,

    /// How long a key that was rotated so works at most (LOGGER_ROTATE_GRACE, default 30d)
    #[arg(long, value_name = "DURATION")]
    pub(crate) rotate_grace: Option<String>,

    /// Finish such a rotation when the old key was not used for so long, and its successor was
    /// (LOGGER_ROTATE_FINISH_IDLE, default at the end of the grace)
    #[arg(long, value_name = "DURATION")]
    pub(crate) rotate_finish_idle: Option<String>,

    /// Take reports of leaked keys from GitHub's secret scanning, which publishes its keys there
    /// (LOGGER_SECRET_SCANNING_URL, default none)
    #[arg(long, value_name = "URL")]
    pub(crate) secret_scanning_url: Option<String>,

    /// The folder beneath which keys of the provider may name files that keys are handed over to
    /// (LOGGER_DELIVER_DIR, default none)
    #[arg(long, value_name = "FOLDER")]
    pub(crate) deliver_dir: Option<String>,

    /// Where to report a vulnerability, for /.well-known/security.txt: mailto:NAME@HOST, tel:+NUMBER
    /// or https://HOST (LOGGER_SECURITY_CONTACT, default nowhere)
    #[arg(long, value_name = "URI")]
    pub(crate) security_contact: Option<String>,

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
            .with("--channel-reach", self.channel_reach.clone())
            .with("--lease", self.lease.clone())
            .with("--session-idle", self.session_idle.clone())
            .with("--session-max", self.session_max.clone())
            .with("--console", self.console.clone())
            .with("--otlp-max-body", self.otlp_max_body.clone())
            .with("--intake-once", self.intake_once.clone())
            .with("--stop-delay", self.stop_delay.clone())
            .with("--deliver-dir", self.deliver_dir.clone())
            .with("--alert-mail", self.alert_mail.clone())
            .with("--rotate-due", self.rotate_due.clone())
            .with("--rotate-grace", self.rotate_grace.clone())
            .with("--rotate-finish-idle", self.rotate_finish_idle.clone())
            .with("--secret-scanning-url", self.secret_scanning_url.clone())
            .with("--security-contact", self.security_contact.clone())
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
