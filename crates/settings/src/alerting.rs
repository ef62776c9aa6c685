use crate::{Environment, Found, PublicUrl, Setting, SettingError, mailer, settings::PUBLIC_URL};
use central_logger_mail::{InvalidMailAddress, MailAddress, Mailer};
use central_logger_monitor::{EgressPolicy, Thresholds, Webhook, WebhookError};
use central_logger_text::MessageFormat;
use std::{convert::Infallible, path::PathBuf, str::FromStr};

const ALERTS: Setting = Setting {
    name: "LOGGER_ALERTS",
    flag: "--alerts",
    example: "'spike=20 acme_corp.spike=off'",
    secret: false,
};
pub(crate) const WEBHOOK_URL: Setting = Setting {
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
/// assert!(alerting.webhooks.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Alerting {
    /// From which values on an alert is raised.
    pub thresholds: Thresholds,
    /// Where they are delivered, if not to the log alone.
    pub webhooks: Vec<Webhook>,
    /// The files of the secrets that sign them.
    pub secret_files: Vec<PathBuf>,
    /// What sends mail, if a mail server is set.
    pub mailer: Option<Mailer>,
    /// The addresses that alerts are mailed to.
    pub mail_addresses: Vec<MailAddress>,
    /// Where channels of clients may lead.
    pub channels: EgressPolicy,
}

impl Alerting {
    /// Reads the settings, and the files of secrets.
    ///
    /// # Errors
    /// On the first setting that is wrong.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let urls = environment.find::<WebhookUrls>(&WEBHOOK_URL)?;
        let secrets = environment.find::<SecretFiles>(&WEBHOOK_SECRET_FILE)?;
        let reach = environment.get::<EgressPolicy>(&WEBHOOK_REACH)?;
        let thresholds = environment.get(&ALERTS)?;
        let secret_files = secrets.as_ref().map(|files| files.value.0.clone());
        let mailer = mailer(environment)?;
        if mailer.is_some() && environment.get::<PublicUrl>(&PUBLIC_URL)?.is_none() {
            return Err(SettingError::NoPublicUrl);
        }
        let mail_addresses = environment.get::<MailAddresses>(&ALERT_MAIL)?;
        if mail_addresses.is_some() && mailer.is_none() {
            return Err(SettingError::NoMailServer(ALERT_MAIL.name));
        }
        Ok(Self {
            mailer,
            mail_addresses: mail_addresses.map(|all| all.0).unwrap_or_default(),
            thresholds: thresholds.unwrap_or_default(),
            webhooks: match (urls, secrets) {
                (Some(urls), Some(secrets)) => webhooks(urls, &secrets, reach.unwrap_or_default())?,
                (None, None) => Vec::new(),
                _ => return Err(SettingError::HalfWebhook),
            },
            secret_files: secret_files.unwrap_or_default(),
            channels: environment.get(&CHANNEL_REACH)?.unwrap_or_default(),
        })
    }
}

/// The receivers of alerts, with commas or spaces between them: each is a URL, perhaps with the shape of messages that
/// the receiver understands before it, such as `slack:https://…`.
struct WebhookUrls(Vec<(MessageFormat, String)>);

/// Files with commas between them: a name may have spaces.
struct SecretFiles(Vec<PathBuf>);

/// Addresses with commas or spaces between them.
struct MailAddresses(Vec<MailAddress>);

fn parts(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(|c: char| c == ',' || c.is_whitespace());
    parts.filter(|part| !part.is_empty())
}

impl FromStr for WebhookUrls {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let receiver = |part: &str| {
            let named = part.split_once(':');
            let named = named.and_then(|(format, url)| Some((format.parse().ok()?, url)));
            let (format, url) = named.unwrap_or((MessageFormat::Standard, part));
            (format, url.to_owned())
        };
        // What names none is the URL that it cannot be.
        let found: Vec<_> = parts(text).map(receiver).collect();
        Ok(Self(match found.is_empty() {
            true => vec![receiver(text)],
            false => found,
        }))
    }
}

impl FromStr for SecretFiles {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(
            text.split(',').map(|file| file.trim().into()).collect(),
        ))
    }
}

impl FromStr for MailAddresses {
    type Err = InvalidMailAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found: Vec<_> = parts(text).map(str::parse).collect::<Result<_, _>>()?;
        match found.is_empty() {
            true => Err(InvalidMailAddress),
            false => Ok(Self(found)),
        }
    }
}

fn webhooks(
    urls: Found<WebhookUrls>,
    secrets: &Found<SecretFiles>,
    reach: EgressPolicy,
) -> Result<Vec<Webhook>, SettingError> {
    let (receivers, files) = (urls.value.0, &secrets.value.0);
    if files.len() != 1 && files.len() != receivers.len() {
        return Err(SettingError::WebhookSecrets {
            origin: secrets.origin.clone(),
            files: files.len(),
            receivers: receivers.len(),
        });
    }
    let webhook = |((format, url), file): ((MessageFormat, String), &PathBuf)| {
        let webhook = Webhook::new(&url, file, reach);
        let webhook = webhook.map_err(|error| SettingError::Webhook {
            origin: match error {
                WebhookError::Secrets(_) => secrets.origin.clone(),
                _ => urls.origin.clone(),
            },
            error,
        });
        Ok(webhook?.understanding(format))
    };
    // One may be that of all.
    let files = files.iter().cycle();
    receivers.into_iter().zip(files).map(webhook).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_stand_beside_each_other_each_in_its_shape() {
        let text =
            "https://hooks.example.com/1, slack:https://hooks.slack.com/a\n\tteams:https://b";
        let Ok(WebhookUrls(found)) = text.parse();
        let expected = [
            (MessageFormat::Standard, "https://hooks.example.com/1"),
            (MessageFormat::Slack, "https://hooks.slack.com/a"),
            (MessageFormat::Teams, "https://b"),
        ];
        assert_eq!(
            found,
            expected.map(|(format, url)| (format, url.to_owned()))
        );
        let addresses: MailAddresses = "a@example.com,b@example.com".parse().unwrap();
        assert_eq!(addresses.0.len(), 2);
        assert!("a@example.com,b".parse::<MailAddresses>().is_err());
    }
}
