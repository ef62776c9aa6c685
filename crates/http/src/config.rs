//! What a server is started with.

use central_logger_database::OpenOptions;
use central_logger_sessions::SessionLengths;
use central_logger_settings::{
    Alerting, Environment, IntakeSettings, LeaseLength, Listening, RotationSettings,
    SecurityContact, SettingError, Settings, StopDelay, deliver_folder, open_options,
    secret_scanning_url, serves_console, session_lengths,
};
use std::{net::SocketAddr, path::PathBuf};
use url::Url;

/// The settings of a server, read and checked.
///
/// # Examples
///
/// ```no_run
/// use central_logger_http::Config;
/// use central_logger_settings::{Environment, Flags};
///
/// let flags = Flags::default().with("--bind", ["127.0.0.1:9000".to_owned()]);
/// let config = Config::read(Environment::read(None)?.with_flags(flags))?;
/// assert_eq!(config.url_at(config.listening.bind), "http://127.0.0.1:9000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Config {
    /// The settings that all programs share: database, peppers, brand of new keys.
    pub settings: Settings,
    /// How the database is opened.
    pub open_options: OpenOptions,
    /// Where the server listens.
    pub listening: Listening,
    /// How long verified keys are accepted without asking the database.
    pub lease: LeaseLength,
    /// When alerts are raised, and where they are sent.
    pub alerting: Alerting,
    /// How long people stay signed in.
    pub sessions: SessionLengths,
    /// Whether the console is served.
    pub console: bool,
    /// How requests in the protocols of other systems are taken.
    pub intake: IntakeSettings,
    /// How long new connections are accepted after the server was told to stop.
    pub stop_delay: StopDelay,
    /// Where to report a vulnerability, for `security.txt`.
    pub security_contact: Option<SecurityContact>,
    /// The folder for files that keys go to, if programs of the provider may name any.
    pub deliver_folder: Option<PathBuf>,
    /// How the server rotates keys by itself, if it does.
    pub rotation: Option<RotationSettings>,
    /// Where GitHub publishes the keys of its reports about leaked keys, if they are taken.
    pub secret_scanning_url: Option<Url>,
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// On the first setting that is wrong.
    pub fn read(environment: Environment) -> Result<Self, SettingError> {
        Ok(Self {
            open_options: open_options(&environment)?,
            listening: Listening::read(&environment)?,
            lease: LeaseLength::read(&environment)?,
            alerting: Alerting::read(&environment)?,
            sessions: session_lengths(&environment)?,
            console: serves_console(&environment)?,
            intake: IntakeSettings::read(&environment)?,
            stop_delay: StopDelay::read(&environment)?,
            security_contact: SecurityContact::read(&environment)?,
            deliver_folder: deliver_folder(&environment)?,
            rotation: RotationSettings::read(&environment)?,
            secret_scanning_url: secret_scanning_url(&environment)?,
            settings: Settings::read(environment)?,
        })
    }

    /// Returns the base URL that clients reach the server under when it listens at `address`.
    pub fn url_at(&self, address: SocketAddr) -> String {
        match &self.settings.public_url {
            Some(url) => url.to_string(),
            None => self.listening.url_at(address),
        }
    }
}
