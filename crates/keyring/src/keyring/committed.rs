use crate::keyring::Keyring;
use central_logger_key_store::{Head, KeyAdmin, KeyStoreError};
use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// What came of a change. It is committed, but servers that remember keys may still go by what was
/// before.
///
/// # Examples
///
/// ```
/// use central_logger_keyring::KeySelection;
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
/// let one = KeySelection::Id(issued.record.id.clone());
/// let revoked = keyring.revoke(&one, None).await?;
/// revoked.everywhere().await?; // from here on no server accepts it
/// assert_eq!(revoked.at_commit(), [issued.record.id]);
/// # Ok(())
/// # }
/// ```
#[must_use = "wait until it holds `everywhere`, or be content with `at_commit`"]
pub struct Committed<T> {
    /// What came of it.
    pub done: T,
    store: Arc<dyn KeyAdmin>,
    head: Head,
}

/// The first and the longest pause between two looks at the leases.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(20));

impl<T> Committed<T> {
    pub(crate) fn new(done: T, store: Arc<dyn KeyAdmin>, head: Head) -> Self {
        Self { done, store, head }
    }

    pub(crate) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Committed<U> {
        Committed::new(convert(self.done), self.store, self.head)
    }

    /// The end of the audit trail with it.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Takes what came of it, without waiting.
    pub fn at_commit(self) -> T {
        self.done
    }

    /// Waits until no server goes by what was before, and tells how long that took: each one that
    /// holds a lease has said that it knows of the change, or its lease has run out.
    ///
    /// # Errors
    /// When the store cannot be asked. Then nobody knows, but it holds everywhere once the longest
    /// lease has run out.
    pub async fn everywhere(&self) -> Result<Duration, KeyStoreError> {
        wait_for_leases(&*self.store, &self.head).await
    }
}

/// Waits for each lease until it shows the change, is gone, or has stood unrenewed for its length since it
/// was first seen here. No clock that somebody may set has a say in this.
async fn wait_for_leases(store: &dyn KeyAdmin, head: &Head) -> Result<Duration, KeyStoreError> {
    let began = Instant::now();
    let (mut pause, longest) = PAUSES;
    let mut standing = HashMap::new();
    loop {
        let behind = store.leases_behind(head).await?;
        let now = Instant::now();
        let mut is_over = true;
        for lease in behind {
            let since = *standing
                .entry((lease.holder.clone(), lease.renewals))
                .or_insert(now);
            match now.duration_since(since) >= lease.length {
                // So that nobody has to wait for it again.
                true => {
                    if let Err(error) = store.remove_lease(&lease).await {
                        tracing::debug!(%error, "a lease that has run out stays");
                    }
                }
                false => is_over = false,
            }
        }
        if is_over {
            return Ok(began.elapsed());
        }
        sleep(pause).await;
        pause = (pause * 2).min(longest);
    }
}

impl Keyring {
    /// Waits until all servers go by all that was changed so far, and tells how long that took.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn everywhere(&self) -> Result<Duration, KeyStoreError> {
        let head = self.store.head().await?;
        wait_for_leases(&*self.store, &head).await
    }
}

impl<T: fmt::Debug> fmt::Debug for Committed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Committed").field(&self.done).finish()
    }
}
