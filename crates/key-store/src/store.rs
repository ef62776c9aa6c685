use crate::{AuditEntry, Head, KeyChange, KeyRecord, LeaseHolder, StoredKey};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyDigest, KeyHash, KeyId, StoreSalt};
use std::error::Error;
use time::OffsetDateTime;

/// Reading keys: all that verification needs.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// The key of that id, whatever its status.
    async fn find(&self, id: &KeyId) -> Result<Option<StoredKey>, KeyStoreError>;

    /// The salt that the hashes of opaque keys share, or nothing while no opaque key was ever
    /// stored, so that nobody hashes in vain.
    async fn opaque_salt(&self) -> Result<Option<StoreSalt>, KeyStoreError>;

    /// The opaque key of exactly that hash.
    async fn find_opaque(&self, hash: &KeyHash) -> Result<Option<StoredKey>, KeyStoreError>;

    /// The static key of that digest. Stores that hash know no digest and keep this as it is.
    async fn find_static(&self, _digest: &KeyDigest) -> Result<Option<StoredKey>, KeyStoreError> {
        Ok(None)
    }

    /// The keys of one client or of all, oldest first, then by id.
    async fn list(&self, client: Option<&ClientId>) -> Result<Vec<KeyRecord>, KeyStoreError>;

    /// Whether the store answers and its schema can be worked with.
    async fn ready(&self) -> Result<(), KeyStoreError>;
}

/// Changing keys. A store of static keys does not implement it, so it cannot be asked.
#[async_trait]
pub trait KeyAdmin: KeyStore {
    /// Settles the salt of opaque keys: the one that exists, else `proposed`, which then stays.
    async fn settle_opaque_salt(&self, proposed: StoreSalt) -> Result<StoreSalt, KeyStoreError>;

    /// The state of the store: the end of its audit trail.
    async fn head(&self) -> Result<Head, KeyStoreError>;

    /// Makes a change in one transaction, audit trail included; or nothing at all, with
    /// [`KeyStoreError::Stale`] when the store is not in the state any more that the change was
    /// decided upon.
    ///
    /// A new key whose id or whose hash exists is a conflict; nothing is overwritten.
    async fn commit(&self, change: &KeyChange) -> Result<(), KeyStoreError>;

    /// Who holds a lease that has not run out, by the store's clock, and does not show `head` or what
    /// came after it. Whoever asks once has an answer for good, if `head` is committed: later leases
    /// are held by those who have asked for changes since.
    async fn leases_behind(&self, head: &Head) -> Result<Vec<LeaseHolder>, KeyStoreError>;

    /// Puts `new` in the place of the key's hash, if that is still `old`: the same key, hashed with
    /// another pepper or other costs. That is no change of the key.
    async fn replace_hash(
        &self,
        id: &KeyId,
        old: &KeyHash,
        new: &KeyHash,
    ) -> Result<(), KeyStoreError>;

    /// The entries of the audit trail after the place `after`, at most `limit` of them, in order.
    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, KeyStoreError>;

    /// Notes when and whence keys were last used, in one transaction. A time never moves backwards,
    /// and ids that do not exist are passed over.
    async fn record_use(&self, uses: &[KeyUse]) -> Result<(), KeyStoreError>;
}

/// Which keys a change is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySelection {
    /// One key.
    Id(KeyId),
    /// All keys of a client.
    Client(ClientId),
}

/// A use of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// Which key.
    pub id: KeyId,
    /// When, in whole milliseconds.
    pub at: OffsetDateTime,
    /// The network it came from, such as `192.0.2.0/24`.
    pub from: Option<String>,
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// A key of that id exists.
    #[error("a key with the id {0} exists already")]
    IdExists(KeyId),
    /// The same opaque key is stored under another id.
    #[error("the same key is stored already")]
    KeyExists,
    /// The store cannot be reached or does not answer in time; trying again may help.
    #[error("the key store is not available")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// Somebody else changed keys in the meantime: decide anew.
    #[error("keys were changed by somebody else at the same time")]
    Stale,
    /// Anything else: trying again will not help.
    #[error("the key store failed")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}
