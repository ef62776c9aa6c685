use crate::{Head, KeyStoreError, Retention};
use async_trait::async_trait;
use central_logger_keys::{KeyId, PepperId, RandomnessError};
use std::{fmt, time::Duration};
use time::OffsetDateTime;

/// How those who remember keys follow the store, and let it know how far they have got.
///
/// Whoever holds a lease promises to stop using what it remembers before the lease runs out, unless
/// it has learned since then of every change. Whoever takes access away
/// [waits](crate::Committed::everywhere) until all leases show the change or have run out (Gray and
/// Cheriton, "Leases", SOSP 1989).
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{ChangedKeys, KeyFeed};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
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

/// How far a server has followed the changes of keys.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Head, KeyAdmin, KeyFeed, Lease, LeaseHolder};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// let holder = LeaseHolder::new("127.0.0.1:8000")?;
/// let (applied, length) = (Head::default(), Duration::from_secs(60));
/// let lease = Lease { holder: holder.clone(), applied, length, peppers: Vec::new() };
/// store.hold_lease(&lease).await?;
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// // … and after a key was issued, of which the holder has not learned:
/// let head = store.head().await?;
/// assert_eq!(store.leases_behind(&head).await?[0].holder, holder);
/// store.end_lease(&holder).await?;
/// assert!(store.leases_behind(&head).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Lease {
    /// Whose it is.
    pub holder: LeaseHolder,
    /// The state of the store that everything it remembers is as new as.
    pub applied: Head,
    /// How long it lasts.
    pub length: Duration,
    /// The peppers that the holder knows, the one that it would hash with first.
    pub peppers: Vec<PepperId>,
}

/// The time in a store, by which what is kept for a term is removed from it.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Head, KeyFeed, Lease, LeaseHolder, MemoryKeys, StoreTime};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let holder = LeaseHolder::new("127.0.0.1:8000")?;
/// let (applied, length) = (Head::default(), Duration::from_secs(2));
/// let time = MemoryKeys::new().hold_lease(&Lease { holder, applied, length, peppers: Vec::new() }).await?;
/// assert_eq!(time, StoreTime::OfProgram, "the store is within the program");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreTime {
    /// The store goes by the program's clock.
    OfProgram,
    /// The store's own clock shows this.
    Shows(OffsetDateTime),
    /// The clock is ahead by so much of what it should show. Nothing is to be removed by it.
    Jumped(time::Duration),
}

/// A lease that does not show a change.
///
/// Whoever waits for it counts its length by a clock that nobody sets, from when it was first seen: by
/// then its holder has stopped using what it remembers, whatever the clocks of machines show.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{LeaseBehind, LeaseHolder};
/// use std::time::Duration;
///
/// let holder = LeaseHolder::new("127.0.0.1:8000")?;
/// let length = Duration::from_secs(2);
/// let seen = LeaseBehind { holder, length, renewals: 17 };
/// let seen_later = LeaseBehind { renewals: 18, ..seen.clone() };
/// assert_ne!(seen, seen_later, "wait for as long once more");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseBehind {
    /// Whose it is.
    pub holder: LeaseHolder,
    /// How long it lasts from its last renewal on.
    pub length: Duration,
    /// How often it has been renewed.
    pub renewals: u64,
}

/// Who holds a lease: no two processes are the same.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::LeaseHolder;
///
/// let holder = LeaseHolder::new("127.0.0.1:8000")?;
/// assert!(holder.as_str().starts_with("127.0.0.1:8000/"));
/// assert_ne!(holder, LeaseHolder::new("127.0.0.1:8000")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseHolder(String);

/// A state of a store that somebody has followed it to.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyFeed, MemoryKeys, Reached};
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
    pub retention: Option<Retention>,
    /// How long ago the last change was committed, by the clock of the store.
    pub age: Duration,
}

/// Which keys are not as they were.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{ChangedKeys, KeyFeed, MemoryKeys};
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

impl LeaseHolder {
    /// A holder that people know by `name`, such as the address a server listens at.
    ///
    /// # Errors
    /// When the operating system has no random bytes.
    pub fn new(name: &str) -> Result<Self, RandomnessError> {
        Ok(Self(format!("{name}/{}", KeyId::generate()?)))
    }

    /// Name and number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A holder as it was stored.
impl From<String> for LeaseHolder {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for LeaseHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
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
