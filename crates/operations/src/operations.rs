use crate::{Caller, Change, OperationError, rights::InSession};
use central_logger_hash_pool::HashPool;
use central_logger_key_activity::ActivityStore;
use central_logger_key_store::{ETag, KeyAdmin};
use central_logger_keyring::{Keyring, KeyringError, WrongPepper};
use central_logger_keys::KeyId;
use central_logger_log_store::LogPruner;
use central_logger_sessions::SessionStore;
use central_logger_times::Clock;
use std::{fmt, path::PathBuf, sync::Arc};
use time::OffsetDateTime;

/// The operations that a [`Caller`] may ask for.
///
/// They are cheap to make: a front end that serves many callers makes them for each request.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::MemoryActivity;
/// use central_logger_key_store::{Actor, MemoryKeys, NewKey};
/// use central_logger_hash_pool::HashPool;
/// use central_logger_keys::{KeyHasher, KeyPrefix};
/// use central_logger_log_store::MemoryLogs;
/// use central_logger_operations::{Caller, Operations, Stores};
/// use central_logger_sessions::MemorySessions;
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = Arc::new(MemoryKeys::new());
/// let activity = Arc::new(MemoryActivity::new());
/// let (logs, sessions) = (Arc::new(MemoryLogs::new()), Arc::new(MemorySessions::new()));
/// let stores = Stores { keys, activity, logs, sessions };
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
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) caller: Caller,
    /// The folder for files that keys go to, if programs of the provider may name any.
    pub(crate) deliver_folder: Option<PathBuf>,
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
    /// The sessions of people.
    pub sessions: Arc<dyn SessionStore>,
}

impl Operations {
    /// Makes the operations of `caller`.
    pub fn new(stores: Stores, hashes: HashPool, clock: Arc<dyn Clock>, caller: Caller) -> Self {
        let keys = Arc::clone(&stores.keys);
        let keyring = Keyring::new(keys, hashes, Arc::clone(&clock), caller.actor().clone());
        Self {
            keyring: keyring.with_authority(caller.authority()),
            stores,
            clock,
            caller,
            deliver_folder: None,
        }
    }

    /// Changes keys for a person, and only if the session has not ended when the change is made, and neither has
    /// the key that it came from.
    #[must_use]
    pub fn in_session(mut self, session: KeyId) -> Self {
        let authority = InSession::new(self.caller.authority(), session, &self.stores);
        self.keyring = self.keyring.with_authority(Arc::new(authority));
        self
    }

    /// Changes a single key only if it has one of these versions when the change is made.
    #[must_use]
    pub fn if_match(mut self, versions: Vec<ETag>) -> Self {
        self.keyring = self.keyring.if_match(versions);
        self
    }

    /// Lets programs of the provider name files beneath this folder as targets of keys.
    #[must_use]
    pub fn delivering_beneath(self, deliver_folder: Option<PathBuf>) -> Self {
        Self {
            deliver_folder,
            ..self
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

    /// Returns what changes keys in the name of the caller, for a library beside this one.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Returns the stores, for a library beside this one.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// Returns the present time.
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Refuses a caller who may not look at all clients.
    ///
    /// # Errors
    /// When it is no provider, or lacks the scope.
    pub fn check_provider_reads(&self) -> Result<(), OperationError> {
        Ok(self.caller.check_provider_reads()?)
    }

    /// Refuses a caller who may not change all clients.
    ///
    /// # Errors
    /// When it is no provider, or lacks the scope.
    pub fn check_provider_writes(&self) -> Result<(), OperationError> {
        Ok(self.caller.check_provider_writes()?)
    }

    /// Returns the result of a change that the keyring has made.
    pub fn changed<T>(&self, result: T) -> Change<T> {
        let change = Change::new(result, &self.keyring);
        match self.caller.client() {
            // The end of the trail tells how much others do.
            Some(_) => change.without_audit(),
            None => change,
        }
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
