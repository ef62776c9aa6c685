use central_logger_keys::ClientId;
use central_logger_log_store::{ValidationError, ValidationErrors};
use central_logger_mail::{MailAddress, Mailer, Template};
use central_logger_monitor::{EgressPolicy, Webhook, WebhookError};
use central_logger_text::Report;
use central_logger_workflows::channel::{ChannelSecret, Message, Target};
use std::{error::Error, fmt};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// What messages are sent with.
#[derive(Clone, Default)]
pub struct Senders {
    /// Where webhooks may lead.
    pub egress: EgressPolicy,
    /// What sends mail, if a mail server is set up.
    pub mailer: Option<Mailer>,
    /// Where people reach this server, if that is set; mail names it.
    pub public_url: Option<String>,
}

/// The longest URL, in bytes.
const MAX_URL: usize = 2048;

impl Senders {
    /// Checks that a webhook may be posted to.
    pub(crate) fn check_url(
        &self,
        url: &str,
        secret: &ChannelSecret,
    ) -> Result<(), ValidationErrors> {
        if url.len() > MAX_URL {
            return Err(fault("url", format!("must have at most {MAX_URL} bytes")));
        }
        let webhook = Webhook::with_secret(url, secret.expose(), self.egress);
        webhook.map(drop).map_err(|error| {
            let message = match error {
                // Which addresses are allowed is not the client's to set.
                WebhookError::NotPublic => "must lead to a public address".to_owned(),
                WebhookError::Scheme => "must begin with https://".to_owned(),
                error => error.to_string(),
            };
            fault("url", message)
        })
    }

    /// Checks that mail can be sent to an address.
    pub(crate) fn check_address(&self, address: &str) -> Result<(), ValidationErrors> {
        if self.mailer.is_none() {
            let message = "this server sends no mail: use a webhook".to_owned();
            return Err(fault("kind", message));
        }
        let address = address.parse::<MailAddress>();
        address
            .map(drop)
            .map_err(|error| fault("address", error.to_string()))
    }

    /// Tries once to send a message of a client.
    pub(crate) async fn send(
        &self,
        client: &ClientId,
        target: &Target,
        message: &Message,
        now: OffsetDateTime,
    ) -> Result<(), String> {
        match target {
            Target::Webhook {
                url,
                format,
                secret,
            } => {
                let webhook = Webhook::with_secret(url, secret.expose(), self.egress);
                let webhook = webhook.map_err(told)?;
                let body = message.body(*format).to_string();
                webhook.send(&message.id, now, &body).await.map_err(told)
            }
            Target::Mail { address } => self.mail(client, address, message).await,
        }
    }

    async fn mail(
        &self,
        client: &ClientId,
        address: &str,
        message: &Message,
    ) -> Result<(), String> {
        let mailer = self.mailer.as_ref().ok_or("this server sends no mail")?;
        let address: MailAddress = address.parse().map_err(told)?;
        let at = message.at.format(&Rfc3339).map_err(told)?;
        let letter = Template::INCIDENT.letter(&[
            ("what", &message.subject()),
            ("text", &message.text()),
            ("workflow", &message.incident.workflow),
            ("environment", &message.incident.environment),
            ("at", &at),
            ("client", client.as_str()),
            (
                "server",
                self.public_url.as_deref().unwrap_or("central-logger"),
            ),
        ]);
        let letter = letter.map_err(told)?;
        mailer.send(&address, &letter).await.map_err(told)
    }
}

fn told(error: impl Error + 'static) -> String {
    Report(&error).to_string()
}

fn fault(field: &str, message: String) -> ValidationErrors {
    ValidationErrors::from(ValidationError::new(field, message))
}

impl fmt::Debug for Senders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Senders")
            .field("egress", &self.egress)
            .finish_non_exhaustive()
    }
}
