use crate::{
    AuditEntry, Head, KeyChange, KeyList, LeaseBehind, LeasePeppers, Retention, StoreState,
    StoredKey, UnreadableKey,
};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyDigest, KeyHash, KeyId, PepperId, StoreSalt};
use std::error::Error;

/// Reading keys: all that verification needs.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStore, KeyStoreError};
/// use central_logger_keys::ClientId;
///
/// async fn has_key(store: &dyn KeyStore, client: &ClientId) -> Result<bool, KeyStoreError> {
///     Ok(!store.list(Some(client)).await?.is_empty())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// assert!(has_key(&*store, &"acme_corp".parse()?).await?);
/// assert!(!has_key(&*store, &"widget_co".parse()?).await?);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// The key of that id, whatever its status; [`KeyStoreError::Unreadable`] when its row cannot be
    /// read.
    async fn find(&self, id: &KeyId) -> Result<Option<StoredKey>, KeyStoreError>;

    /// The salt that the hashes of opaque keys share, or nothing while no opaque key was ever
    /// stored, so that nobody hashes in vain.
    async fn opaque_salt(&self) -> Result<Option<StoreSalt>, KeyStoreError>;

    /// The opaque key of exactly that hash.
    async fn find_opaque(&self, hash: &KeyHash) -> Result<Option<StoredKey>, KeyStoreError>;

    /// Whether there are opaque keys, not revoked, that were hashed with a pepper that is none of
    /// `known`. Whoever finds no opaque key must not call it unknown while there are.
    async fn has_opaque_beyond(&self, _known: &[PepperId]) -> Result<bool, KeyStoreError> {
        Ok(false)
    }

    /// The static key of that digest. Stores that hash know no digest and keep this as it is.
    async fn find_static(&self, _digest: &KeyDigest) -> Result<Option<StoredKey>, KeyStoreError> {
        Ok(None)
    }

    /// The keys of one client or of all. A row that cannot be read stands beside the others.
    async fn list(&self, client: Option<&ClientId>) -> Result<KeyList, KeyStoreError>;

    /// Whether the store answers and its schema can be worked with.
    async fn ready(&self) -> Result<(), KeyStoreError>;
}

/// Audit trail of a store, and the state of the store that it ends in.
#[async_trait]
pub trait AuditTrail: Send + Sync {
    /// How the store stands, all of the same moment.
    async fn state(&self) -> Result<StoreState, KeyStoreError>;

    /// The end of the audit trail.
    async fn head(&self) -> Result<Head, KeyStoreError> {
        Ok(self.state().await?.head)
    }

    /// The entries of the audit trail after the place `after`, at most `limit` of them, in order.
    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, KeyStoreError>;

    /// The last entry of the audit trail about a key.
    async fn last_entry(&self, id: &KeyId) -> Result<Option<AuditEntry>, KeyStoreError>;
}

/// Leases of those who [follow](crate::KeyFeed) the store, as a change of keys has to see them.
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// The leases that do not show `head` or what came after it, however old they are. Whoever asks once
    /// has an answer for good, if `head` is committed: later leases are held by those who have asked
    /// for changes since.
    async fn leases_behind(&self, head: &Head) -> Result<Vec<LeaseBehind>, KeyStoreError>;

    /// Removes a lease that has run out, unless it was renewed since it was seen.
    async fn remove_lease(&self, lease: &LeaseBehind) -> Result<(), KeyStoreError>;

    /// Which peppers the holders of leases know whose leases have not run out, by the store's clock.
    async fn lease_peppers(&self) -> Result<Vec<LeasePeppers>, KeyStoreError>;
}

/// Changing keys, by a [`Keyring`](crate::Keyring). A store of static keys does not implement it, so it
/// cannot be asked.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Head, KeyAdmin, MemoryKeys};
/// use central_logger_keys::StoreSalt;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store: Arc<dyn KeyAdmin> = Arc::new(MemoryKeys::new());
/// assert_eq!(store.head().await?, Head::default(), "nothing has happened yet");
/// let salt = store.settle_opaque_salt(StoreSalt::generate()?).await?;
/// assert_eq!(store.settle_opaque_salt(StoreSalt::generate()?).await?, salt, "it stays");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait KeyAdmin: KeyStore + AuditTrail + LeaseStore {
    /// Settles the salt of opaque keys: the one that exists, else `proposed`, which then stays.
    async fn settle_opaque_salt(&self, proposed: StoreSalt) -> Result<StoreSalt, KeyStoreError>;

    /// The keys of one client or of all with what verifies them, by id. A row that cannot be read stands
    /// beside the others.
    async fn stored(&self, client: Option<&ClientId>) -> Result<KeyList<StoredKey>, KeyStoreError>;

    /// How long the logs of each client are kept.
    async fn retention(&self) -> Result<Retention, KeyStoreError>;

    /// Makes a change in one transaction, audit trail included; or nothing at all, with
    /// [`KeyStoreError::Stale`] when the store is not in the state any more that the change was
    /// decided upon.
    ///
    /// A new key whose id or whose hash exists is a conflict; nothing is overwritten. A time that is no
    /// `Timestamp` is refused: [`KeyChange::check_times`] finds it.
    async fn commit(&self, change: &KeyChange) -> Result<(), KeyStoreError>;
}

/// Which keys a change is about.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::KeySelection;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let all = KeySelection::Client("acme_corp".parse()?);
/// let reason = "the contract has ended".parse()?;
/// let revoked = keyring.revoke(&all, Some(&reason)).await?;
/// assert_eq!(revoked.at_commit().len(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySelection {
    /// One key.
    Id(KeyId),
    /// All keys of a client.
    Client(ClientId),
}

/// Why a store did not do what it was asked.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStore, KeyStoreError, UnreachableKeys};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let error = UnreachableKeys.ready().await.unwrap_err();
/// assert!(matches!(error, KeyStoreError::Unavailable(_)), "trying again may help");
/// assert_eq!(error.to_string(), "the key store is not available");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// A key of that id exists.
    #[error("a key with the id {0} exists already")]
    IdExists(KeyId),
    /// The same opaque key is stored under another id.
    #[error("the same key is stored already")]
    KeyExists,
    /// The store cannot be reached or does not answer in time; trying again may help. It has told the
    /// log why.
    #[error("the key store is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The change was handed over and not confirmed: it may have been made, or may be made yet.
    #[error(
        "whether the change was made is not known: the database has not confirmed it in time. Look \
         with `list` or `audit` when it answers again, and repeat the command if it was not made"
    )]
    OutcomeUnknown(#[source] Box<dyn Error + Send + Sync>),
    /// Somebody else changed keys in the meantime: decide anew.
    #[error("keys were changed by somebody else at the same time")]
    Stale,
    /// The row of the key cannot be read.
    #[error("the row of the key {} cannot be read: {}", .0.id, .0.reason)]
    Unreadable(Box<UnreadableKey>),
    /// Anything else: trying again will not help.
    #[error("the key store failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

impl KeyStoreError {
    /// Whether trying again may help. The store has told the log why it did not answer.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::OutcomeUnknown(_))
    }
}

impl From<UnreadableKey> for KeyStoreError {
    fn from(key: UnreadableKey) -> Self {
        Self::Unreadable(Box::new(key))
    }
}
