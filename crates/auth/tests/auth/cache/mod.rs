//! Keys that are remembered, and changes that must reach them.

mod following;
mod leases;
mod lookups;

use async_trait::async_trait;
use central_logger_auth::{
    Authenticator, Follower, KeyCache, Origin, PresentedCredential, Principal, Refusal,
    VerificationRequest,
};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, IssuedKey, KeyFeed, KeyList, KeyStore, KeyStoreError, LeaseHolder, MemoryKeys, NewKey,
    Owners, StoredKey,
    feed::{Changes, Lease, Reached, StoreTime},
};
use central_logger_keyring::{KeySelection, Keyring};
use central_logger_keys::{KeyHash, KeyHasher, KeyId, KeyPrefix, StoreSalt};
use central_logger_times::ManualClock;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};
use time::macros::datetime;
use tokio::sync::Notify;

/// A store that counts how often it is asked, can be out of reach, and can hold back an answer after
/// it has been found.
#[derive(Default)]
struct Watched {
    keys: Arc<MemoryKeys>,
    asked: AtomicUsize,
    is_down: AtomicBool,
    holds_back: AtomicBool,
    found: Notify,
    released: Notify,
    /// Done once, as soon as the next lease is stored.
    after_lease: Mutex<Option<(Keyring, KeyId)>>,
    /// What its clock shows, if it has one.
    time: Mutex<Option<StoreTime>>,
}

impl Watched {
    fn answer<T>(&self, said: Result<T, KeyStoreError>) -> Result<T, KeyStoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match self.is_down.load(Ordering::Relaxed) {
            true => Err(KeyStoreError::Unavailable("out of reach".into())),
            false => said,
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl KeyStore for Watched {
    async fn find(&self, id: &KeyId) -> Result<Option<StoredKey>, KeyStoreError> {
        let found = self.keys.find(id).await;
        if self.holds_back.load(Ordering::Relaxed) {
            self.found.notify_one();
            self.released.notified().await;
        }
        self.answer(found)
    }

    async fn opaque_salt(&self) -> Result<Option<StoreSalt>, KeyStoreError> {
        self.keys.opaque_salt().await
    }

    async fn find_opaque(&self, hash: &KeyHash) -> Result<Option<StoredKey>, KeyStoreError> {
        self.answer(self.keys.find_opaque(hash).await)
    }

    async fn list(&self, owners: Owners<'_>) -> Result<KeyList, KeyStoreError> {
        self.keys.list(owners).await
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
        self.keys.ready().await
    }
}

#[async_trait]
impl KeyFeed for Watched {
    async fn changes(&self, since: Option<&Reached>) -> Result<Changes, KeyStoreError> {
        match self.is_down.load(Ordering::Relaxed) {
            true => Err(KeyStoreError::Unavailable("out of reach".into())),
            false => self.keys.changes(since).await,
        }
    }

    async fn hold_lease(&self, lease: &Lease) -> Result<StoreTime, KeyStoreError> {
        self.keys.hold_lease(lease).await?;
        let due = self.after_lease.lock().unwrap().take();
        if let Some((keyring, id)) = due {
            let revoked = keyring.revoke(&KeySelection::Id(id), None).await;
            drop(revoked.unwrap());
        }
        Ok(self.time.lock().unwrap().unwrap_or(StoreTime::OfProgram))
    }

    async fn end_lease(&self, holder: &LeaseHolder) -> Result<(), KeyStoreError> {
        self.keys.end_lease(holder).await
    }

    async fn announced(&self) {
        self.keys.announced().await;
    }
}

struct Fixture {
    store: Arc<Watched>,
    clock: Arc<ManualClock>,
    cache: Arc<KeyCache>,
    keyring: Keyring,
    authenticator: Authenticator,
    follower: Follower,
}

async fn fixture() -> Fixture {
    let store = Arc::new(Watched::default());
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let hashes = HashPool::new(KeyHasher::new());
    let cache = Arc::new(KeyCache::new(100));
    let holder = LeaseHolder::new("test").unwrap();
    let mut follower =
        Follower::new(store.clone(), cache.clone(), holder).with_clock(clock.clone());
    follower.renew().await.unwrap();
    Fixture {
        keyring: Keyring::new(
            store.keys.clone(),
            hashes.clone(),
            clock.clone(),
            Actor::new("tester@here"),
        ),
        authenticator: Authenticator::new(store.clone())
            .with_cache(cache.clone())
            .with_hashes(hashes)
            .with_clock(clock.clone()),
        store,
        clock,
        cache,
        follower,
    }
}

impl Fixture {
    /// A key that every server knows of.
    async fn issue(&mut self) -> IssuedKey {
        let issued = self.keyring.issue(&KeyPrefix::default(), acme()).await;
        self.follower.renew().await.unwrap();
        issued.unwrap()
    }

    async fn present(&self, key: &str) -> Result<Principal, Refusal> {
        let request = VerificationRequest {
            presented: PresentedCredential::from_headers([key.as_bytes()], []),
            origin: Origin::Unknown,
            required: None,
        };
        self.authenticator.authenticate(request).await
    }

    async fn accepts(&self, key: &str) -> bool {
        match self.present(key).await {
            Ok(_) => true,
            Err(Refusal::Invalid(_)) => false,
            Err(refusal) => panic!("{refusal:?}"),
        }
    }
}

fn acme() -> NewKey {
    NewKey::for_client("acme".parse().unwrap())
}

fn one(issued: &IssuedKey) -> KeySelection {
    KeySelection::Id(issued.record.id.clone())
}

fn text(issued: &IssuedKey) -> &str {
    issued.api_key.expose_secret()
}
