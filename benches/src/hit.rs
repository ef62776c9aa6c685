use crate::Failure;
use central_logger_auth::{
    Authenticator, Origin, PresentedCredential, Principal, Refusal, VerificationRequest,
};
use central_logger_hash_pool::HashPool;
use central_logger_key_activity::MemoryActivity;
use central_logger_key_service::KeyService;
use central_logger_key_store::{Actor, MemoryKeys, NewKey};
use central_logger_keyring::Keyring;
use central_logger_keys::{KeyHasher, KeyPrefix, Scope};
use central_logger_times::{Clock, SystemClock};
use std::{
    net::{IpAddr, Ipv4Addr},
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};
use tokio::runtime::Runtime;

/// An authenticator with all that a server gives it, over keys in memory, and one that it knows.
pub struct Verifier {
    /// Verifies.
    pub authenticator: Arc<Authenticator>,
    /// Keys that are remembered.
    pub keys: Vec<String>,
    // What runs beside it ends with these.
    _service: KeyService,
    _runtime: Runtime,
}

/// Long enough not to be renewed while something is measured.
const LEASE: Duration = Duration::from_secs(60);

impl Verifier {
    /// Makes one with so many keys that are as told.
    ///
    /// # Errors
    /// When the keys cannot be made or are not accepted.
    pub fn new(keys: usize, new: &NewKey) -> Result<Self, Failure> {
        Self::with_clock(Arc::new(SystemClock), keys, new)
    }

    /// The same, by another clock.
    ///
    /// # Errors
    /// The same.
    pub fn with_clock(clock: Arc<dyn Clock>, keys: usize, new: &NewKey) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let store = Arc::new(MemoryKeys::new());
        let hashes = HashPool::new(KeyHasher::new());
        let keyring = Keyring::new(
            store.clone(),
            hashes,
            Arc::clone(&clock),
            Actor::new("bench"),
        );
        let prefix = KeyPrefix::default();
        let mut issued = Vec::new();
        for _ in 0..keys {
            let key = runtime.block_on(keyring.issue(&prefix, new.clone()))?;
            issued.push(key.api_key.expose_secret().to_owned());
        }
        let service = KeyService::over(store.clone(), store, Arc::new(MemoryActivity::new()))
            .with_lease(LEASE)
            .with_clock(clock);
        let service = runtime.block_on(service.start("bench"))?;
        let verifier = Self {
            authenticator: service.authenticator(),
            keys: issued,
            _service: service,
            _runtime: runtime,
        };
        for key in &verifier.keys {
            let attempt = verifier.attempt(key.as_bytes());
            let known = verifier.authenticator.authenticate(attempt);
            verifier._runtime.block_on(known)?;
        }
        Ok(verifier)
    }

    /// A request with a key, from an address.
    pub fn attempt<'a>(&self, key: &'a [u8]) -> VerificationRequest<'a> {
        VerificationRequest {
            presented: PresentedCredential::from_headers([key], []),
            origin: Origin::Caller(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))),
            required: Some(Scope::LOGS_WRITE),
        }
    }

    /// Verifies one of the keys, counted around and around.
    ///
    /// # Errors
    /// When it is refused.
    pub fn hit(&self, key: usize) -> Result<Principal, Refusal> {
        let key = &self.keys[key % self.keys.len()];
        now(self
            .authenticator
            .authenticate(self.attempt(key.as_bytes())))
    }
}

/// The outcome of what does not wait.
///
/// # Panics
/// When it does wait.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("something is waited for"),
    }
}
