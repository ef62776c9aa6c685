use crate::{
    InvalidReason, KeyCache, Refusal, cached_key::CachedKey, opaque_hashing::OpaqueHashing,
    rehashing::Rehashing, verification::Verification,
};
use central_logger_hash_pool::{HashPool, HashPoolError};
use central_logger_key_store::{KeyProof, KeyStore, KeyStoreError};
use central_logger_keys::{ApiKey, HashError, KeyForm, KeyHash, KeyId, Verification as Verified};
use central_logger_times::Clock;
use std::sync::Arc;

/// A store of keys, and what is remembered of its answers.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) store: Arc<dyn KeyStore>,
    pub(crate) cache: Option<Arc<KeyCache>>,
}

/// What asking a source takes.
pub(crate) struct Tools<'a> {
    pub(crate) hashes: &'a HashPool,
    pub(crate) opaque: OpaqueHashing<'a>,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) rehashing: &'a Rehashing,
}

impl Source {
    /// The stored key whose text was presented, if the source has it. What others ask at the same
    /// time is asked once.
    pub(crate) async fn find(
        &self,
        verification: &Verification<'_>,
        tools: &Tools<'_>,
    ) -> Result<Option<Arc<CachedKey>>, Refusal> {
        let cache = self.vouched_cache(tools.clock);
        if let Some(cache) = cache {
            if let Some(key) = cache.verified.get(&verification.digest) {
                return Ok(Some(key));
            }
            if cache.unknown.get(&verification.digest).is_some() {
                return Ok(None);
            }
        }
        let key = verification.key()?;
        if let Some(known) = self.store.find_by_digest(&verification.digest).await? {
            return Ok(Some(CachedKey::new(known)));
        }
        match key.form() {
            KeyForm::Generated { id, .. } => {
                self.find_generated(verification, key, id, cache, tools)
                    .await
            }
            KeyForm::Opaque => self.find_opaque(verification, cache, tools).await,
            KeyForm::Mistyped => Ok(None),
        }
    }

    /// What the source holds now under the id of a key.
    pub(crate) async fn held(
        &self,
        id: &KeyId,
        clock: &dyn Clock,
    ) -> Result<Option<Arc<CachedKey>>, KeyStoreError> {
        self.stored(id, self.vouched_cache(clock)).await
    }

    fn vouched_cache(&self, clock: &dyn Clock) -> Option<&KeyCache> {
        let now = clock.elapsed();
        let cache = self.cache.as_deref();
        cache.filter(|cache| cache.is_vouched_for(now))
    }

    async fn find_generated(
        &self,
        verification: &Verification<'_>,
        key: &Arc<ApiKey>,
        id: &KeyId,
        cache: Option<&KeyCache>,
        tools: &Tools<'_>,
    ) -> Result<Option<Arc<CachedKey>>, Refusal> {
        // From before the store is asked, as what is remembered below depends on its answer.
        let fill = cache.map(KeyCache::begin);
        let Some(stored) = self.stored(id, cache).await? else {
            return Ok(None);
        };
        let wrong = || Refusal::Invalid(InvalidReason::WrongSecret);
        let hash = match &stored.proof {
            KeyProof::Generated { hash, fingerprint }
                if key.fingerprint() == Some(*fingerprint) =>
            {
                hash
            }
            KeyProof::Static { digest } if *digest == verification.digest => {
                return Ok(Some(stored));
            }
            // Opaque keys are found by their hash, never by an id.
            _ => return Err(wrong()),
        };
        let Some((cache, fill)) = cache.zip(fill) else {
            return match matches_hash(key, id, hash, tools).await? {
                true => Ok(Some(stored)),
                false => Err(wrong()),
            };
        };
        match cache
            .verified
            .get_value_or_guard_async(&verification.digest)
            .await
        {
            Ok(verified) => Ok(Some(verified)),
            Err(_) if !matches_hash(key, id, hash, tools).await? => Err(wrong()),
            Err(guard) => {
                cache.remember(fill, || drop(guard.insert(Arc::clone(&stored))));
                Ok(Some(stored))
            }
        }
    }

    /// What the store holds under an id.
    async fn stored(
        &self,
        id: &KeyId,
        cache: Option<&KeyCache>,
    ) -> Result<Option<Arc<CachedKey>>, KeyStoreError> {
        let Some(cache) = cache else {
            return Ok(self.store.find(id).await?.map(CachedKey::new));
        };
        match cache.stored.get_value_or_guard_async(id).await {
            Ok(stored) => Ok(stored),
            Err(guard) => {
                let fill = cache.begin();
                cache.count_miss();
                let found = self.store.find(id).await?.map(CachedKey::new);
                cache.remember(fill, || drop(guard.insert(found.clone())));
                Ok(found)
            }
        }
    }

    async fn find_opaque(
        &self,
        verification: &Verification<'_>,
        cache: Option<&KeyCache>,
        tools: &Tools<'_>,
    ) -> Result<Option<Arc<CachedKey>>, Refusal> {
        let Some(cache) = cache else {
            return self.find_by_hash(verification, tools).await;
        };
        match cache
            .verified
            .get_value_or_guard_async(&verification.digest)
            .await
        {
            Ok(verified) => Ok(Some(verified)),
            // Somebody else has found out in the meantime.
            Err(_) if cache.unknown.get(&verification.digest).is_some() => Ok(None),
            Err(guard) => {
                let fill = cache.begin();
                cache.count_miss();
                let found = self.find_by_hash(verification, tools).await?;
                cache.remember(fill, || match &found {
                    Some(key) => drop(guard.insert(Arc::clone(key))),
                    None => cache.unknown.insert(verification.digest, ()),
                });
                Ok(found)
            }
        }
    }

    async fn find_by_hash(
        &self,
        verification: &Verification<'_>,
        tools: &Tools<'_>,
    ) -> Result<Option<Arc<CachedKey>>, Refusal> {
        let Some(salt) = self.store.opaque_salt().await? else {
            return Ok(None);
        };
        let hashes = tools.opaque.hashes(verification, salt).await?;
        let hasher = tools.hashes.hasher();
        // Where there are several, twice: it may be hashed anew between one look and the next.
        let again = hashes.iter().filter(|_| hashes.len() > 1);
        for hash in hashes.iter().chain(again) {
            if let Some(found) = self.store.find_opaque(hash).await? {
                let is_todays = |hash: &&KeyHash| hash.pepper_id() == hasher.pepper();
                if let Some(todays) = hashes.iter().find(is_todays)
                    && todays != hash
                {
                    let id = &found.record.id;
                    tools.rehashing.replace(id, hash, todays).await;
                }
                tools.opaque.remember(verification, salt, &hashes);
                return Ok(Some(CachedKey::new(found)));
            }
        }
        // Any of those may be this one.
        match self.store.has_opaque_beyond(&hasher.peppers()).await? {
            true => Err(HashPoolError::from(HashError::UnknownPepper).into()),
            false => Ok(None),
        }
    }
}

async fn matches_hash(
    key: &Arc<ApiKey>,
    id: &KeyId,
    stored: &KeyHash,
    tools: &Tools<'_>,
) -> Result<bool, Refusal> {
    let (presented, hash) = (Arc::clone(key), stored.clone());
    let verification = tools
        .hashes
        .run(move |hasher| hasher.verify(&presented, &hash));
    match verification.await? {
        Verified::Mismatch => return Ok(false),
        Verified::Match { needs_rehash: true } if tools.rehashing.is_wanted() => {
            let key = Arc::clone(key);
            let new = tools.hashes.run(move |hasher| hasher.hash_generated(&key));
            tools.rehashing.replace(id, stored, &new.await?).await;
        }
        Verified::Match { .. } => {}
    }
    Ok(true)
}
