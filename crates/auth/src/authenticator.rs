use crate::{
    AuthEvent, EventSink, InvalidReason, KeyCache, LogEvents, Presented, Principal, Refusal,
    TrustedProxies,
};
use central_logger_key_store::{
    Clock, HashPool, KeyAdmin, KeyProof, KeyRecord, KeyStatus, KeyStore, Report, Scope, StoredKey,
    SystemClock,
};
use central_logger_keys::{ApiKey, KeyDigest, KeyForm, KeyHash, KeyHasher, KeyId, Verification};
use std::{fmt, net::IpAddr, sync::Arc};

/// Verifies presented keys against one or more stores.
#[derive(Clone)]
pub struct Authenticator {
    sources: Vec<Source>,
    hashes: HashPool,
    clock: Arc<dyn Clock>,
    sinks: Vec<Arc<dyn EventSink>>,
    proxies: TrustedProxies,
    rehashing: Option<Arc<dyn KeyAdmin>>,
}

#[derive(Clone)]
struct Source {
    store: Arc<dyn KeyStore>,
    cache: Option<Arc<KeyCache>>,
}

/// A request that wants to get through.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The key it carries.
    pub presented: Presented<'a>,
    /// Where it comes from, if known.
    pub address: Option<IpAddr>,
    /// What the key must allow; nothing when any good key will do.
    pub required: Option<Scope>,
}

impl Authenticator {
    /// Verifies against `store`, with unpeppered hashes and the system's clock, and writes attempts
    /// to the log.
    pub fn new(store: Arc<dyn KeyStore>) -> Self {
        Self {
            sources: vec![Source { store, cache: None }],
            hashes: HashPool::new(KeyHasher::new()),
            clock: Arc::new(SystemClock),
            sinks: vec![Arc::new(LogEvents::new())],
            proxies: TrustedProxies::default(),
            rehashing: None,
        }
    }

    /// Asks `store` for the keys that no store before it knows.
    #[must_use]
    pub fn with_fallback(mut self, store: Arc<dyn KeyStore>) -> Self {
        self.sources.push(Source { store, cache: None });
        self
    }

    /// Remembers in `cache` what the last store that was named so far says. Unless a
    /// [`Follower`](crate::Follower) of that store keeps the cache, it is not used.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<KeyCache>) -> Self {
        if let Some(source) = self.sources.last_mut() {
            source.cache = Some(cache);
        }
        self
    }

    /// Hashes with `hashes`, such as with a pepper.
    #[must_use]
    pub fn with_hashes(mut self, hashes: HashPool) -> Self {
        self.hashes = hashes;
        self
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Tells `sink` of attempts too.
    #[must_use]
    pub fn with_events(mut self, sink: Arc<dyn EventSink>) -> Self {
        self.sinks.push(sink);
        self
    }

    /// Believes what these proxies say of where a request comes from.
    #[must_use]
    pub fn with_trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Hashes keys of `store` anew when they are used, if they were hashed with another pepper or
    /// other costs than today's.
    #[must_use]
    pub fn with_rehashing(mut self, store: Arc<dyn KeyAdmin>) -> Self {
        self.rehashing = Some(store);
        self
    }

    /// The proxies that are believed.
    pub fn trusted_proxies(&self) -> &TrustedProxies {
        &self.proxies
    }

    /// Tells who is calling, or why the request does not get through.
    ///
    /// # Errors
    /// When there is no key, the key is not good or does not allow what is required, or it cannot
    /// be verified now.
    pub async fn authenticate(&self, attempt: Attempt<'_>) -> Result<Principal, Refusal> {
        let (key, outcome) = match read(attempt.presented) {
            Ok(key) => {
                let outcome = self.admit(&key, &attempt).await;
                (Some(key), outcome)
            }
            Err(refusal) => (None, Err(refusal)),
        };
        let event = AuthEvent {
            at: self.clock.now(),
            address: attempt.address,
            claimed_id: key.as_ref().and_then(|key| key.key_id()),
            outcome: outcome.as_ref(),
        };
        for sink in &self.sinks {
            sink.record(&event);
        }
        outcome
    }

    /// A key's state is judged only after its secret, so that nobody learns it without the key.
    async fn admit(&self, key: &Arc<ApiKey>, attempt: &Attempt<'_>) -> Result<Principal, Refusal> {
        let record = self.verify(key).await?;
        match record.status(self.clock.now()) {
            KeyStatus::Active => {}
            status => return Err(Refusal::Invalid(InvalidReason::NotActive(status))),
        }
        let is_near = |address| record.allowed_from.contains(address);
        if !record.allowed_from.is_empty() && !attempt.address.is_some_and(is_near) {
            return Err(Refusal::ForbiddenAddress);
        }
        match attempt.required {
            Some(scope) if !record.scopes.contains(scope) => Err(Refusal::Forbidden(scope)),
            _ => Ok(Principal::new(record)),
        }
    }

    /// The first store that knows the key has the last word on it.
    async fn verify(&self, key: &Arc<ApiKey>) -> Result<Arc<KeyRecord>, Refusal> {
        let digest = key.digest();
        for source in &self.sources {
            if let Some(record) = self.ask(source, key, &digest).await? {
                return Ok(record);
            }
        }
        Err(Refusal::Invalid(match key.form() {
            KeyForm::Mistyped => InvalidReason::Mistyped,
            KeyForm::Generated { .. } | KeyForm::Opaque => InvalidReason::Unknown,
        }))
    }

    /// Asks the cache, else the store. A wrong secret is not remembered: there are too many.
    async fn ask(
        &self,
        source: &Source,
        key: &Arc<ApiKey>,
        digest: &KeyDigest,
    ) -> Result<Option<Arc<KeyRecord>>, Refusal> {
        let Some(cache) = &source.cache else {
            return self.ask_store(&*source.store, key, digest).await;
        };
        if let Some(said) = cache.get(digest, self.clock.elapsed()) {
            return Ok(said);
        }
        let fill = cache.begin();
        let said = self.ask_store(&*source.store, key, digest).await?;
        cache.remember(fill, *digest, said.clone());
        Ok(said)
    }

    async fn ask_store(
        &self,
        store: &dyn KeyStore,
        key: &Arc<ApiKey>,
        digest: &KeyDigest,
    ) -> Result<Option<Arc<KeyRecord>>, Refusal> {
        if let Some(known) = store.find_static(digest).await? {
            return Ok(Some(Arc::new(known.record)));
        }
        let found = match key.form() {
            KeyForm::Generated { id, .. } => self.verify_generated(store, key, id).await?,
            KeyForm::Opaque => self.verify_opaque(store, key).await?,
            KeyForm::Mistyped => None,
        };
        Ok(found.map(Arc::new))
    }

    async fn verify_generated(
        &self,
        store: &dyn KeyStore,
        key: &Arc<ApiKey>,
        id: &KeyId,
    ) -> Result<Option<KeyRecord>, Refusal> {
        let Some(StoredKey { record, proof }) = store.find(id).await? else {
            return Ok(None);
        };
        let matches = match proof {
            KeyProof::Generated { hash, fingerprint } => {
                key.fingerprint() == Some(fingerprint) && self.matches_hash(id, key, hash).await?
            }
            KeyProof::Static { digest } => key.digest() == digest,
            // Opaque keys are found by their hash, never by an id.
            KeyProof::Opaque { .. } => false,
        };
        if matches {
            Ok(Some(record))
        } else {
            Err(Refusal::Invalid(InvalidReason::WrongSecret))
        }
    }

    async fn matches_hash(
        &self,
        id: &KeyId,
        key: &Arc<ApiKey>,
        stored: KeyHash,
    ) -> Result<bool, Refusal> {
        let (presented, hash) = (Arc::clone(key), stored.clone());
        let verification = self
            .hashes
            .run(move |hasher| hasher.verify(&presented, &hash));
        match verification.await? {
            Verification::Mismatch => return Ok(false),
            Verification::Match { needs_rehash: true } if self.rehashing.is_some() => {
                let key = Arc::clone(key);
                let new = self.hashes.run(move |hasher| hasher.hash_generated(&key));
                self.replace_hash(id, &stored, &new.await?).await;
            }
            Verification::Match { .. } => {}
        }
        Ok(true)
    }

    /// The key is good whether or not this succeeds; if not, its next use tries again.
    async fn replace_hash(&self, id: &KeyId, old: &KeyHash, new: &KeyHash) {
        let Some(store) = &self.rehashing else {
            return;
        };
        if let Err(error) = store.replace_hash(id, old, new).await {
            let error = Report(&error).to_string();
            tracing::warn!(key_id = %id, error, "the key could not be hashed anew");
        }
    }

    async fn verify_opaque(
        &self,
        store: &dyn KeyStore,
        key: &ApiKey,
    ) -> Result<Option<KeyRecord>, Refusal> {
        let Some(salt) = store.opaque_salt().await? else {
            return Ok(None);
        };
        // Today's hash comes first.
        let hashes = self.hashes.opaque_hashes(key.digest(), salt).await?;
        for (age, hash) in hashes.iter().enumerate() {
            if let Some(found) = store.find_opaque(hash).await? {
                if age > 0 {
                    self.replace_hash(&found.record.id, hash, &hashes[0]).await;
                }
                return Ok(Some(found.record));
            }
        }
        Ok(None)
    }
}

fn read(presented: Presented<'_>) -> Result<Arc<ApiKey>, Refusal> {
    let bytes = match presented {
        Presented::Missing => return Err(Refusal::Missing),
        Presented::Conflicting => return Err(Refusal::Invalid(InvalidReason::Conflicting)),
        Presented::Key(bytes) => bytes,
    };
    str::from_utf8(bytes)
        .ok()
        .and_then(|text| ApiKey::parse(text).ok())
        .map(Arc::new)
        .ok_or(Refusal::Invalid(InvalidReason::Malformed))
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}
