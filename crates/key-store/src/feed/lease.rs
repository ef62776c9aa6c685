use crate::audit::entry::Head;
use central_logger_keys::{KeyId, PepperId, RandomnessError};
use std::{fmt, time::Duration};
use time::OffsetDateTime;

/// How far a server has followed the changes of keys.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditTrail, Head, KeyFeed, LeaseHolder, LeaseStore, feed::Lease};
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_hash_pool::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_keyring::Keyring::new(store.clone(), hashes, clock, actor);
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

/// A lease that does not show a change.
///
/// A wait for it counts its length by a clock that nobody sets, from when it was first seen: by then its
/// holder has stopped using what it remembers, whatever the clocks of machines show.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{LeaseHolder, feed::LeaseBehind};
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

/// A lease that has not run out, and what its holder knows.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Head, KeyFeed, LeaseHolder, LeaseStore, MemoryKeys, feed::Lease};
/// use central_logger_keys::Pepper;
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryKeys::new();
/// let pepper = Pepper::new(b"32 bytes or more, out of the database")?.id();
/// let lease = Lease {
///     holder: LeaseHolder::new("127.0.0.1:8000")?,
///     applied: Head::default(),
///     length: Duration::from_secs(60),
///     peppers: vec![pepper],
/// };
/// store.hold_lease(&lease).await?;
/// assert_eq!(store.live_leases().await?[0].peppers, [pepper]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveLease {
    /// Who holds the lease.
    pub holder: LeaseHolder,
    /// The number of the last change that the holder has applied.
    pub sequence: u64,
    /// The version of the schema that the holder's program knows, where the store has one and the program is
    /// not older than leases that tell.
    pub knows: Option<u64>,
    /// The peppers, the one that new hashes are to be made with first.
    pub peppers: Vec<PepperId>,
}

/// The time in a store, by which what is kept for a term is removed from it.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Head, KeyFeed, LeaseHolder, MemoryKeys, feed::{Lease, StoreTime}};
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
    /// The store uses the clock of the program.
    OfProgram,
    /// The store's own clock shows this.
    Shows(OffsetDateTime),
    /// The clock is ahead by so much of what it should show. Nothing is to be removed by it.
    Jumped(time::Duration),
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
