use central_logger_backend::{
    AlertFlags, Alerting, DatabaseFlags, DatabaseSettings, Environment, Flags, LeaseLength,
    ListenFlags, Listening, Setting, SettingError, Settings, StopDelay, Switch,
};
use central_logger_http::Config;
use clap::Parser;

/// Takes in workflow logs over HTTP: each client's under its own API key.
///
/// Options with a name in brackets may also stand under that name in the environment or in a .env
/// file. A flag beats the environment, which beats the file.
#[derive(Debug, Parser)]
#[command(name = "central-logger", version, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) shared: Flags,

    #[command(flatten)]
    pub(crate) listen: ListenFlags,

    #[command(flatten)]
    pub(crate) database: DatabaseFlags,

    #[command(flatten)]
    pub(crate) alerts: AlertFlags,

    /// How long keys are accepted from memory when the database is out of reach, and how long a
    /// revocation then may take: 1s to 60s (LOGGER_LEASE, default 2s)
    #[arg(long, value_name = "WHILE")]
    pub(crate) lease: Option<String>,

    /// How long to take new connections after being told to stop, while /readyz answers 503, so that
    /// load balancers notice: 0s to 300s (LOGGER_STOP_DELAY, default 0s)
    #[arg(long, value_name = "WHILE")]
    pub(crate) stop_delay: Option<String>,

    /// When there is no key anywhere yet, issue one for the client `demo` and print it
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
    /// The settings of the server, from flags, environment and `.env` file.
    pub(crate) fn config(&self) -> Result<Config, SettingError> {
        let settings = Settings::read(&self.shared)?;
        let environment = &settings.environment;
        Ok(Config {
            database: DatabaseSettings::read(environment, &self.database)?,
            listening: Listening::read(environment, &self.listen)?,
            lease: LeaseLength::read(environment, self.lease.as_deref())?,
            alerting: Alerting::read(environment, &self.alerts)?,
            stop_delay: StopDelay::read(environment, self.stop_delay.as_deref())?,
            settings,
        })
    }

    /// Whether a first key is wanted.
    pub(crate) fn quickstart(&self, environment: &Environment) -> Result<bool, SettingError> {
        let set = environment.get::<Switch>(&QUICKSTART, None)?;
        Ok(self.quickstart || set.unwrap_or_default().0)
    }
}

const EXAMPLES: &str = "\
Examples:
  central-logger --quickstart
  central-logger --database-url postgres://logger:secret@db/logger --bind 127.0.0.1:9000
  central-logger --bind 0.0.0.0:8443 --tls-cert fullchain.pem --tls-key privkey.pem";
