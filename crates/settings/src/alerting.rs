use crate::{Environment, Found, Setting, SettingError, mailer};
use central_logger_mail::{MailAddress, Mailer};
use central_logger_monitor::{EgressPolicy, Thresholds, Webhook, WebhookError};
use std::path::PathBuf;

const ALERTS: Setting = Setting {
    name: "LOGGER_ALERTS",
    flag: "--alerts",
    example: "'spike=20 acme_corp.spike=off'",
    secret: false,
};
const WEBHOOK_URL: Setting = Setting {
    name: "LOGGER_WEBHOOK_URL",
    flag: "--webhook-url",
    example: "https://hooks.example.com/central-logger",
    secret: true,
};
const WEBHOOK_SECRET_FILE: Setting = Setting {
    name: "LOGGER_WEBHOOK_SECRET_FILE",
    flag: "--webhook-secret-file",
    example: "/etc/central-logger/webhook.secrets",
    secret: false,
};
const WEBHOOK_REACH: Setting = Setting {
    name: "LOGGER_WEBHOOK_REACH",
    flag: "--webhook-reach",
    example: "anywhere",
    secret: false,
};
const CHANNEL_REACH: Setting = Setting {
    name: "LOGGER_CHANNEL_REACH",
    flag: "--channel-reach",
    example: "anywhere",
    secret: false,
};

const ALERT_MAIL: Setting = Setting {
    name: "LOGGER_ALERT_MAIL",
    flag: "--alert-mail",
    example: "oncall@example.com",
    secret: false,
};

/// What there are alerts of, and where they go.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Alerting, Environment, Flags};
///
/// let flags = Flags::default().with("--alerts", Some("spike=20 acme_corp.spike=off".to_owned()));
/// let alerting = Alerting::read(&Environment::read(None)?.with_flags(flags))?;
/// assert!(alerting.webhook.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Alerting {
    /// From which values on an alert is raised.
    pub thresholds: Thresholds,
    /// Where they are delivered, if not to the log alone.
    pub webhook: Option<Webhook>,
    /// The file of the secrets that sign them.
    pub secret_file: Option<PathBuf>,
    /// What sends mail, if a mail server is set.
    pub mailer: Option<Mailer>,
    /// The address that alerts are mailed to, if they are.
    pub mail_address: Option<MailAddress>,
    /// Where channels of clients may lead.
    pub channels: EgressPolicy,
}

impl Alerting {
    /// Reads the settings, and the file of secrets.
    ///
    /// # Errors
    /// On the first setting that is wrong.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let url = environment.find::<String>(&WEBHOOK_URL)?;
        let secrets = environment.find::<PathBuf>(&WEBHOOK_SECRET_FILE)?;
        let reach = environment.get::<EgressPolicy>(&WEBHOOK_REACH)?;
        let thresholds = environment.get(&ALERTS)?;
        let secret_file = secrets.as_ref().map(|file| file.value.clone());
        let mailer = mailer(environment)?;
        let mail_address = environment.get(&ALERT_MAIL)?;
        if mail_address.is_some() && mailer.is_none() {
            return Err(SettingError::NoMailServer(ALERT_MAIL.name));
        }
        Ok(Self {
            mailer,
            mail_address,
            thresholds: thresholds.unwrap_or_default(),
            webhook: match (url, secrets) {
                (Some(url), Some(secrets)) => {
                    Some(webhook(url, secrets, reach.unwrap_or_default())?)
                }
                (None, None) => None,
                _ => return Err(SettingError::HalfWebhook),
            },
            secret_file,
            channels: environment.get(&CHANNEL_REACH)?.unwrap_or_default(),
        })
    }
}

fn webhook(
    url: Found<String>,
    secrets: Found<PathBuf>,
    reach: EgressPolicy,
) -> Result<Webhook, SettingError> {
    Webhook::new(&url.value, secrets.value, reach).map_err(|error| SettingError::Webhook {
        origin: match error {
            WebhookError::Secrets(_) => secrets.origin,
            _ => url.origin,
        },
        error,
    })
}
