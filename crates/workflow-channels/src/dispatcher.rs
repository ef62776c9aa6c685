use crate::{Senders, senders::Failure};
use central_logger_keys::ClientId;
use central_logger_sessions::LinkToken;
use central_logger_text::Report;
use central_logger_times::Clock;
use central_logger_workflows::{
    Content, Document, DocumentKind, WorkflowError, WorkflowStore, Write, channel::Channel,
};
use futures_util::{StreamExt, stream};
use std::{fmt, sync::Arc, time::Duration as StdDuration};
use time::{Duration, OffsetDateTime};
use tokio::time::sleep;

/// Delivers the messages that wait in channels, in their order, again and again until the receiver takes
/// them.
///
/// Of several, one takes each message at a time. A receiver may get one twice, with the same id.
pub struct ChannelDispatcher {
    store: Arc<dyn WorkflowStore>,
    clock: Arc<dyn Clock>,
    senders: Senders,
}

/// A channel whose first message is tried.
struct Taken {
    channel: Channel,
    /// That of the link in the message, if it is the question whether the receiver wants others.
    token: Option<LinkToken>,
}

/// What came of a message.
enum Outcome {
    Delivered,
    Failed(Failure),
    /// It is not tried any more.
    GivenUp,
}

impl ChannelDispatcher {
    /// The interval of looking for channels in which messages wait.
    const INTERVAL: StdDuration = StdDuration::from_secs(1);
    /// How many channels are looked at in one look.
    const MOST_DUE: usize = 100;
    /// How many messages of a channel are delivered before others have their turn.
    const MOST_MESSAGES: usize = 5;
    /// To how many channels messages are delivered at once.
    const AT_ONCE: usize = 16;
    /// The time for which no other dispatcher tries what is being tried: longer than an attempt takes.
    const HOLD: Duration = Duration::MINUTE;
    /// How long it is tried to deliver a message.
    const GIVEN_UP_AFTER: Duration = Duration::days(3);
    /// How often the result of an attempt is noted when others change the same.
    const ATTEMPTS: usize = 20;

    /// Delivers what waits in `store` by these.
    pub fn new(store: Arc<dyn WorkflowStore>, clock: Arc<dyn Clock>, senders: Senders) -> Self {
        Self {
            store,
            clock,
            senders,
        }
    }

    /// Delivers again and again, without end, while this server leads: so that no message is sent twice.
    pub async fn run(&self, leads: impl Fn() -> bool) {
        loop {
            if leads() {
                let delivered = self.deliver_due().await;
                // Of an outage the store tells by itself.
                if let Some(error) = delivered.err().filter(|error| !error.is_transient()) {
                    let error = Report(&error).to_string();
                    tracing::warn!(error, "messages about incidents cannot be delivered");
                }
            }
            sleep(Self::INTERVAL).await;
        }
    }

    /// Delivers what is due, until nothing is or a receiver does not take it.
    ///
    /// # Errors
    /// When the store is not available or fails; failures of receivers are noted in their channels.
    pub async fn deliver_due(&self) -> Result<(), WorkflowError> {
        let due = self
            .store
            .due(DocumentKind::Channel, self.clock.now(), Self::MOST_DUE);
        let due = stream::iter(due.await?);
        due.for_each_concurrent(Self::AT_ONCE, async |(client, id)| {
            let delivered = self.deliver(&client, &id).await;
            if let Some(error) = delivered.err().filter(|error| !error.is_transient()) {
                tracing::error!(%client, error = %Report(&error), "a channel is passed over");
            }
        })
        .await;
        Ok(())
    }

    async fn deliver(&self, client: &ClientId, id: &str) -> Result<(), WorkflowError> {
        for _ in 0..Self::MOST_MESSAGES {
            let Some(Taken { channel, token }) = self.take(client, id).await? else {
                return Ok(());
            };
            let Some(message) = channel.waiting.first() else {
                return Ok(());
            };
            let now = self.clock.now();
            let outcome = match now - message.at > Self::GIVEN_UP_AFTER {
                true => Outcome::GivenUp,
                false => match self
                    .senders
                    .send(client, &channel, message, token.as_ref(), &*self.clock)
                    .await
                {
                    Ok(()) => Outcome::Delivered,
                    Err(failure) => Outcome::Failed(failure),
                },
            };
            self.note(client, id, &message.id, &outcome).await?;
            if matches!(outcome, Outcome::Failed(_)) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes the channel for the time of an attempt, unless another has it.
    async fn take(&self, client: &ClientId, id: &str) -> Result<Option<Taken>, WorkflowError> {
        let read = self.store.find(client, DocumentKind::Channel, id).await?;
        let Some(read) = read else { return Ok(None) };
        let mut channel = Channel::read(&read)?;
        let Some(first) = channel.waiting.first() else {
            return Ok(None);
        };
        let now = self.clock.now();
        // The one before it may have been due in quiet hours, or before a minute was over.
        if channel.due_at(now).is_some_and(|due_at| now < due_at) {
            return Ok(None);
        }
        let token = match &mut channel.unconfirmed {
            Some(question) if first.is_question() => {
                // A token is known to its mail alone, so each attempt has another one.
                let token = LinkToken::generate().map_err(|_| WorkflowError::NoRandomness)?;
                question.send(token.hash().to_string(), now);
                Some(token)
            }
            _ => None,
        };
        let due_at = Some(now + Self::HOLD);
        let is_taken = self.keep(client, &read, &channel, due_at).await?;
        Ok(is_taken.then_some(Taken { channel, token }))
    }

    /// Notes an attempt to deliver a message, if it is still the first that waits.
    async fn note(
        &self,
        client: &ClientId,
        id: &str,
        message: &str,
        outcome: &Outcome,
    ) -> Result<(), WorkflowError> {
        for _ in 0..Self::ATTEMPTS {
            let read = self.store.find(client, DocumentKind::Channel, id).await?;
            let Some(read) = read else { return Ok(()) };
            let mut channel = Channel::read(&read)?;
            if channel
                .waiting
                .first()
                .is_none_or(|first| first.id != message)
            {
                return Ok(());
            }
            let now = self.clock.now();
            match outcome {
                Outcome::Delivered => channel.note_attempt(now, None),
                Outcome::Failed(Failure { reason, wait }) => {
                    channel.note_attempt(now, Some(reason.clone()));
                    channel.left_alone_until = wait.map(|wait| now + wait);
                }
                Outcome::GivenUp => channel.give_up(now, "given up: it waited for three days"),
            }
            let due_at = channel.due_at(now);
            if self.keep(client, &read, &channel, due_at).await? {
                return Ok(());
            }
        }
        Err(WorkflowError::Contended)
    }

    async fn keep(
        &self,
        client: &ClientId,
        read: &Document,
        channel: &Channel,
        due_at: Option<OffsetDateTime>,
    ) -> Result<bool, WorkflowError> {
        let content = Content {
            body: channel.text()?,
            due_at,
        };
        let key = read.key.clone();
        let write = Write::put(DocumentKind::Channel, key, Some(read), content);
        Ok(self.store.commit(client, &[write]).await?)
    }
}

impl fmt::Debug for ChannelDispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelDispatcher")
            .field("senders", &self.senders)
            .finish_non_exhaustive()
    }
}
