use crate::{
    audit::entry::Head,
    error::KeyStoreError,
    feed::lease::{Lease, LeaseHolder, StoreTime},
};
use async_trait::async_trait;
use central_logger_client_records::settings::ClientSettings;
use central_logger_keys::KeyId;
use std::time::Duration;

/// How those who remember keys follow the store, and let it know how far they have got.
///
/// The holder of a lease promises to stop using what it remembers before the lease runs out, unless it
/// has learned since then of every change. A command that takes access away
/// waits until all leases show the change or have run out (Gray and
/// Cheriton, "Leases", SOSP 1989).
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyFeed, feed::ChangedKeys};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
/// let before = store.changes(None).await?.reached();
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// // … and after a key was issued:
/// let changes = store.changes(Some(&before)).await?;
/// assert_eq!(changes.keys, ChangedKeys::These(vec![issued.record.id]));
/// assert!(store.changes(Some(&changes.reached())).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait KeyFeed: Send + Sync {
    /// What has changed since the state `since`; with nothing, everything.
    ///
    /// What was committed before this is called is seen, also what somebody changed by hand, past the
    /// audit trail.
    async fn changes(&self, since: Option<&Reached>) -> Result<Changes, KeyStoreError>;

    /// Stores a lease in the place of the holder's last one, and returns what time it is in the store.
    ///
    /// When this returns, everybody sees the lease. A store whose schema is too new for this program
    /// refuses it, so that nothing is remembered of it any more.
    async fn hold_lease(&self, lease: &Lease) -> Result<StoreTime, KeyStoreError>;

    /// Takes the holder's lease back, so that nobody waits for it.
    async fn end_lease(&self, holder: &LeaseHolder) -> Result<(), KeyStoreError>;

    /// Waits for a sign that keys may have changed. It may come late, in vain or never, so ask for
    /// [`changes`](Self::changes) every now and then too.
    async fn announced(&self);
}

/// A state of a store that somebody has followed it to.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyFeed, MemoryKeys, feed::Reached};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let nothing_has_happened = Reached::default();
/// assert_eq!(MemoryKeys::new().changes(None).await?.reached(), nothing_has_happened);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reached {
    /// The end of the audit trail.
    pub head: Head,
    /// How many times keys were changed by hand, past the audit trail, as far as the store notices.
    pub by_hand: u64,
}

/// What has changed between two states of a store.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyFeed, MemoryKeys};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryKeys::new();
/// let before = store.changes(None).await?.reached();
/// assert!(store.changes(Some(&before)).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The end of the audit trail in the later state.
    pub head: Head,
    /// How many times keys were changed by hand until then.
    pub by_hand: u64,
    /// Whether the earlier state is in the past of the later one. It is not after the store was set
    /// back, as to a backup or to an old primary.
    pub continues: bool,
    /// How long ago somebody acknowledged that the store was set back, if anybody did, by the clock of
    /// the store.
    pub restore_accepted: Option<Duration>,
    /// The keys that are not as they were.
    pub keys: ChangedKeys,
    /// How long logs are kept, unless that is as it was.
    pub retention: Option<ClientSettings>,
    /// How long ago the last change was committed, by the clock of the store.
    pub age: Duration,
}

/// Which keys are not as they were.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyFeed, MemoryKeys, feed::ChangedKeys};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let nothing_known = None;
/// let changes = MemoryKeys::new().changes(nothing_known).await?;
/// assert_eq!(changes.keys, ChangedKeys::All);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedKeys {
    /// These, and no others.
    These(Vec<KeyId>),
    /// Any may be: too much has happened, somebody changed keys by hand, or the earlier state is not in
    /// the store's past, as after it was restored from a backup.
    All,
}

impl Changes {
    /// With more changes than this, a store says that all keys may have changed.
    pub const MOST: u64 = 1000;

    /// The later state.
    pub fn reached(&self) -> Reached {
        Reached {
            head: self.head,
            by_hand: self.by_hand,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys == ChangedKeys::These(Vec::new()) && self.retention.is_none()
    }
}

impl Head {
    /// Whether the changes from this state to `later` are few enough to be named one by one.
    pub fn is_close_to(&self, later: &Self) -> bool {
        later
            .sequence
            .checked_sub(self.sequence)
            .is_some_and(|changes| changes <= Changes::MOST)
    }
}
