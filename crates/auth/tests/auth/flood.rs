//! Made-up keys in large numbers, beside keys that exist.

use async_trait::async_trait;
use central_logger_auth::{
    Authenticator, Origin, PresentedCredential, Principal, Refusal, VerificationRequest,
};
use central_logger_hash_pool::{HashPool, HashPoolError};
use central_logger_key_store::{
    Actor, KeyList, KeyStore, KeyStoreError, MemoryKeys, NewKey, Owners, StoredKey,
};
use central_logger_keyring::Keyring;
use central_logger_keys::{ApiKey, KeyHash, KeyHasher, KeyId, KeyPrefix, StoreSalt};
use central_logger_static_keys::{ApiKeys, StaticKeys};
use central_logger_times::{Clock, ManualClock};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use time::macros::datetime;
use tokio::task::{JoinHandle, yield_now};

const OPAQUE: &str = "made-by-somebody-else-0123456789";
const STATIC: &str = "in-the-file-0123456789";

/// A store that counts the hashes that it is asked for.
#[derive(Default)]
struct Counting {
    keys: Arc<MemoryKeys>,
    hashes: AtomicUsize,
}

#[async_trait]
impl KeyStore for Counting {
    async fn find(&self, id: &KeyId) -> Result<Option<StoredKey>, KeyStoreError> {
        self.keys.find(id).await
    }

    async fn opaque_salt(&self) -> Result<Option<StoreSalt>, KeyStoreError> {
        self.keys.opaque_salt().await
    }

    async fn find_opaque(&self, hash: &KeyHash) -> Result<Option<StoredKey>, KeyStoreError> {
        self.hashes.fetch_add(1, Ordering::SeqCst);
        self.keys.find_opaque(hash).await
    }

    async fn list(&self, owners: Owners<'_>) -> Result<KeyList, KeyStoreError> {
        self.keys.list(owners).await
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
        self.keys.ready().await
    }
}

struct Fixture {
    store: Arc<Counting>,
    keyring: Keyring,
    authenticator: Arc<Authenticator>,
}

/// One opaque key and one static key, neither of which was presented yet.
async fn fixture() -> Fixture {
    let store = Arc::new(Counting::default());
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let hashes = HashPool::new(KeyHasher::new());
    let actor = Actor::new("tester@here");
    let keyring = Keyring::new(store.keys.clone(), hashes.clone(), clock.clone(), actor);
    let opaque = ApiKey::parse(OPAQUE).unwrap();
    keyring.import(opaque, client("acme")).await.unwrap();
    let listed = ApiKeys::parse(&format!(r#"{{"{STATIC}": "widget"}}"#)).unwrap();
    let authenticator = Authenticator::new(store.clone())
        .with_fallback(Arc::new(StaticKeys::new(&listed, clock.now())))
        .with_hashes(hashes)
        .with_clock(clock);
    Fixture {
        store,
        keyring,
        authenticator: Arc::new(authenticator),
    }
}

fn client(name: &str) -> NewKey {
    NewKey::for_client(name.parse().unwrap())
}

async fn present(
    authenticator: &Authenticator,
    key: &str,
    from: &str,
) -> Result<Principal, Refusal> {
    let request = VerificationRequest {
        presented: PresentedCredential::Key(key.as_bytes()),
        origin: Origin::Caller(from.parse().unwrap()),
        required: None,
    };
    authenticator.authenticate(request).await
}

impl Fixture {
    async fn present(&self, key: &str, from: &str) -> Result<Principal, Refusal> {
        present(&self.authenticator, key, from).await
    }

    /// So many made-up keys at a time, all from one address.
    async fn flood(&self, count: usize) -> Vec<JoinHandle<Result<Principal, Refusal>>> {
        let tasks = (0..count).map(|number| {
            let authenticator = Arc::clone(&self.authenticator);
            tokio::spawn(async move {
                present(&authenticator, &format!("made-up-{number:08}"), "192.0.2.1").await
            })
        });
        let tasks = tasks.collect();
        // Each of them gets as far as it can.
        for _ in 0..count {
            yield_now().await;
        }
        tasks
    }

    /// An address that may fail no more.
    async fn exhaust(&self, from: &str) {
        while !matches!(self.present("!", from).await, Err(Refusal::Limited(_))) {}
    }

    fn hashes(&self) -> usize {
        self.store.hashes.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn an_address_pays_before_its_keys_are_hashed() {
    let f = fixture().await;
    let (mut invalid, mut limited, mut full) = (0, 0, 0);
    for task in f.flood(400).await {
        match task.await.unwrap() {
            Err(Refusal::Invalid(_)) => invalid += 1,
            Err(Refusal::Limited(_)) => limited += 1,
            Err(refusal @ Refusal::Hash(HashPoolError::Full(_))) => {
                assert_eq!(refusal.problem().status, 503);
                assert_eq!(refusal.headers(), [("retry-after", "1".into())]);
                full += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    // An address that found the queue full got back what it had paid.
    assert_eq!(invalid + limited + full, 400);
    assert!(full > 0);
    assert_eq!(
        f.hashes(),
        invalid,
        "nothing is hashed that is not paid for"
    );
    for _ in invalid..300 {
        let refusal = f.present("!", "192.0.2.1").await.unwrap_err();
        assert!(matches!(refusal, Refusal::Invalid(_)), "{refusal:?}");
    }
    let refusal = f.present("!", "192.0.2.1").await.unwrap_err();
    assert!(matches!(refusal, Refusal::Limited(_)), "{refusal:?}");
}

#[tokio::test]
async fn keys_that_exist_do_not_wait_for_made_up_ones() {
    let f = fixture().await;
    let generated = f.keyring.issue(&KeyPrefix::default(), client("acme")).await;
    let generated = generated.unwrap().api_key;
    let flood = f.flood(200).await;
    for key in [generated.expose_secret(), STATIC] {
        f.present(key, "192.0.2.1").await.unwrap();
    }
    let waiting = flood.iter().filter(|task| !task.is_finished()).count();
    assert!(waiting > 20, "{waiting}");
    // Another address takes its turn before all that is left of the flood.
    f.present(OPAQUE, "192.0.2.2").await.unwrap();
    assert!(flood.iter().any(|task| !task.is_finished()));
}

#[tokio::test]
async fn work_of_requests_that_are_gone_is_not_begun() {
    let f = fixture().await;
    let flood = f.flood(200).await;
    flood.iter().for_each(JoinHandle::abort);
    for task in flood {
        // Some were answered before.
        let _ = task.await;
    }
    f.present(OPAQUE, "192.0.2.2").await.unwrap();
    assert!(f.hashes() < 20, "{}", f.hashes());
}

#[tokio::test]
async fn an_address_that_fails_too_often_costs_static_keys_nothing() {
    let f = fixture().await;
    f.exhaust("192.0.2.1").await;
    let refusal = f.present(OPAQUE, "192.0.2.1").await.unwrap_err();
    assert!(matches!(refusal, Refusal::Limited(_)), "{refusal:?}");
    let principal = f.present(STATIC, "192.0.2.1").await.unwrap();
    assert_eq!(principal.client_id().as_str(), "widget");
}

#[tokio::test]
async fn a_key_that_was_verified_once_is_not_hashed_again_whatever_changes() {
    let f = fixture().await;
    // Nothing is remembered here of what the store says, as after any change.
    let id = f.present(OPAQUE, "192.0.2.1").await.unwrap();
    f.exhaust("192.0.2.1").await;
    f.present(OPAQUE, "192.0.2.1").await.unwrap();
    drop(f.keyring.disable(id.key_id()).await.unwrap());
    let refusal = f.present(OPAQUE, "192.0.2.1").await.unwrap_err();
    assert!(!matches!(refusal, Refusal::Hash(_)), "{refusal:?}");
    drop(f.keyring.enable(id.key_id()).await.unwrap());
    f.present(OPAQUE, "192.0.2.1").await.unwrap();
}
