//! Keys that are remembered, and changes that must reach them.

use async_trait::async_trait;
use central_logger_auth::{
    Authenticator, Follower, InvalidReason, KeyCache, Origin, PresentedCredential, Principal,
    Refusal, VerificationRequest,
};
use central_logger_hash_pool::HashPool;
use central_logger_health::Conditions;
use central_logger_key_store::{
    Actor, AuditTrail, IssuedKey, KeyFeed, KeyList, KeyStatus, KeyStore, KeyStoreError,
    LeaseHolder, LeaseStore, MemoryKeys, NewKey, Owners, StoredKey,
    feed::{Changes, Lease, Reached, StoreTime},
};
use central_logger_keyring::{KeySelection, Keyring, Rotation};
use central_logger_keys::{ApiKey, KeyHash, KeyHasher, KeyId, KeyPrefix, StoreSalt};
use central_logger_times::{Clock, ManualClock};
use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::Poll,
};
use time::{Duration, macros::datetime};
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

#[tokio::test]
async fn a_key_is_looked_up_once() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    for _ in 0..5 {
        let principal = f.present(text(&issued)).await.unwrap();
        assert_eq!(principal.key_id(), &issued.record.id);
    }
    assert_eq!(f.store.asked(), 1);
    let status = f.cache.status(f.clock.elapsed());
    assert_eq!((status.hits, status.misses, status.known), (4, 1, 1));

    let forged = ApiKey::forged(issued.record.id.clone()).unwrap();
    assert!(
        !f.accepts(forged.expose_secret()).await,
        "its id finds nothing"
    );
}

#[tokio::test]
async fn nothing_is_remembered_without_a_follower() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    f.authenticator = f.authenticator.with_cache(Arc::new(KeyCache::new(100)));
    for _ in 0..3 {
        assert!(f.accepts(text(&issued)).await);
    }
    assert_eq!(f.store.asked(), 3);
}

#[tokio::test]
async fn a_revocation_is_everywhere_when_the_follower_has_applied_it() {
    let mut f = fixture().await;
    let (issued, bystander) = (f.issue().await, f.issue().await);
    assert!(f.accepts(text(&issued)).await);
    assert!(f.accepts(text(&bystander)).await);

    let revoked = f.keyring.revoke(&one(&issued), None).await.unwrap();
    let mut everywhere = pin!(revoked.everywhere());
    let is_waiting = poll_fn(|context| Poll::Ready(everywhere.as_mut().poll(context).is_pending()));
    assert!(is_waiting.await, "the follower does not know yet");

    f.follower.renew().await.unwrap();
    everywhere.await.unwrap();
    let refusal = f.present(text(&issued)).await.unwrap_err();
    let revoked = InvalidReason::NotActive(KeyStatus::Revoked);
    assert!(matches!(refusal, Refusal::Invalid(reason) if reason == revoked));
    let asked = f.store.asked();
    assert!(f.accepts(text(&bystander)).await);
    assert_eq!(f.store.asked(), asked, "other keys are still remembered");
    let status = f.cache.status(f.clock.elapsed());
    assert_eq!((status.evicted, status.delays.count() > 0), (1, true));
}

#[tokio::test]
async fn what_is_remembered_is_not_used_after_the_lease() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    assert!(f.accepts(text(&issued)).await);
    f.keyring
        .revoke(&one(&issued), None)
        .await
        .unwrap()
        .at_commit();

    f.clock.advance(Duration::milliseconds(1799));
    assert!(
        f.accepts(text(&issued)).await,
        "nobody has told it, and the lease holds"
    );
    f.clock.advance(Duration::milliseconds(1));
    assert!(!f.accepts(text(&issued)).await);
    assert!(f.cache.status(f.clock.elapsed()).lease_left.is_zero());
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_prolong_the_lease() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    assert!(f.accepts(text(&issued)).await);
    f.keyring
        .revoke(&one(&issued), None)
        .await
        .unwrap()
        .at_commit();
    f.clock.advance(Duration::seconds(2));
    f.clock.advance(Duration::seconds(-2));
    assert!(!f.accepts(text(&issued)).await);
}

#[tokio::test]
async fn without_the_store_keys_are_accepted_for_a_lease_and_then_nothing_is_guessed() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    assert!(f.accepts(text(&issued)).await);
    f.store.is_down.store(true, Ordering::Relaxed);
    f.clock.advance(Duration::SECOND);
    f.follower.renew().await.unwrap_err();
    assert!(f.accepts(text(&issued)).await);
    f.clock.advance(Duration::SECOND);
    f.follower.renew().await.unwrap_err();
    let refusal = f.present(text(&issued)).await.unwrap_err();
    assert_eq!(refusal.problem().status, 503);

    f.store.is_down.store(false, Ordering::Relaxed);
    assert!(f.accepts(text(&issued)).await, "the store is asked");
    f.follower.renew().await.unwrap();
    let asked = f.store.asked();
    assert!(f.accepts(text(&issued)).await);
    assert_eq!(
        f.store.asked(),
        asked,
        "nothing had changed, so all still holds"
    );
}

#[tokio::test]
async fn an_answer_that_was_under_way_does_not_bring_a_revoked_key_back() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    f.store.holds_back.store(true, Ordering::Relaxed);
    let authenticator = f.authenticator.clone();
    let key = text(&issued).to_owned();
    let slow = tokio::spawn(async move {
        let request = VerificationRequest {
            presented: PresentedCredential::from_headers([key.as_bytes()], []),
            origin: Origin::Unknown,
            required: None,
        };
        authenticator.authenticate(request).await
    });
    f.store.found.notified().await;
    f.store.holds_back.store(false, Ordering::Relaxed);
    let revoked = f.keyring.revoke(&one(&issued), None).await.unwrap();
    f.follower.renew().await.unwrap();
    revoked.everywhere().await.unwrap();

    f.store.released.notify_one();
    slow.await
        .unwrap()
        .expect("it was sent before the key was revoked");
    assert!(!f.accepts(text(&issued)).await);
}

#[tokio::test]
async fn a_change_beside_a_lease_that_nobody_saw_is_applied_before_it_counts() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    assert!(f.accepts(text(&issued)).await);
    // The lease has run out, so nobody waits for it; the next is stored when the change already is.
    f.clock.advance(Duration::seconds(10));
    let due = (f.keyring.clone(), issued.record.id.clone());
    *f.store.after_lease.lock().unwrap() = Some(due);
    f.follower.renew().await.unwrap();
    assert!(!f.cache.status(f.clock.elapsed()).lease_left.is_zero());
    assert!(!f.accepts(text(&issued)).await);
}

#[tokio::test]
async fn a_grace_ends_on_its_very_millisecond_for_remembered_keys_too() {
    let mut f = fixture().await;
    let old = f.issue().await;
    let rotation = Rotation {
        grace: Duration::milliseconds(1500),
        expires_at: None,
    };
    let (id, prefix) = (&old.record.id, KeyPrefix::default());
    let rotated = f.keyring.rotate(id, &prefix, rotation).await.unwrap();
    let new = rotated.at_commit().issued;
    f.follower.renew().await.unwrap();
    f.clock.advance(Duration::milliseconds(1499));
    assert!(f.accepts(text(&old)).await);
    assert!(f.accepts(text(&new)).await);
    let asked = f.store.asked();
    assert!(f.accepts(text(&old)).await);
    f.clock.advance(Duration::MILLISECOND);
    let refusal = f.present(text(&old)).await.unwrap_err();
    let expired = InvalidReason::NotActive(KeyStatus::Expired);
    assert!(matches!(refusal, Refusal::Invalid(reason) if reason == expired));
    assert!(f.accepts(text(&new)).await);
    assert_eq!(f.store.asked(), asked, "the clock judges, not the store");
}

#[tokio::test]
async fn an_unknown_key_is_remembered_until_keys_change() {
    let mut f = fixture().await;
    let key = "made-by-somebody-else-0123456789";
    // Without a salt nobody could know it.
    let other = ApiKey::parse("another-one-that-is-opaque-too").unwrap();
    f.keyring.import(other, acme()).await.unwrap();
    f.follower.renew().await.unwrap();
    assert!(!f.accepts(key).await);
    let asked = f.store.asked();
    assert!(!f.accepts(key).await);
    assert_eq!(f.store.asked(), asked);
    assert_eq!(f.cache.status(f.clock.elapsed()).unknown, 1);

    f.keyring
        .import(ApiKey::parse(key).unwrap(), acme())
        .await
        .unwrap();
    f.follower.renew().await.unwrap();
    assert!(f.accepts(key).await);
}

#[tokio::test]
async fn many_requests_with_a_key_that_is_not_known_yet_ask_the_store_once() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    f.store.holds_back.store(true, Ordering::Relaxed);
    let requests = (0..20).map(|_| {
        let (authenticator, key) = (f.authenticator.clone(), text(&issued).to_owned());
        tokio::spawn(async move {
            let request = VerificationRequest {
                presented: PresentedCredential::from_headers([key.as_bytes()], []),
                origin: Origin::Unknown,
                required: None,
            };
            authenticator.authenticate(request).await
        })
    });
    let requests: Vec<_> = requests.collect();
    f.store.found.notified().await;
    f.store.released.notify_one();
    for request in requests {
        let principal = request.await.unwrap().unwrap();
        assert_eq!(principal.key_id(), &issued.record.id);
    }
    assert_eq!(f.store.asked(), 1);
}

#[tokio::test]
async fn who_waits_for_an_answer_that_never_comes_asks_again() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    f.store.holds_back.store(true, Ordering::Relaxed);
    let (authenticator, key) = (f.authenticator.clone(), text(&issued).to_owned());
    let given_up = tokio::spawn(async move {
        let request = VerificationRequest {
            presented: PresentedCredential::from_headers([key.as_bytes()], []),
            origin: Origin::Unknown,
            required: None,
        };
        authenticator.authenticate(request).await
    });
    f.store.found.notified().await;
    let mut waiting = pin!(f.present(text(&issued)));
    let is_waiting = poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending()));
    assert!(is_waiting.await);
    f.store.holds_back.store(false, Ordering::Relaxed);
    given_up.abort();
    waiting.await.unwrap();
}

#[tokio::test]
async fn wrong_secrets_and_unknown_ids_ask_the_store_once_for_each_id() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    let nobody = KeyId::generate().unwrap();
    for id in [&issued.record.id, &nobody] {
        let asked = f.store.asked();
        for _ in 0..5 {
            let forged = ApiKey::forged(id.clone()).unwrap();
            assert!(!f.accepts(forged.expose_secret()).await);
        }
        assert_eq!(f.store.asked(), asked + 1, "{id}");
    }
    let asked = f.store.asked();
    assert!(
        f.accepts(text(&issued)).await,
        "the real key is not locked out"
    );
    assert_eq!(f.store.asked(), asked);
    let status = f.cache.status(f.clock.elapsed());
    assert_eq!((status.known, status.unknown), (1, 0));
}

#[tokio::test]
async fn malformed_and_mistyped_keys_ask_nobody() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    let mistyped = format!("{}x", text(&issued));
    let too_long = "x".repeat(257);
    for key in [&*mistyped, &*too_long, "with space", "\u{fc}"] {
        assert!(!f.accepts(key).await, "{key}");
    }
    assert_eq!(f.store.asked(), 0);
}

#[tokio::test]
async fn memory_stays_bounded_under_distinct_bad_keys() {
    let mut f = fixture().await;
    let other = ApiKey::parse("another-one-that-is-opaque-too").unwrap();
    f.keyring.import(other, acme()).await.unwrap();
    let issued = f.issue().await;
    assert!(f.accepts(text(&issued)).await);
    for number in 0..2000 {
        let forged = match number % 2 {
            0 => ApiKey::forged(KeyId::generate().unwrap()),
            _ => ApiKey::forged(issued.record.id.clone()),
        };
        assert!(!f.accepts(forged.unwrap().expose_secret()).await);
    }
    let asked = f.store.asked();
    assert!(f.accepts(text(&issued)).await);
    assert_eq!(f.store.asked(), asked, "no flood drives a good key out");
    let status = f.cache.status(f.clock.elapsed());
    assert!(
        status.known + status.unknown + status.ids <= 225,
        "{status:?}"
    );
}

#[tokio::test]
async fn a_follower_that_stops_uses_nothing_and_is_waited_for_by_nobody() {
    let mut f = fixture().await;
    let issued = f.issue().await;
    assert!(f.accepts(text(&issued)).await);
    f.follower.stop().await.unwrap();
    let asked = f.store.asked();
    assert!(f.accepts(text(&issued)).await);
    assert_eq!(f.store.asked(), asked + 1);
    let revoked = f.keyring.revoke(&one(&issued), None).await.unwrap();
    revoked.everywhere().await.unwrap();
    assert!(!f.accepts(text(&issued)).await);
}

#[tokio::test]
async fn what_is_kept_for_a_term_is_removed_by_the_stores_clock() {
    let mut f = fixture().await;
    let conditions = Conditions::default();
    f.follower = f.follower.with_conditions(conditions.clone());
    let removal = f.follower.removal_clock();
    assert_eq!(removal.now(), None, "nothing is known of the store yet");
    for (ahead, is_relied_on) in [
        (0, true),
        (60, true),
        (-60, true),
        (61, false),
        (-61, false),
    ] {
        let time = f.clock.now() - Duration::seconds(ahead);
        *f.store.time.lock().unwrap() = Some(StoreTime::Shows(time));
        f.follower.renew().await.unwrap();
        assert_eq!(removal.now(), is_relied_on.then_some(time), "{ahead}");
        assert_eq!(conditions.reasons().is_empty(), is_relied_on, "{ahead}");
    }

    let time = f.clock.now();
    *f.store.time.lock().unwrap() = Some(StoreTime::Shows(time));
    f.follower.renew().await.unwrap();
    assert!(conditions.reasons().is_empty());
    f.clock.step(Duration::days(400));
    assert_eq!(removal.now(), Some(time), "only what goes by counts");
    f.clock.advance(Duration::SECOND);
    assert_eq!(removal.now(), Some(time + Duration::SECOND));

    *f.store.time.lock().unwrap() = Some(StoreTime::Jumped(Duration::days(400)));
    f.follower.renew().await.unwrap();
    assert_eq!(removal.now(), None);
    assert!(conditions.reasons().is_empty(), "all else goes on");
    *f.store.time.lock().unwrap() = None;
    f.follower.renew().await.unwrap();
    assert_eq!(removal.now(), Some(f.clock.now()));
}

#[tokio::test]
async fn a_follower_that_runs_hears_of_changes() {
    let Fixture {
        store,
        keyring,
        authenticator,
        cache,
        mut follower,
        ..
    } = fixture().await;
    let issued = keyring.issue(&KeyPrefix::default(), acme()).await.unwrap();
    let running = tokio::spawn(async move { follower.run().await });
    let request = || VerificationRequest {
        presented: PresentedCredential::from_headers([text(&issued).as_bytes()], []),
        origin: Origin::Unknown,
        required: None,
    };
    authenticator.authenticate(request()).await.unwrap();
    let revoked = keyring.revoke(&one(&issued), None).await.unwrap();
    let waited = revoked.everywhere().await.unwrap();
    authenticator.authenticate(request()).await.unwrap_err();
    assert!(
        cache.status(std::time::Duration::ZERO).delays.count() > 0,
        "{waited:?}"
    );
    assert_eq!(
        store
            .keys
            .leases_behind(&store.keys.head().await.unwrap())
            .await
            .unwrap(),
        []
    );
    running.abort();
}
