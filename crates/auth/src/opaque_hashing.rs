//! The hashes of opaque keys: slow, so the address that presents one pays first, and those of existing keys
//! are computed once.

use crate::{Refusal, failure_limit::FailureLimit, source::Source, verification::Verification};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::KeyStoreError;
use central_logger_keys::{KeyDigest, KeyHash, StoreSalt};
use central_logger_times::Clock;
use quick_cache::sync::Cache;
use std::{fmt, sync::Arc};

/// The hashes of keys that exist, or did. They say nothing about whether a key is good, so no change of a
/// key touches them: what becomes of one costs no other its hashes.
pub(crate) struct KnownHashes(Cache<(KeyDigest, [u8; 16]), Arc<[KeyHash]>>);

/// What hashing takes.
pub(crate) struct OpaqueHashing<'a> {
    pub(crate) known: &'a KnownHashes,
    pub(crate) hashes: &'a HashPool,
    pub(crate) sources: &'a [Source],
    pub(crate) failures: &'a FailureLimit,
    pub(crate) clock: &'a Arc<dyn Clock>,
}

/// How many keys are remembered, of which each takes 300 bytes or so.
const KEYS: usize = 16_384;

impl KnownHashes {
    pub(crate) fn new() -> Self {
        Self(Cache::new(KEYS))
    }
}

impl OpaqueHashing<'_> {
    /// The hashes under which a store with this salt may hold the key.
    pub(crate) async fn hashes(
        &self,
        verification: &Verification<'_>,
        salt: StoreSalt,
    ) -> Result<Arc<[KeyHash]>, Refusal> {
        if let Some(hashes) = self.known.0.get(&(verification.digest, salt.to_bytes())) {
            return Ok(hashes);
        }
        if self.is_static(&verification.digest).await? {
            let hashes = self
                .hashes
                .opaque_hashes(verification.digest, salt)
                .await?
                .into();
            self.remember(verification, salt, &hashes);
            return Ok(hashes);
        }
        verification.pay(self.failures, self.clock)?;
        let network = verification.network();
        let hashes = self.hashes;
        let hashed = hashes.opaque_hashes_of_stranger(verification.digest, salt, network);
        Ok(hashed.await?.into())
    }

    /// To be called for keys that exist, and no others.
    pub(crate) fn remember(
        &self,
        verification: &Verification<'_>,
        salt: StoreSalt,
        hashes: &Arc<[KeyHash]>,
    ) {
        let key = (verification.digest, salt.to_bytes());
        self.known.0.insert(key, Arc::clone(hashes));
    }

    /// Whether some store knows the key by its digest. The store that is asked for its hashes may still
    /// have the last word on it.
    async fn is_static(&self, digest: &KeyDigest) -> Result<bool, KeyStoreError> {
        for source in self.sources {
            if source.store.find_by_digest(digest).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl fmt::Debug for KnownHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownHashes")
            .field("keys", &self.0.len())
            .finish()
    }
}
