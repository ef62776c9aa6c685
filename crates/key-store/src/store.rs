use crate::{
    audit::{
        entry::{AuditEntry, Head},
        state::StoreState,
    },
    change::KeyChange,
    error::KeyStoreError,
    feed::lease::{LeaseBehind, LiveLease},
    receipt::Receipt,
    record::{key_list::KeyList, key_record::StoredKey, owners::Owners},
    reveal_link::RevealLinkStore,
};
use async_trait::async_trait;
use central_logger_client_records::{
    ClientBook, ClientPolicy, quota::Quota, settings::ClientSettings,
};
use central_logger_keys::{ClientId, KeyDigest, KeyHash, KeyId, PepperId, StoreSalt};
use time::OffsetDateTime;

/// Reading keys: all that verification needs.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStore, KeyStoreError, Owners};
/// use central_logger_keys::ClientId;
///
/// async fn has_key(store: &dyn KeyStore, client: &ClientId) -> Result<bool, KeyStoreError> {
///     Ok(!store.list(Owners::Client(client)).await?.is_empty())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
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
    /// `known`. While there are, a key that is not found must not be called unknown.
    async fn has_opaque_beyond(&self, _known: &[PepperId]) -> Result<bool, KeyStoreError> {
        Ok(false)
    }

    /// The key of that digest, in a store of configured keys. Stores that hash keys know no digest and keep
    /// this as it is.
    async fn find_by_digest(
        &self,
        _digest: &KeyDigest,
    ) -> Result<Option<StoredKey>, KeyStoreError> {
        Ok(None)
    }

    /// The keys of these owners. A row that cannot be read stands beside the others.
    async fn list(&self, owners: Owners<'_>) -> Result<KeyList, KeyStoreError>;

    /// How many requests a client may make, with all of its keys and beside them.
    async fn client_quota(&self, client: &ClientId) -> Result<Quota, KeyStoreError> {
        let keys = self.list(Owners::Client(client)).await?;
        Ok(keys
            .records
            .first()
            .map(|key| key.quota)
            .unwrap_or_default())
    }

    /// Whether the store answers and its schema can be worked with.
    async fn ready(&self) -> Result<(), KeyStoreError>;
}

/// Audit trail of a store, and the state of the store that it ends in.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditAction, AuditTrail};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let trail = store.audit(0, 100).await?;
/// assert_eq!((trail[0].action, trail[0].actor.name()), (AuditAction::Issue, "alice@ops"));
/// assert_eq!(store.head().await?, trail[0].head());
/// # Ok(())
/// # }
/// ```
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

    /// The entries about the keys, sessions and workflows of a client after the first `skip` of them, at most `limit`, in
    /// order. Entries about what the provider sets for the client are none of them.
    async fn audit_of(
        &self,
        client: &ClientId,
        skip: u64,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, KeyStoreError>;

    /// The last entry of the audit trail about a key.
    async fn last_entry(&self, id: &KeyId) -> Result<Option<AuditEntry>, KeyStoreError>;
}

/// Leases of those who [follow](crate::KeyFeed) the store, as a change of keys has to see them.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditTrail, LeaseStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let head = store.head().await?;
/// assert!(store.leases_behind(&head).await?.is_empty(), "nobody remembers keys");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait LeaseStore: Send + Sync {
    /// Returns the leases that do not show `head` or a later change, however old they are. If `head` is
    /// committed, no lease joins them afterwards: a server that takes a lease later has asked for changes
    /// since.
    async fn leases_behind(&self, head: &Head) -> Result<Vec<LeaseBehind>, KeyStoreError>;

    /// Removes a lease that has run out, unless it was renewed since it was seen.
    async fn remove_lease(&self, lease: &LeaseBehind) -> Result<(), KeyStoreError>;

    /// The leases that have not run out, by the store's clock.
    async fn live_leases(&self) -> Result<Vec<LiveLease>, KeyStoreError>;
}

/// What is remembered of requests whose senders have named them.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{MemoryKeys, NamedRequest, ReceiptStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryKeys::new();
/// let request = NamedRequest::new("4fzyo82mvyi1", "POST /api/v1/keys", "7f4a", b"{}");
/// assert_eq!(store.receipt(request.id()).await?, None, "nobody has asked for it yet");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait ReceiptStore: Send + Sync {
    /// The receipt of that id, however old it is.
    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, KeyStoreError>;

    /// Deletes some receipts from before `time`, and gives how many; none when there are none left.
    async fn delete_receipts(&self, time: OffsetDateTime) -> Result<usize, KeyStoreError>;
}

/// Changing keys, by a `Keyring`. A store of static keys does not implement it, so it
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
pub trait KeyAdmin: KeyStore + AuditTrail + LeaseStore + ReceiptStore + RevealLinkStore {
    /// Settles the salt of opaque keys: the one that exists, else `proposed`, which then stays.
    async fn settle_opaque_salt(&self, proposed: StoreSalt) -> Result<StoreSalt, KeyStoreError>;

    /// The keys of these owners with what verifies them, by id. A row that cannot be read stands beside
    /// the others.
    async fn stored(&self, owners: Owners<'_>) -> Result<KeyList<StoredKey>, KeyStoreError>;

    /// How long the logs of each client are kept.
    async fn retention(&self) -> Result<ClientSettings, KeyStoreError>;

    /// What is recorded of one client, or of all. A row that cannot be read is an error where one client is
    /// asked for, so that its policy is never taken for another, and stands beside all others.
    async fn clients(&self, one: Option<&ClientId>) -> Result<ClientBook, KeyStoreError>;

    /// The policy of a client, with what is set for all.
    async fn policy(&self, client: &ClientId) -> Result<ClientPolicy, KeyStoreError> {
        Ok(self.clients(Some(client)).await?.policy(client))
    }

    /// Makes a change in one transaction, audit trail included; or nothing at all, with
    /// [`KeyStoreError::Stale`] when the store is not in the state any more that the change was
    /// decided upon.
    ///
    /// A new key whose id or whose hash exists is a conflict, as is an external id that another client has;
    /// nothing is overwritten. A time that is no
    /// `Timestamp` is refused: [`KeyChange::check_times`] finds it.
    async fn commit(&self, change: &KeyChange) -> Result<(), KeyStoreError>;
}
