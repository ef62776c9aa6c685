use crate::{ChannelView, NewChannelView, Senders};
use base64ct::{Base64, Encoding};
use central_logger_keys::ClientId;
use central_logger_log_store::ValidationErrors;
use central_logger_sessions::LinkToken;
use central_logger_text::MessageFormat;
use central_logger_times::Clock;
use central_logger_workflows::{
    Content, DocumentKind, Listing, WorkflowError, WorkflowStore, Workflows, Write,
    channel::{Channel, ChannelSecret, ChannelSubject, QuietHours, Target},
};
use std::{fmt, sync::Arc};
use time::OffsetDateTime;

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
        let now = self.clock.now();
        let mut channel = Channel {
            id,
            target,
            about: new.about,
            quiet_hours: new.quiet_hours,
            unconfirmed: None,
            created_at: now,
            waiting: Vec::new(),
            attempts: 0,
            left_alone_until: None,
            log: Vec::new(),
            minute: None,
        };
        if matches!(channel.target, Target::Mail { .. }) {
            channel.ask(now);
        }
        let content = content(&channel, now)?;
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

    /// Adds a message that tests a channel, and returns the channel, if there is one. A receiver that has not said
    /// that it wants messages gets another link.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn test(
        &self,
        client: &ClientId,
        id: &str,
    ) -> Result<Option<ChannelView>, WorkflowError> {
        let test = |channel: &mut Channel, now| {
            channel.add_test(now);
            true
        };
        self.change(client, id, test).await
    }

    /// Returns the channel to whose receiver a link with this token was sent, unless it is good no more.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn asked(
        &self,
        client: &ClientId,
        id: &str,
        token: &LinkToken,
    ) -> Result<Option<ChannelView>, WorkflowError> {
        let read = self.store.find(client, DocumentKind::Channel, id).await?;
        let channel = read.as_ref().map(Channel::read).transpose()?;
        let (hash, now) = (token.hash().to_string(), self.clock.now());
        let asked = channel.filter(|channel| {
            let question = channel.unconfirmed.as_ref();
            question.is_some_and(|question| question.is_answered(&hash, now))
        });
        Ok(asked.map(ChannelView::of))
    }

    /// Notes that the receiver wants messages, as the link with this token says, and returns the channel; nothing
    /// when the link is good no more.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn confirm(
        &self,
        client: &ClientId,
        id: &str,
        token: &LinkToken,
    ) -> Result<Option<ChannelView>, WorkflowError> {
        let hash = token.hash().to_string();
        let confirm = |channel: &mut Channel, now| channel.confirm(&hash, now);
        self.change(client, id, confirm).await
    }

    /// Changes a channel and returns it, if there is one and `change` says so.
    async fn change(
        &self,
        client: &ClientId,
        id: &str,
        change: impl Fn(&mut Channel, OffsetDateTime) -> bool,
    ) -> Result<Option<ChannelView>, WorkflowError> {
        for _ in 0..ATTEMPTS {
            let Some(read) = self.store.find(client, DocumentKind::Channel, id).await? else {
                return Ok(None);
            };
            let now = self.clock.now();
            let mut channel = Channel::read(&read)?;
            if !change(&mut channel, now) {
                return Ok(None);
            }
            let (key, content) = (read.key.clone(), content(&channel, now)?);
            let write = Write::put(DocumentKind::Channel, key, Some(&read), content);
            if self.store.commit(client, &[write]).await? {
                return Ok(Some(ChannelView::of(channel)));
            }
        }
        Err(WorkflowError::Contended)
    }
}

fn content(channel: &Channel, now: OffsetDateTime) -> Result<Content, WorkflowError> {
    Ok(Content {
        body: channel.text()?,
        due_at: channel.due_at(now),
    })
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
