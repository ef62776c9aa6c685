use crate::{Environment, Found, Setting, SettingError};
use central_logger_monitor::{Reach, Thresholds, Webhook, WebhookError};
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

/// What there are alerts of, and where they go, as flags.
///
/// # Examples
///
/// ```
/// use central_logger_backend::AlertFlags;
/// use clap::Parser;
///
/// #[derive(Parser)]
/// struct Arguments {
///     #[command(flatten)]
///     alerts: AlertFlags,
/// }
///
/// let arguments = Arguments::parse_from(["my-service", "--alerts", "spike=20"]);
/// assert_eq!(arguments.alerts.alerts.as_deref(), Some("spike=20"));
/// ```
#[derive(Debug, Default, clap::Args)]
pub struct AlertFlags {
    /// From when on there are alerts: KIND=VALUE or CLIENT.KIND=VALUE, several with spaces between
    /// them, or off (LOGGER_ALERTS; docs/monitoring.md lists the kinds)
    #[arg(long, value_name = "THRESHOLDS")]
    pub alerts: Option<String>,

    /// Post alerts to this URL too, signed by Standard Webhooks (LOGGER_WEBHOOK_URL)
    #[arg(long, value_name = "URL")]
    pub webhook_url: Option<String>,

    /// The secrets that sign them, whsec_… in a line each, the newest first
    /// (LOGGER_WEBHOOK_SECRET_FILE)
    #[arg(long, value_name = "FILE")]
    pub webhook_secret_file: Option<String>,

    /// Where that URL may lead: public addresses, with HTTPS, or anywhere (LOGGER_WEBHOOK_REACH,
    /// default public)
    #[arg(long, value_name = "public|anywhere")]
    pub webhook_reach: Option<String>,
}

/// What there are alerts of, and where they go.
///
/// # Examples
///
/// ```
/// use central_logger_backend::{AlertFlags, Alerting, Environment};
///
/// let flags = AlertFlags {
///     alerts: Some("spike=20 acme_corp.spike=off".to_owned()),
///     ..AlertFlags::default()
/// };
/// let alerting = Alerting::read(&Environment::read(None)?, &flags)?;
/// assert!(alerting.webhook.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Alerting {
    /// From when on there are alerts.
    pub thresholds: Thresholds,
    /// Where they are delivered, if not to the log alone.
    pub webhook: Option<Webhook>,
    /// The file of the secrets that sign them.
    pub secret_file: Option<PathBuf>,
}

impl Alerting {
    /// Reads the settings from flags, environment and `.env` file, and the file of secrets.
    ///
    /// # Errors
    /// On the first setting that is wrong.
    pub fn read(environment: &Environment, flags: &AlertFlags) -> Result<Self, SettingError> {
        let url = environment.find::<String>(&WEBHOOK_URL, flags.webhook_url.as_deref())?;
        let secrets = flags.webhook_secret_file.as_deref();
        let secrets = environment.find::<PathBuf>(&WEBHOOK_SECRET_FILE, secrets)?;
        let reach = environment.get::<Reach>(&WEBHOOK_REACH, flags.webhook_reach.as_deref())?;
        let thresholds = environment.get(&ALERTS, flags.alerts.as_deref())?;
        let secret_file = secrets.as_ref().map(|file| file.value.clone());
        Ok(Self {
            thresholds: thresholds.unwrap_or_default(),
            webhook: match (url, secrets) {
                (Some(url), Some(secrets)) => {
                    Some(webhook(url, secrets, reach.unwrap_or_default())?)
                }
                (None, None) => None,
                _ => return Err(SettingError::HalfWebhook),
            },
            secret_file,
        })
    }
}

fn webhook(
    url: Found<String>,
    secrets: Found<PathBuf>,
    reach: Reach,
) -> Result<Webhook, SettingError> {
    Webhook::new(&url.value, secrets.value, reach).map_err(|error| SettingError::Webhook {
        origin: match error {
            WebhookError::Secrets(_) => secrets.origin,
            _ => url.origin,
        },
        error,
    })
}
