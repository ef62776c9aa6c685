use crate::{
    Allowances, AuthEvent, EventSink, InvalidReason, KeyCache, LimitsStatus, LogEvents, Origin,
    PresentedCredential, Principal, ProviderPrincipal, Refusal, TrustedProxies,
    admitted::{Admitted, Grant},
    cached_key::CachedKey,
    failure_limit::{FailureLimit, Payment},
    limits::Limits,
    opaque_hashing::{KnownHashes, OpaqueHashing},
    rehashing::Rehashing,
    source::{Source, Tools},
    verification::Verification,
};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{KeyStatus, KeyStore, KeyStoreError};
use central_logger_keyring::Keyring;
use central_logger_keys::{KeyForm, KeyHasher, Scope};
use central_logger_limits::SharedLimits;
use central_logger_sessions::SessionStore;
use central_logger_times::{Clock, SystemClock};
use std::{fmt, net::IpAddr, sync::Arc};

/// Verifies presented keys against one or more stores.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authenticator, Origin, PresentedCredential, VerificationRequest};
/// use central_logger_keys::Scope;
/// use central_logger_static_keys::{ApiKeys, StaticKeys};
/// use central_logger_times::{Clock, SystemClock};
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// let store = StaticKeys::new(&keys, SystemClock.now());
/// let authenticator = Authenticator::new(Arc::new(store));
///
/// let request = VerificationRequest {
///     presented: PresentedCredential::from_headers([&b"xyz789_real_key"[..]], []),
///     origin: Origin::Unknown,
///     required: Some(Scope::LOGS_WRITE),
/// };
/// let principal = authenticator.authenticate(request.clone()).await?;
/// assert_eq!(principal.client_id().as_str(), "acme_corp");
///
/// let guess = VerificationRequest { presented: PresentedCredential::Key(b"xyz789_real_kez"), ..request };
/// let refusal = authenticator.authenticate(guess).await.unwrap_err();
/// assert_eq!(refusal.problem().detail, "Invalid API key");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Authenticator {
    pub(crate) sources: Vec<Source>,
    /// If people sign in.
    pub(crate) sessions: Option<Arc<dyn SessionStore>>,
    hashes: HashPool,
    known_hashes: Arc<KnownHashes>,
    pub(crate) clock: Arc<dyn Clock>,
    sinks: Vec<Arc<dyn EventSink>>,
    proxies: TrustedProxies,
    rehashing: Rehashing,
    limits: Arc<Limits>,
    pub(crate) failures: Arc<FailureLimit>,
}

/// A request that wants to get through.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authenticator, Origin, PresentedCredential, VerificationRequest};
/// use central_logger_keys::Scope;
/// # use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// let request = VerificationRequest {
///     presented: PresentedCredential::Key(b"xyz789_real_key"), // which may read and write logs
///     origin: Origin::Caller("203.0.113.9".parse()?),
///     required: Some(Scope::KEYS_MANAGE),
/// };
/// let refusal = authenticator.authenticate(request).await.unwrap_err();
/// assert_eq!(refusal.to_string(), "the API key lacks the scope keys:manage");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct VerificationRequest<'a> {
    /// The key it carries.
    pub presented: PresentedCredential<'a>,
    /// Where it comes from.
    pub origin: Origin,
    /// What the key must allow; nothing when any good key will do.
    pub required: Option<Scope>,
}

impl Authenticator {
    /// Verifies against `store`, with unpeppered hashes and the system's clock, and writes attempts
    /// to the log.
    pub fn new(store: Arc<dyn KeyStore>) -> Self {
        Self {
            sources: vec![Source { store, cache: None }],
            sessions: None,
            hashes: HashPool::new(KeyHasher::new()),
            known_hashes: Arc::new(KnownHashes::new()),
            clock: Arc::new(SystemClock),
            sinks: vec![Arc::new(LogEvents::new())],
            proxies: TrustedProxies::default(),
            rehashing: Rehashing::default(),
            limits: Arc::new(Limits::new(None)),
            failures: Arc::new(FailureLimit::new()),
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
        // They were made with other peppers.
        self.known_hashes = Arc::new(KnownHashes::new());
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

    /// Takes the sessions in `store`, too, at a [`Gate`](crate::Gate) that
    /// [looks for them](crate::Gate::with_sessions).
    #[must_use]
    pub fn with_sessions(mut self, store: Arc<dyn SessionStore>) -> Self {
        self.sessions = Some(store);
        self
    }

    /// Lets `keyring` hash keys of its store anew when they are used, if they were hashed with another
    /// pepper or other costs than today's. Its hashes must be those of this authenticator.
    #[must_use]
    pub fn with_rehashing(mut self, keyring: Keyring) -> Self {
        self.rehashing = Rehashing::by(keyring);
        self
    }

    /// Counts rates and quotas together with all others that share `limits`. Otherwise they are counted in
    /// the memory of this process.
    #[must_use]
    pub fn with_shared_limits(mut self, limits: SharedLimits) -> Self {
        self.limits = Arc::new(Limits::new(Some(limits)));
        self
    }

    /// What hashes.
    pub fn hashes(&self) -> &HashPool {
        &self.hashes
    }

    /// The proxies that are believed.
    pub fn trusted_proxies(&self) -> &TrustedProxies {
        &self.proxies
    }

    /// How much is remembered for the limits.
    pub fn limits_status(&self) -> LimitsStatus {
        LimitsStatus {
            addresses: self.failures.len(),
            ..self.limits.status()
        }
    }

    /// Tells who is calling, or why the request does not get through.
    ///
    /// # Errors
    /// When there is no key, the key is not good or does not allow what is required, a limit is
    /// reached, or the key cannot be verified now.
    pub async fn authenticate(
        &self,
        request: VerificationRequest<'_>,
    ) -> Result<Principal, Refusal> {
        self.judge(request).await
    }

    /// Finds out which of the provider's own programs is calling, as [`authenticate`](Self::authenticate)
    /// finds out which client.
    ///
    /// # Errors
    /// As `authenticate`; a good key of a client is refused, too.
    pub async fn authenticate_provider(
        &self,
        request: VerificationRequest<'_>,
    ) -> Result<ProviderPrincipal, Refusal> {
        self.judge(request).await
    }

    /// Judges a request with a key.
    pub(crate) async fn judge<P: Admitted>(
        &self,
        request: VerificationRequest<'_>,
    ) -> Result<P, Refusal> {
        let (mut verification, mut refused_key) = (None, None);
        let outcome = match request.presented {
            PresentedCredential::Missing => Err(Refusal::Missing),
            PresentedCredential::Conflicting => Err(InvalidReason::Conflicting.into()),
            PresentedCredential::Key(bytes) => {
                let verification =
                    verification.insert(Verification::new(bytes, request.origin.nearest()));
                match self.verify(verification).await {
                    Ok(key) => match self.admit::<P>(&key, &key, &request).await {
                        Ok((owner, allowances)) => {
                            let grant = Grant {
                                key,
                                allowances,
                                session: None,
                            };
                            Ok(P::admitted(grant, owner))
                        }
                        Err(refusal) => {
                            refused_key = Some(key);
                            Err(refusal)
                        }
                    },
                    Err(refusal) => Err(refusal),
                }
            }
        };
        let paid = verification.as_mut().and_then(Verification::take_payment);
        let outcome = self.settle(outcome, paid, request.origin.nearest());
        let key = match &outcome {
            Ok(admitted) => Some(admitted.key_record()),
            Err(_) => refused_key.as_ref().map(|key| &key.record),
        };
        self.tell(&AuthEvent {
            at: self.clock.now(),
            address: request.origin.nearest(),
            claimed_id: match key {
                Some(key) => Some(&key.id),
                None => verification.as_ref().and_then(Verification::claimed_id),
            },
            key,
            outcome: outcome.as_ref().map(drop),
        });
        outcome
    }

    pub(crate) fn tell(&self, event: &AuthEvent<'_>) {
        for sink in &self.sinks {
            sink.record(event);
        }
    }

    /// Whether the key, or the session, of a caller who was let through earlier is still good, and allows
    /// what is required: for answers that go on for long. It uses up nothing of a limit.
    ///
    /// # Errors
    /// When the key or the session cannot be looked up now.
    pub async fn is_still_good(
        &self,
        principal: &Principal,
        required: Option<Scope>,
    ) -> Result<bool, KeyStoreError> {
        if let Some(session) = principal.session() {
            return self.is_session_still_good(session, required).await;
        }
        for source in &self.sources {
            if let Some(held) = source.held(principal.key_id(), &*self.clock).await? {
                let record = &held.record;
                return Ok(principal.has_key(&held)
                    && record.status(self.clock.now()) == KeyStatus::Active
                    && required.is_none_or(|scope| record.scopes.contains(&scope)));
            }
        }
        Ok(false)
    }

    /// A key's state is judged only after its secret, so that nobody learns it without the key. The request
    /// counts in the limits of the key `counted`.
    pub(crate) async fn admit<P: Admitted>(
        &self,
        key: &CachedKey,
        counted: &CachedKey,
        request: &VerificationRequest<'_>,
    ) -> Result<(P::Owner, Allowances), Refusal> {
        let record = &key.record;
        let now = self.clock.now();
        match record.status(now) {
            KeyStatus::Active => {}
            status => return Err(InvalidReason::NotActive(status).into()),
        }
        let is_near = |address| record.allowed_from.contains(address);
        if !record.allowed_from.is_empty() && !request.origin.caller().is_some_and(is_near) {
            return Err(Refusal::ForbiddenAddress);
        }
        let owner = P::owner(record)?;
        if let Some(scope) = &request.required
            && !record.scopes.contains(scope)
        {
            return Err(Refusal::Forbidden(scope.clone()));
        }
        let left = self.limits.take(counted, now, &self.clock).await?;
        Ok((owner, left))
    }

    /// The first store that knows the key has the last word on it.
    async fn verify(&self, verification: &Verification<'_>) -> Result<Arc<CachedKey>, Refusal> {
        let tools = Tools {
            hashes: &self.hashes,
            opaque: OpaqueHashing {
                known: &self.known_hashes,
                hashes: &self.hashes,
                sources: &self.sources,
                failures: &self.failures,
                clock: &self.clock,
            },
            clock: &*self.clock,
            rehashing: &self.rehashing,
        };
        for source in &self.sources {
            if let Some(key) = source.find(verification, &tools).await? {
                return Ok(key);
            }
        }
        Err(match verification.key()?.form() {
            KeyForm::Mistyped => InvalidReason::Mistyped.into(),
            KeyForm::Generated { .. } | KeyForm::Opaque => InvalidReason::Unknown.into(),
        })
    }

    /// Counts a failure, unless it was paid for, and gives back what was paid for anything else. Too many
    /// failures from one address are refused as such.
    fn settle<T>(
        &self,
        outcome: Result<T, Refusal>,
        paid: Option<Payment>,
        from: Option<IpAddr>,
    ) -> Result<T, Refusal> {
        match (&outcome, paid, from) {
            (Err(Refusal::Invalid(_)), None, Some(from)) => {
                let counted = self.failures.count(from, &self.clock);
                counted.map_err(|reached| Refusal::Limited(reached.into()))?;
            }
            (Err(Refusal::Invalid(_)), _, _) => {}
            (_, paid, _) => paid.into_iter().for_each(Payment::give_back),
        }
        outcome
    }
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").finish_non_exhaustive()
    }
}
