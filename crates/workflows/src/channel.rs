//! Where messages about incidents go.

mod confirmation;
mod message;
mod minute;
mod quiet_hours;
mod subject;

pub use confirmation::Confirmation;
pub use message::Message;
pub use minute::Minute;
pub use quiet_hours::{InvalidQuietHours, QuietHours};
pub use subject::ChannelSubject;

use crate::{Document, WorkflowError};
use central_logger_text::MessageFormat;
use serde::{Deserialize, Serialize};
use std::fmt;
use time::{Duration, OffsetDateTime, serde::timestamp::milliseconds};

/// Where messages about the incidents of a client go, and those that wait to be sent, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Its id.
    pub id: String,
    /// The receiver.
    #[serde(flatten)]
    pub target: Target,
    /// Which workflows it is about.
    #[serde(default)]
    pub about: ChannelSubject,
    /// When nothing is sent, if there is such a time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quiet_hours: Option<QuietHours>,
    /// What its receiver still has to answer, if nothing may go there before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unconfirmed: Option<Confirmation>,
    /// When it was made.
    #[serde(with = "milliseconds")]
    pub created_at: OffsetDateTime,
    /// Those that were not delivered yet.
    pub waiting: Vec<Message>,
    /// How often the first of them was tried.
    pub attempts: u32,
    /// The time from which the receiver takes the first of them at the earliest, if it has said so.
    #[serde(
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none",
        default
    )]
    pub left_alone_until: Option<OffsetDateTime>,
    /// The latest attempts, the last one first.
    pub log: Vec<Attempt>,
    /// What came last, since a flood is not sent one by one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minute: Option<Minute>,
}

/// A receiver of messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// A webhook.
    Webhook {
        /// The address to which messages are posted.
        url: String,
        /// The shape that it understands.
        format: MessageFormat,
        /// With which messages are signed.
        secret: ChannelSecret,
    },
    /// A mailbox.
    Mail {
        /// Its address.
        address: String,
    },
}

/// A secret with which messages are signed: `whsec_` and base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelSecret(String);

/// An attempt to deliver a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The id of the message.
    pub message: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

impl Channel {
    /// The most messages that wait; the last one stands for others.
    pub const MOST_WAITING: usize = 1000;
    /// How many attempts are remembered.
    const LOGGED: usize = 50;
    /// A receiver is not left alone for longer.
    const LONGEST_WAIT: Duration = Duration::DAY;

    /// Reads what is kept.
    ///
    /// # Errors
    /// When the document cannot be read.
    pub fn read(document: &Document) -> Result<Self, WorkflowError> {
        crate::watched::from_text(document)
    }

    /// The text of its document.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn text(&self) -> Result<String, WorkflowError> {
        crate::watched::to_text(self)
    }

    /// Adds messages behind those that wait, unless the receiver has not said that it wants any. Those that are too
    /// many for a minute become one, which is held back until the minute is over.
    pub fn add(&mut self, messages: &[Message]) {
        if self.unconfirmed.is_some() {
            return;
        }
        for message in messages {
            let mut minute = Minute::of(self.minute.as_ref(), message.at);
            let held_until = minute.count(1 + message.others);
            self.minute = Some(minute);
            let is_full = self.waiting.len() >= Self::MOST_WAITING;
            match self.waiting.last_mut() {
                // It was not sent yet, so its receiver has not seen another number.
                Some(last) if is_full || (held_until.is_some() && last.is_held(message.at)) => {
                    last.others += 1 + message.others;
                }
                _ => self.waiting.push(Message {
                    held_until,
                    ..message.clone()
                }),
            }
        }
    }

    /// Adds a message that tests the channel: in quiet hours it is sent at once, ahead of all that wait. A receiver
    /// that has not said that it wants any is asked again.
    pub fn add_test(&mut self, now: OffsetDateTime) {
        if self.unconfirmed.is_some() {
            return self.ask(now);
        }
        let message = Message::test(now);
        match self.quiet_until(now) {
            Some(_) => self.waiting.insert(0, message),
            None => self.waiting.push(message),
        }
    }

    /// Asks the receiver whether it wants messages, unless that is about to be done.
    pub fn ask(&mut self, now: OffsetDateTime) {
        self.unconfirmed.get_or_insert_default();
        if self.waiting.is_empty() {
            self.waiting.push(Message::question(now));
        }
    }

    /// Notes that the receiver has answered with the token of the link, and returns whether it is the right one.
    pub fn confirm(&mut self, token: &str, now: OffsetDateTime) -> bool {
        let question = self.unconfirmed.as_ref();
        let is_confirmed = question.is_some_and(|question| question.is_answered(token, now));
        if is_confirmed {
            self.unconfirmed = None;
            self.waiting.clear();
            self.attempts = 0;
        }
        is_confirmed
    }

    /// When the first message that waits has to be tried, if one waits. Times that can only have been noted before the
    /// clock was set back count no more.
    pub fn due_at(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let first = self.waiting.first()?;
        let last = self
            .log
            .first()
            .filter(|last| self.attempts > 0 && last.at <= now);
        let due_at = last.map_or(now, |last| last.at + pause(self.attempts));
        let within = |until: Option<OffsetDateTime>, longest: Duration| {
            until.filter(|until| *until <= now + longest)
        };
        let left_alone_until = within(self.left_alone_until, Self::LONGEST_WAIT);
        let held_until = within(first.held_until, Minute::LONGEST_HOLD);
        let later = [left_alone_until, held_until].into_iter().flatten();
        let due_at = later.fold(due_at, Ord::max);
        match first.is_of_channel() {
            true => Some(due_at),
            false => Some(self.quiet_until(due_at.max(now)).unwrap_or(due_at)),
        }
    }

    fn quiet_until(&self, time: OffsetDateTime) -> Option<OffsetDateTime> {
        self.quiet_hours.as_ref()?.end_of(time)
    }

    /// Notes an attempt to deliver the first message that waits, and takes it away when it was delivered.
    pub fn note_attempt(&mut self, at: OffsetDateTime, error: Option<String>) {
        match &error {
            None => self.take_first(at, error),
            Some(_) => {
                self.attempts = self.attempts.saturating_add(1);
                self.note(at, error);
            }
        }
    }

    /// Takes the first message that waits away, and notes why it is not tried any more.
    pub fn give_up(&mut self, at: OffsetDateTime, why: &str) {
        self.take_first(at, Some(why.to_owned()));
    }

    fn take_first(&mut self, at: OffsetDateTime, error: Option<String>) {
        self.note(at, error);
        if !self.waiting.is_empty() {
            self.waiting.remove(0);
        }
        self.attempts = 0;
        self.left_alone_until = None;
    }

    fn note(&mut self, at: OffsetDateTime, error: Option<String>) {
        let Some(first) = self.waiting.first() else {
            return;
        };
        let message = first.id.clone();
        self.log.insert(0, Attempt { message, at, error });
        self.log.truncate(Self::LOGGED);
    }
}

/// How long nothing is tried after so many attempts that failed.
fn pause(attempts: u32) -> Duration {
    let doubled = Duration::seconds(5) * 2i32.pow(attempts.clamp(1, 8) - 1);
    doubled.min(Duration::minutes(5))
}

impl ChannelSecret {
    /// Takes the text of a secret.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for signing and for the one time that it is shown.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ChannelSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChannelSecret(..)")
    }
}
