use central_logger_text::MessageFormat;
use central_logger_workflows::channel::{
    Attempt, Channel, ChannelSecret, ChannelSubject, QuietHours, Target,
};
use serde::{Serialize, Serializer};
use time::OffsetDateTime;

/// A channel as it is shown: without its secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelView {
    /// Its id.
    pub id: String,
    /// `webhook` or `mail`.
    pub kind: &'static str,
    /// The address to which messages are posted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The shape of messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<MessageFormat>,
    /// The address of the mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Which workflows it is about.
    #[serde(flatten)]
    pub about: ChannelSubjectView,
    /// Of a mailbox: whether its reader has said that messages may go there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<bool>,
    /// When nothing is sent, if there is such a time.
    pub quiet_hours: Option<QuietHours>,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// How many messages wait.
    pub waiting: usize,
    /// The latest attempts to deliver, the last one first.
    pub deliveries: Vec<Attempt>,
}

/// The workflows that a channel is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChannelSubjectView {
    /// Only those that run there, if that is said.
    pub environment: Option<String>,
    /// Only those of these names, if any are said.
    pub workflows: Option<Vec<String>>,
}

impl From<ChannelSubject> for ChannelSubjectView {
    fn from(subject: ChannelSubject) -> Self {
        Self {
            environment: subject.environment,
            workflows: Some(subject.workflows).filter(|names| !names.is_empty()),
        }
    }
}

/// A channel that has just been made, with its secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewChannelView {
    /// The channel.
    #[serde(flatten)]
    pub channel: ChannelView,
    /// With which messages are signed. Nobody can ask for it again.
    #[serde(serialize_with = "expose", skip_serializing_if = "Option::is_none")]
    pub secret: Option<ChannelSecret>,
}

impl ChannelView {
    /// The scheme, host and port to which messages are posted: what follows may let anybody post there.
    pub fn origin(&self) -> Option<String> {
        let (scheme, rest) = self.url.as_ref()?.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        Some(format!("{scheme}://{host}"))
    }

    /// What is shown of a channel.
    pub fn of(channel: Channel) -> Self {
        let is_mail = matches!(channel.target, Target::Mail { .. });
        let (kind, url, format, address) = match channel.target {
            Target::Webhook { url, format, .. } => ("webhook", Some(url), Some(format), None),
            Target::Mail { address } => ("mail", None, None, Some(address)),
        };
        Self {
            id: channel.id,
            kind,
            url,
            format,
            address,
            about: channel.about.into(),
            confirmed: is_mail.then_some(channel.unconfirmed.is_none()),
            quiet_hours: channel.quiet_hours,
            created_at: channel.created_at,
            waiting: channel.waiting.len(),
            deliveries: channel.log,
        }
    }
}

fn expose<S: Serializer>(secret: &Option<ChannelSecret>, to: S) -> Result<S::Ok, S::Error> {
    secret.as_ref().map(ChannelSecret::expose).serialize(to)
}
