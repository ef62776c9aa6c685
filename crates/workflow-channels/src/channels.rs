use crate::{ChannelView, NewChannelView, Senders};
use base64ct::{Base64, Encoding};
use central_logger_keys::ClientId;
use central_logger_log_store::ValidationErrors;
use central_logger_times::Clock;
use central_logger_workflows::{
    Content, DocumentKind, Incident, IncidentKind, Listing, WorkflowError, WorkflowStore,
    Workflows, Write,
    channel::{Channel, ChannelSecret, ChannelSubject, Message, MessageFormat, QuietHours, Target},
};
use std::{fmt, sync::Arc};
use uuid::Uuid;

/// What a client may ask about its channels, and change.
#[derive(Clone)]
pub struct Channels {
    store: Arc<dyn WorkflowStore>,
    clock: Arc<dyn Clock>,
    senders: Senders,
}

/// A channel that is to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct NewChannel {
    /// The receiver.
    pub target: NewTarget,
    /// Which workflows it is about.
    pub about: ChannelSubject,
    /// When nothing is sent, if there is such a time.
    pub quiet_hours: Option<QuietHours>,
}

/// The receiver of a channel that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewTarget {
    /// A webhook.
    Webhook {
        /// The address to which messages are posted.
        url: String,
        /// The shape that the receiver understands.
        format: MessageFormat,
    },
    /// A mailbox.
    Mail {
        /// Its address.
        address: String,
    },
}

/// How often a change is tried when others change the same.
const ATTEMPTS: usize = 20;

impl Channels {
    /// Keeps channels in `store`; they may lead where `senders` can send.
    pub fn new(store: Arc<dyn WorkflowStore>, clock: Arc<dyn Clock>, senders: Senders) -> Self {
        Self {
            store,
            clock,
            senders,
        }
    }

    /// Returns the channels of `client`.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn list(&self, client: &ClientId) -> Result<Vec<ChannelView>, WorkflowError> {
        let all = Listing::first(Workflows::MOST_CHANNELS);
        let found = self.store.list(client, DocumentKind::Channel, &all).await?;
        let channels = found
            .iter()
            .map(|read| Channel::read(read).map(ChannelView::of));
        channels.collect()
    }

    /// Returns a channel of `client`, if there is one of that id.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn show(
        &self,
        client: &ClientId,
        id: &str,
    ) -> Result<Option<ChannelView>, WorkflowError> {
        let read = self.store.find(client, DocumentKind::Channel, id).await?;
        let channel = read.as_ref().map(Channel::read).transpose()?;
        Ok(channel.map(ChannelView::of))
    }

    /// Makes a channel of that id, or returns nothing when there is one of that id.
    ///
    /// # Errors
    /// When the receiver may not be sent to, the client has as many channels as one may have, or the store is not
    /// available or fails.
    pub async fn add(
        &self,
        client: &ClientId,
        id: String,
        new: NewChannel,
    ) -> Result<Option<NewChannelView>, WorkflowError> {
        let (target, secret) = self.target(new.target)?;
        new.about.check().map_err(ValidationErrors::from)?;
        if self.show(client, &id).await?.is_some() {
            return Ok(None);
        }
        let count = self.store.count(client, DocumentKind::Channel).await?;
        if count >= Workflows::MOST_CHANNELS as u64 {
            return Err(WorkflowError::TooManyChannels);
        }
        let channel = Channel {
            id,
            target,
            about: new.about,
            quiet_hours: new.quiet_hours,
            created_at: self.clock.now(),
            waiting: Vec::new(),
            attempts: 0,
            log: Vec::new(),
        };
        let content = Content::of(channel.text()?);
        let write = Write::put(DocumentKind::Channel, channel.id.clone(), None, content);
        Ok(match self.store.commit(client, &[write]).await? {
            true => Some(NewChannelView {
                channel: ChannelView::of(channel),
                secret,
            }),
            // Another has made it meanwhile.
            false => None,
        })
    }

    fn target(&self, new: NewTarget) -> Result<(Target, Option<ChannelSecret>), WorkflowError> {
        match new {
            NewTarget::Webhook { url, format } => {
                let secret = new_secret()?;
                self.senders.check_url(&url, &secret)?;
                let shown = Some(secret.clone());
                Ok((
                    Target::Webhook {
                        url,
                        format,
                        secret,
                    },
                    shown,
                ))
            }
            NewTarget::Mail { address } => {
                self.senders.check_address(&address)?;
                Ok((Target::Mail { address }, None))
            }
        }
    }

    /// Takes a channel away with what waits in it, and returns it as it was, if there was one.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn remove(
        &self,
        client: &ClientId,
        id: &str,
    ) -> Result<Option<ChannelView>, WorkflowError> {
        let kind = DocumentKind::Channel;
        for _ in 0..ATTEMPTS {
            let Some(read) = self.store.find(client, kind, id).await? else {
                return Ok(None);
            };
            let removed = ChannelView::of(Channel::read(&read)?);
            let delete = Write::delete(kind, &read);
            if self.store.commit(client, &[delete]).await? {
                return Ok(Some(removed));
            }
        }
        Err(WorkflowError::Contended)
    }

    /// Adds a message that tests a channel, and returns the channel, if there is one.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn test(
        &self,
        client: &ClientId,
        id: &str,
    ) -> Result<Option<ChannelView>, WorkflowError> {
        for _ in 0..ATTEMPTS {
            let Some(read) = self.store.find(client, DocumentKind::Channel, id).await? else {
                return Ok(None);
            };
            let now = self.clock.now();
            let mut channel = Channel::read(&read)?;
            channel.add_test(test_message(now), now);
            let content = Content {
                body: channel.text()?,
                due_at: channel.due_at(now),
            };
            let key = read.key.clone();
            let write = Write::put(DocumentKind::Channel, key, Some(&read), content);
            if self.store.commit(client, &[write]).await? {
                return Ok(Some(ChannelView::of(channel)));
            }
        }
        Err(WorkflowError::Contended)
    }
}

/// A test has an incident that never was.
fn test_message(now: time::OffsetDateTime) -> Message {
    let id = Uuid::new_v4();
    Message {
        id: format!("{id}-test"),
        r#type: Message::TEST.to_owned(),
        at: now,
        incident: Incident {
            id,
            kind: IncidentKind::RunFailed,
            workflow: "test".to_owned(),
            environment: "test".to_owned(),
            began_at: now,
            ended_at: Some(now),
            evidence: "somebody tests this channel".to_owned(),
            entry_id: None,
        },
        others: 0,
    }
}

fn new_secret() -> Result<ChannelSecret, WorkflowError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| WorkflowError::NoRandomness)?;
    let text = format!("whsec_{}", Base64::encode_string(&bytes));
    Ok(ChannelSecret::new(text))
}

impl fmt::Debug for Channels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channels")
            .field("senders", &self.senders)
            .finish_non_exhaustive()
    }
}
