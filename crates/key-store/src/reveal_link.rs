//! Links by which a client gets a key that does not exist before.

use crate::{
    error::KeyStoreError,
    record::{key_maker::KeyMaker, new_key::NewKey},
};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyHash, KeyId};
use central_logger_times::Timestamp;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

/// A link by which a client gets a key, once. The key comes into being when it is revealed.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{NewKey, reveal_link::{LinkedKey, RevealLink, RevealState}};
/// use central_logger_keys::KeyId;
/// use time::{Duration, macros::datetime};
///
/// let (client, now) = ("acme_corp".parse()?, datetime!(2026-03-01 12:00 UTC));
/// let key = LinkedKey::New(NewKey::for_client("acme_corp".parse()?));
/// let link = RevealLink::new(KeyId::generate()?, client, key, [7; 32], now, Duration::DAY);
/// assert_eq!(link.state(now), RevealState::Waiting);
/// assert_eq!(link.state(link.valid_until), RevealState::Expired);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RevealLink {
    /// The public id, of the form of a key id.
    pub id: KeyId,
    /// The client that gets the key.
    pub client_id: ClientId,
    /// What the key is to be.
    pub key: LinkedKey,
    /// SHA-256 of the token in the address.
    pub token_hash: [u8; 32],
    /// The hash of the passphrase that has to be said, if one has to be.
    pub passphrase: Option<KeyHash>,
    /// Who made the link, and so the key. A link ends with the key that made it.
    pub made_by: KeyMaker,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// From this time on it is refused.
    pub valid_until: OffsetDateTime,
    /// When it was first looked at, and from which network.
    pub opened: Option<Seen>,
    /// How many passphrases were tried.
    pub tries: u64,
    /// The key that was revealed.
    pub revealed: Option<Revelation>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<OffsetDateTime>,
    /// The mail address that it was sent to, if it was.
    pub mailed_to: Option<String>,
}

/// What the key of a link is to be.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{NewKey, reveal_link::LinkedKey};
///
/// let key = LinkedKey::New(NewKey::for_client("acme_corp".parse()?));
/// assert!(matches!(key, LinkedKey::New(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub enum LinkedKey {
    /// A new key of the client.
    New(NewKey),
    /// The successor of a key, whose grace begins when the successor is revealed.
    Successor {
        /// The key that it replaces.
        replaces: KeyId,
        /// How much longer the old key is valid then.
        grace: Duration,
        /// When the successor expires, if not as is usual for a rotation.
        expires_at: Option<Timestamp>,
    },
}

/// When somebody was seen, and from which network.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::reveal_link::Seen;
/// use time::macros::datetime;
///
/// let at = datetime!(2026-03-01 12:00 UTC);
/// let seen = Seen { at, network: Some("203.0.113.0/24".to_owned()) };
/// assert_eq!(seen.at, at);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub at: OffsetDateTime,
    /// The network, if it is known.
    pub network: Option<String>,
}

/// A key that was revealed.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::reveal_link::{Revelation, Seen};
/// use central_logger_keys::KeyId;
/// use time::macros::datetime;
///
/// let seen = Seen { at: datetime!(2026-03-01 12:00 UTC), network: None };
/// let revelation = Revelation { key_id: KeyId::generate()?, seen };
/// assert!(revelation.seen.network.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revelation {
    /// The key.
    pub key_id: KeyId,
    /// When, and to whom.
    pub seen: Seen,
}

/// What has become of a link.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::reveal_link::RevealState;
///
/// assert_eq!(serde_json::to_string(&RevealState::Waiting)?, r#""waiting""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RevealState {
    /// Nobody has looked at it.
    Waiting,
    /// Somebody has looked at it, or a program such as a mail scanner.
    Opened,
    /// The key was revealed.
    Revealed,
    /// It was withdrawn, by the provider or after too many wrong passphrases.
    Withdrawn,
    /// Its time is over.
    Expired,
}

/// A change of links, which is made together with a [change of keys](crate::change::KeyChange).
///
/// # Examples
///
/// ```
/// use central_logger_key_store::reveal_link::LinkChange;
/// use time::macros::datetime;
///
/// let at = datetime!(2026-03-01 12:00 UTC);
/// let change = LinkChange::Withdraw { ids: Vec::new(), at };
/// assert!(matches!(change, LinkChange::Withdraw { ids, .. } if ids.is_empty()));
/// ```
#[derive(Debug, Clone)]
pub enum LinkChange {
    /// Keeps a new link.
    Add(Box<RevealLink>),
    /// Uses a link up for a key, which is inserted by the same change. If the link
    /// [cannot be used](RevealLink::can_reveal) at that time, the change is [`KeyStoreError::Stale`].
    Reveal {
        /// The id of the link.
        id: KeyId,
        /// What is revealed.
        revelation: Revelation,
    },
    /// Withdraws links that nobody has used.
    Withdraw {
        /// The ids of the links.
        ids: Vec<KeyId>,
        /// When.
        at: OffsetDateTime,
    },
}

impl RevealLink {
    /// So many passphrases can be tried: the last wrong one withdraws the link.
    pub const MOST_TRIES: u64 = 5;
    /// So long after its end a link is still listed.
    pub const LISTED: Duration = Duration::days(30);

    /// A link without a passphrase, made by the provider.
    pub fn new(
        id: KeyId,
        client_id: ClientId,
        key: LinkedKey,
        token_hash: [u8; 32],
        now: OffsetDateTime,
        valid: Duration,
    ) -> Self {
        Self {
            id,
            client_id,
            key,
            token_hash,
            passphrase: None,
            made_by: KeyMaker::Provider,
            created_at: now,
            valid_until: Timestamp::clamped(now).saturating_add(valid).get(),
            opened: None,
            tries: 0,
            revealed: None,
            withdrawn_at: None,
            mailed_to: None,
        }
    }

    /// What has become of it.
    pub fn state(&self, now: OffsetDateTime) -> RevealState {
        match self {
            Self {
                revealed: Some(_), ..
            } => RevealState::Revealed,
            Self {
                withdrawn_at: Some(_),
                ..
            } => RevealState::Withdrawn,
            _ if self.tries >= Self::MOST_TRIES => RevealState::Withdrawn,
            _ if now >= self.valid_until => RevealState::Expired,
            Self {
                opened: Some(_), ..
            } => RevealState::Opened,
            _ => RevealState::Waiting,
        }
    }

    /// Whether nobody has used it yet, and somebody can.
    pub fn is_good(&self, now: OffsetDateTime) -> bool {
        matches!(self.state(now), RevealState::Waiting | RevealState::Opened)
    }

    /// Whether the key can be revealed to somebody who has said the passphrase, by the last try perhaps.
    pub fn can_reveal(&self, now: OffsetDateTime) -> bool {
        self.revealed.is_none() && self.withdrawn_at.is_none() && now < self.valid_until
    }
}

/// Keeps links, beside keys: a link is used up by the change that inserts its key.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{MemoryKeys, reveal_link::RevealLinkStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryKeys::new();
/// assert!(store.find_reveal_link(&[7; 32]).await?.is_none());
/// assert!(store.reveal_links(None, 100).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait RevealLinkStore: Send + Sync {
    /// The link of a token.
    async fn find_reveal_link(
        &self,
        token_hash: &[u8; 32],
    ) -> Result<Option<RevealLink>, KeyStoreError>;

    /// The link of an id.
    async fn reveal_link(&self, id: &KeyId) -> Result<Option<RevealLink>, KeyStoreError>;

    /// The links of a client, or of all, the newest first, at most `limit` of them.
    async fn reveal_links(
        &self,
        client: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<RevealLink>, KeyStoreError>;

    /// The ids of the links of a client that [can be used](RevealLink::can_reveal).
    async fn open_reveal_links(
        &self,
        client: &ClientId,
        now: OffsetDateTime,
    ) -> Result<Vec<KeyId>, KeyStoreError>;

    /// Writes down a first look at a link.
    async fn note_opened(&self, id: &KeyId, seen: &Seen) -> Result<(), KeyStoreError>;

    /// Counts a passphrase before it is compared, and returns how many were tried with it; nothing if the
    /// link cannot be used any more. Of any number that come at once,
    /// [`MOST_TRIES`](RevealLink::MOST_TRIES) are compared.
    async fn count_try(
        &self,
        id: &KeyId,
        now: OffsetDateTime,
    ) -> Result<Option<u64>, KeyStoreError>;

    /// Deletes links that ended before a point in time.
    async fn purge_reveal_links(&self, before: OffsetDateTime) -> Result<(), KeyStoreError>;
}
