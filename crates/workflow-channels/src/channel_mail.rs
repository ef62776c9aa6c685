use central_logger_keys::ClientId;
use central_logger_mail::{HourlyLimit, Letter, MailAddress, MailError, Mailer, Template};
use central_logger_sessions::LinkToken;
use central_logger_text::Report;
use central_logger_workflows::channel::{Confirmation, Message};
use std::{error::Error, fmt, sync::Arc, time::Duration};
use time::format_description::well_known::Rfc3339;

/// What mails messages about incidents, and asks mailboxes whether they want them.
#[derive(Clone)]
pub struct ChannelMail {
    mailer: Mailer,
    public_url: String,
    /// Anybody can have a mailbox asked.
    questions: Arc<HourlyLimit<String>>,
}

/// The most questions to a mailbox within an hour.
const MOST_QUESTIONS: usize = 3;

impl ChannelMail {
    /// Links lead to `public_url`.
    pub fn new(mailer: Mailer, public_url: &str) -> Self {
        Self {
            mailer,
            public_url: public_url.trim_end_matches('/').to_owned(),
            questions: Arc::new(HourlyLimit::new(MOST_QUESTIONS)),
        }
    }

    /// Tries once to tell a mailbox about an incident.
    pub(crate) async fn tell(
        &self,
        client: &ClientId,
        address: &str,
        message: &Message,
    ) -> Result<(), String> {
        let at = message.at.format(&Rfc3339).map_err(told)?;
        let letter = Template::INCIDENT.letter(&[
            ("what", &message.subject()),
            ("text", &message.text()),
            ("workflow", &message.incident.workflow),
            ("environment", &message.incident.environment),
            ("at", &at),
            ("client", client.as_str()),
            ("server", &self.public_url),
        ]);
        self.send(address, letter).await
    }

    /// Tries once to ask a mailbox whether it wants messages.
    pub(crate) async fn ask(
        &self,
        client: &ClientId,
        channel: &str,
        address: &str,
        token: &LinkToken,
        now: Duration,
    ) -> Result<(), String> {
        let mailbox = address.to_ascii_lowercase();
        if self.questions.count(mailbox.clone(), now).is_err() {
            return Err("this mailbox was sent enough links for an hour".to_owned());
        }
        let (base, token) = (&self.public_url, token.expose_secret());
        let letter = Template::CONFIRM_CHANNEL.letter(&[
            ("client", client.as_str()),
            ("url", &format!("{base}/confirm/{client}/{channel}/{token}")),
            ("days", &Confirmation::VALID.whole_days().to_string()),
        ]);
        let sent = self.send(address, letter).await;
        if sent.is_err() {
            self.questions.give_back(&mailbox);
        }
        sent
    }

    async fn send(&self, address: &str, letter: Result<Letter, MailError>) -> Result<(), String> {
        let address: MailAddress = address.parse().map_err(told)?;
        let letter = letter.map_err(told)?;
        self.mailer.send(&address, &letter).await.map_err(told)
    }
}

fn told(error: impl Error + 'static) -> String {
    Report(&error).to_string()
}

impl fmt::Debug for ChannelMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelMail")
            .field("mailer", &self.mailer)
            .finish_non_exhaustive()
    }
}
