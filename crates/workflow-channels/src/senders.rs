use crate::ChannelMail;
use central_logger_keys::ClientId;
use central_logger_log_store::{ValidationError, ValidationErrors};
use central_logger_mail::MailAddress;
use central_logger_monitor::{DeliveryError, EgressPolicy, Webhook, WebhookError};
use central_logger_sessions::LinkToken;
use central_logger_text::Report;
use central_logger_times::Clock;
use central_logger_workflows::channel::{Channel, ChannelSecret, Message, Target};
use std::error::Error;
use time::Duration;

/// What messages are sent with.
#[derive(Debug, Clone, Default)]
pub struct Senders {
    /// Where webhooks may lead.
    pub egress: EgressPolicy,
    /// What sends mail, if a mail server is set up.
    pub mail: Option<ChannelMail>,
}

/// Why a receiver has not taken a message.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) reason: String,
    /// The time for which the receiver wants no further attempt, if it said so.
    pub(crate) wait: Option<Duration>,
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
        if self.mail.is_none() {
            let message = "this server sends no mail: use a webhook".to_owned();
            return Err(fault("kind", message));
        }
        let address = address.parse::<MailAddress>();
        address
            .map(drop)
            .map_err(|error| fault("address", error.to_string()))
    }

    /// Tries once to send a message of a client, or the question with the link of `token`.
    pub(crate) async fn send(
        &self,
        client: &ClientId,
        channel: &Channel,
        message: &Message,
        token: Option<&LinkToken>,
        clock: &dyn Clock,
    ) -> Result<(), Failure> {
        match &channel.target {
            Target::Webhook {
                url,
                format,
                secret,
            } => {
                let webhook = Webhook::with_secret(url, secret.expose(), self.egress);
                let webhook = webhook.map_err(told)?;
                let body = message.body(*format).to_string();
                let sent = webhook.send(&message.id, clock.now(), &body).await;
                sent.map_err(Failure::of_webhook)
            }
            Target::Mail { address } => {
                let mail = self.mail.as_ref();
                let mail = mail.ok_or_else(|| "this server sends no mail".to_owned())?;
                let sent = match token {
                    None => mail.tell(client, address, message).await,
                    Some(token) => {
                        let now = clock.elapsed();
                        mail.ask(client, &channel.id, address, token, now).await
                    }
                };
                sent.map_err(Failure::from)
            }
        }
    }
}

impl Failure {
    fn of_webhook(error: DeliveryError) -> Self {
        Self {
            wait: error.wait(),
            reason: told(error),
        }
    }
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self { reason, wait: None }
    }
}

fn told(error: impl Error + 'static) -> String {
    Report(&error).to_string()
}

fn fault(field: &str, message: String) -> ValidationErrors {
    ValidationErrors::from(ValidationError::new(field, message))
}
