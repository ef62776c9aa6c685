use crate::{Caller, Change, OperationError};
use central_logger_key_activity::ActivityStore;
use central_logger_key_store::{HashPool, KeyAdmin, Keyring, KeyringError, keyring::WrongPepper};
use central_logger_log_store::LogPruner;
use central_logger_times::Clock;
use std::{fmt, sync::Arc};
use time::OffsetDateTime;

/// The operations that a [`Caller`] may ask for.
///
/// They are cheap to make: a front end that serves many callers makes them for each request.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::MemoryActivity;
/// use central_logger_key_store::{Actor, HashPool, MemoryKeys, NewKey};
/// use central_logger_keys::{KeyHasher, KeyPrefix};
/// use central_logger_log_store::MemoryLogs;
/// use central_logger_operations::{Caller, Operations, Stores};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = Arc::new(MemoryKeys::new());
/// let activity = Arc::new(MemoryActivity::new());
/// let stores = Stores { keys, activity, logs: Arc::new(MemoryLogs::new()) };
/// let hashes = HashPool::new(KeyHasher::new());
/// let caller = Caller::Provider(Actor::new("alice@ops"));
/// let operations = Operations::new(stores, hashes, Arc::new(SystemClock), caller);
///
/// let new = NewKey::for_client("acme_corp".parse()?);
/// let issued = operations.issue(&KeyPrefix::default(), new).await?;
/// issued.everywhere().await?;
/// let id = issued.result.record.id;
/// let revoked = operations.revoke(&id, None).await?;
/// revoked.everywhere().await?; // no server accepts the key any more
/// assert_eq!(revoked.result.revoked, [id]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Operations {
    pub(crate) keyring: Keyring,
    pub(crate) stores: Stores,
    clock: Arc<dyn Clock>,
    pub(crate) caller: Caller,
}

/// The stores that operations work on.
#[derive(Clone)]
pub struct Stores {
    /// The keys.
    pub keys: Arc<dyn KeyAdmin>,
    /// The usage of keys, and alerts.
    pub activity: Arc<dyn ActivityStore>,
    /// What deletes logs.
    pub logs: Arc<dyn LogPruner>,
}

impl Operations {
    /// Makes the operations of `caller`.
    pub fn new(stores: Stores, hashes: HashPool, clock: Arc<dyn Clock>, caller: Caller) -> Self {
        let keys = Arc::clone(&stores.keys);
        Self {
            keyring: Keyring::new(keys, hashes, Arc::clone(&clock), caller.actor().clone()),
            stores,
            clock,
            caller,
        }
    }

    /// Brings the store up to date: turns it to the configured pepper if every server has it, and adds
    /// every key to an audit trail that an older version began. Returns why not, if this caller lacks
    /// the pepper for it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tend(&self) -> Result<Option<WrongPepper>, OperationError> {
        match self.keyring.tend().await {
            Ok(()) => Ok(None),
            Err(KeyringError::WrongPepper(error)) => Ok(Some(error)),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    pub(crate) fn changed<T>(&self, result: T) -> Change<T> {
        Change::new(result, &self.keyring)
    }
}

impl fmt::Debug for Operations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Operations");
        debug.field("caller", &self.caller).finish_non_exhaustive()
    }
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}
