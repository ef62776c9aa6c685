#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

use central_logger_keys::{
    HashError, KeyDigest, KeyHash, KeyHasher, OpaqueMemory, PepperId, StoreSalt,
};
use central_logger_turns::{Full, Room, Turn, Turns};
use std::{
    hash::Hash,
    net::Ipv6Addr,
    sync::{Arc, Mutex, PoisonError, RwLock},
};
use tokio::sync::Semaphore;

/// Runs Argon2 on blocking threads, a bounded number at a time, so that it neither holds up the
/// asynchronous ones nor fills memory.
///
/// Generated keys, which are quick, never wait for opaque ones, which take 19 MiB and a hundred times as
/// long. Of these, keys that are known to exist never wait for what a stranger presents, and strangers
/// take turns by their networks.
///
/// # Examples
///
/// ```
/// use central_logger_hash_pool::HashPool;
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
    /// That mixes the pepper in that the store uses, as far as that is known.
    hasher: Arc<RwLock<Arc<KeyHasher>>>,
    /// The peppers as they were configured.
    configured: Arc<[PepperId]>,
    generated: Arc<Semaphore>,
    known: Turns<()>,
    strangers: Turns<Ipv6Addr>,
    /// Of turns that have ended while others waited, to be used again.
    memory: Arc<Mutex<Vec<OpaqueMemory>>>,
}

/// How many opaque keys of strangers wait at most, which is some seconds' work.
const STRANGERS: usize = 256;

/// How many of them from one network.
const OF_A_NETWORK: usize = 64;

/// Why no hash came out.
///
/// # Examples
///
/// ```
/// use central_logger_hash_pool::{HashPool, HashPoolError};
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
#[non_exhaustive]
pub enum HashPoolError {
    /// Hashing failed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// Too many wait for their turn already.
    #[error("too many keys wait to be hashed")]
    Full(#[from] Full),
    /// A thread panicked or the runtime is shutting down.
    #[error("hashing was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

impl HashPool {
    /// A pool for the cores of this machine: as many generated keys at a time as there are, half as many
    /// opaque ones of strangers, and one that is known to exist.
    pub fn new(hasher: KeyHasher) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            configured: hasher.peppers().into(),
            hasher: Arc::new(RwLock::new(Arc::new(hasher))),
            generated: Arc::new(Semaphore::new(cores)),
            known: Turns::new(Room {
                at_once: 1,
                waiting: usize::MAX,
                waiting_of_one: usize::MAX,
            }),
            strangers: Turns::new(Room {
                at_once: (cores / 2).max(1),
                waiting: STRANGERS,
                waiting_of_one: OF_A_NETWORK,
            }),
            memory: Arc::default(),
        }
    }

    /// For a command, which has the machine to itself: as many opaque keys at a time as there are cores.
    #[must_use]
    pub fn for_a_command(self) -> Self {
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            known: Turns::new(Room {
                at_once,
                waiting: usize::MAX,
                waiting_of_one: usize::MAX,
            }),
            ..self
        }
    }

    /// The hasher itself, for what is not slow.
    pub fn hasher(&self) -> Arc<KeyHasher> {
        Arc::clone(&self.hasher.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Mixes the pepper named `pepper` into new hashes from now on, or none, and gives the hasher that
    /// does; nothing when that pepper is not known.
    pub fn turn_to(&self, pepper: Option<PepperId>) -> Option<Arc<KeyHasher>> {
        let present = self.hasher();
        if present.pepper() == pepper {
            return Some(present);
        }
        let turned = Arc::new(present.using(pepper)?);
        let mut hasher = self.hasher.write().unwrap_or_else(PoisonError::into_inner);
        *hasher = Arc::clone(&turned);
        Some(turned)
    }

    /// The peppers as they were configured: the first is for new hashes, which a store uses once every
    /// server has it.
    pub fn configured(&self) -> &[PepperId] {
        &self.configured
    }

    /// Waits for a slot, then gives `work` the hasher on a blocking thread. It is for generated keys.
    ///
    /// # Errors
    /// When `work` fails or panics, or the runtime shuts down.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&KeyHasher) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashPoolError> {
        // The semaphore is never closed. The permit goes with the work, which runs on when the
        // caller is dropped.
        let slot = Arc::clone(&self.generated).acquire_owned().await;
        let hasher = self.hasher();
        let done = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work(&hasher)
        });
        Ok(done.await.map_err(HashPoolError::Interrupted)??)
    }

    /// The hashes under which a store with this salt may hold an opaque key, today's first. It is for keys
    /// that are known to exist, and for those that an operator works with.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn opaque_hashes(
        &self,
        digest: KeyDigest,
        salt: StoreSalt,
    ) -> Result<Vec<KeyHash>, HashPoolError> {
        let turn = self.known.wait(()).await?;
        self.in_turn(turn, move |hasher, memory| {
            hasher.opaque_hashes(&digest, salt, memory).collect()
        })
        .await
    }

    /// As [`opaque_hashes`](Self::opaque_hashes), for what was presented from a network, as its turn comes.
    ///
    /// # Errors
    /// As [`run`](Self::run), and when too many wait already.
    pub async fn opaque_hashes_of_stranger(
        &self,
        digest: KeyDigest,
        salt: StoreSalt,
        network: Ipv6Addr,
    ) -> Result<Vec<KeyHash>, HashPoolError> {
        let turn = self.strangers.wait(network).await?;
        self.in_turn(turn, move |hasher, memory| {
            hasher.opaque_hashes(&digest, salt, memory).collect()
        })
        .await
    }

    /// The hash under which a store with this salt is to hold an opaque key from today on.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn hash_opaque(
        &self,
        digest: KeyDigest,
        salt: StoreSalt,
    ) -> Result<KeyHash, HashPoolError> {
        let turn = self.known.wait(()).await?;
        self.in_turn(turn, move |hasher, memory| {
            hasher.hash_opaque_in(&digest, salt, memory)
        })
        .await
    }

    async fn in_turn<K, T>(
        &self,
        turn: Turn<K>,
        work: impl FnOnce(&KeyHasher, &mut OpaqueMemory) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashPoolError>
    where
        K: Eq + Hash + Clone + Send + 'static,
        T: Send + 'static,
    {
        let (hasher, memory) = (self.hasher(), Arc::clone(&self.memory));
        // The turn goes with the work, which runs on when the caller is dropped.
        let done = tokio::task::spawn_blocking(move || {
            let left = memory.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut mine = left.map_or_else(OpaqueMemory::new, Ok)?;
            let hashed = work(&hasher, &mut mine);
            let mut left = memory.lock().unwrap_or_else(PoisonError::into_inner);
            match turn.is_awaited() {
                true => left.push(mine),
                false => left.clear(),
            }
            hashed
        });
        Ok(done.await.map_err(HashPoolError::Interrupted)??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_is_given_back_when_nobody_waits() {
        let pool = HashPool::new(KeyHasher::new());
        let salt = StoreSalt::generate().unwrap();
        let hashing: Vec<_> = (0..8u8)
            .map(|number| {
                let pool = pool.clone();
                tokio::spawn(async move {
                    let digest = KeyDigest::of(&[number]);
                    pool.opaque_hashes(digest, salt).await.map(drop)
                })
            })
            .collect();
        for hashed in hashing {
            hashed.await.unwrap().unwrap();
        }
        assert!(pool.memory.lock().unwrap().is_empty());
    }
}
