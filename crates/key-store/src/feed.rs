use crate::{Head, KeyStoreError};
use async_trait::async_trait;
use central_logger_keys::{KeyId, RandomnessError};
use std::{fmt, time::Duration};

/// How those who remember keys follow the store, and let it know how far they have got.
///
/// Whoever holds a lease promises to stop using what it remembers before the lease runs out, unless
/// it has learned since then of every change. Whoever takes access away
/// [waits](crate::Committed::everywhere) until all leases show the change or have run out (Gray and
/// Cheriton, "Leases", SOSP 1989).
#[async_trait]
pub trait KeyFeed: Send + Sync {
    /// What has changed since the state `since`; with nothing, everything.
    ///
    /// What was committed before this is called is seen.
    async fn changes(&self, since: Option<&Head>) -> Result<Changes, KeyStoreError>;

    /// Stores a lease in the place of the holder's last one. It lasts from now on, by the clock of
    /// the store.
    ///
    /// When this returns, everybody sees the lease.
    async fn hold_lease(&self, lease: &Lease) -> Result<(), KeyStoreError>;

    /// Takes the holder's lease back, so that nobody waits for it.
    async fn end_lease(&self, holder: &LeaseHolder) -> Result<(), KeyStoreError>;

    /// Waits for a sign that keys may have changed. It may come late, in vain or never, so ask for
    /// [`changes`](Self::changes) every now and then too.
    async fn announced(&self);
}

/// How far a server has followed the changes of keys.
#[derive(Debug, Clone)]
pub struct Lease {
    /// Whose it is.
    pub holder: LeaseHolder,
    /// The state of the store that everything it remembers is as new as.
    pub applied: Head,
    /// How long it lasts.
    pub length: Duration,
}

/// Who holds a lease: no two processes are the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeaseHolder(String);

/// What has changed between two states of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The later state.
    pub head: Head,
    /// The keys that are not as they were.
    pub keys: ChangedKeys,
    /// How long ago the last change was committed, by the clock of the store.
    pub age: Duration,
}

/// Which keys are not as they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedKeys {
    /// These, and no others.
    These(Vec<KeyId>),
    /// Any may be: too much has happened, or the earlier state is not in the store's past, as after
    /// it was restored from a backup.
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

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys == ChangedKeys::These(Vec::new())
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
