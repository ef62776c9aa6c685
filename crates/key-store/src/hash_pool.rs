use central_logger_keys::{HashError, KeyDigest, KeyHash, KeyHasher, StoreSalt};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Runs Argon2 on blocking threads, a bounded number at a time, so that it neither holds up the
/// asynchronous ones nor fills memory (19 MiB for each opaque key).
///
/// # Examples
///
/// ```
/// use central_logger_key_store::HashPool;
/// use central_logger_keys::{ApiKey, KeyEnvironment, KeyHasher, KeyPrefix, Verification};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hashes = HashPool::new(KeyHasher::new());
/// let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live)?;
/// let verified = hashes.run(move |hasher| hasher.verify(&key, &hasher.hash_generated(&key)?));
/// assert_eq!(verified.await?, Verification::Match { needs_rehash: false });
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct HashPool {
    hasher: Arc<KeyHasher>,
    slots: Arc<Semaphore>,
}

/// Why no hash came out.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{HashPool, HashPoolError};
/// use central_logger_keys::{HashError, KeyHasher};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hashes = HashPool::new(KeyHasher::new());
/// let error = hashes.run(|_| Err::<(), _>(HashError::UnknownPepper)).await.unwrap_err();
/// assert!(matches!(error, HashPoolError::Hash(HashError::UnknownPepper)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
pub enum HashPoolError {
    /// Hashing failed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// A thread panicked or the runtime is shutting down.
    #[error("hashing was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

impl HashPool {
    /// A pool with as many slots as the machine has cores.
    pub fn new(hasher: KeyHasher) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            hasher: Arc::new(hasher),
            slots: Arc::new(Semaphore::new(cores)),
        }
    }

    /// The hasher itself, for what is not slow.
    pub fn hasher(&self) -> &KeyHasher {
        &self.hasher
    }

    /// Waits for a slot, then gives `work` the hasher on a blocking thread.
    ///
    /// # Errors
    /// When `work` fails or panics, or the runtime shuts down.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&KeyHasher) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashPoolError> {
        // The semaphore is never closed. The permit goes with the work, which runs on when the
        // caller is dropped.
        let slot = Arc::clone(&self.slots).acquire_owned().await;
        let hasher = Arc::clone(&self.hasher);
        let done = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work(&hasher)
        });
        Ok(done.await.map_err(HashPoolError::Interrupted)??)
    }

    /// The hashes under which a store with this salt may hold an opaque key, today's first.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn opaque_hashes(
        &self,
        digest: KeyDigest,
        salt: StoreSalt,
    ) -> Result<Vec<KeyHash>, HashPoolError> {
        self.run(move |hasher| hasher.opaque_hashes(&digest, salt).collect())
            .await
    }
}
