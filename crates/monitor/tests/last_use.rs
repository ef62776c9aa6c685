//! Last uses on their way from a request to the store.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_auth::{Attempt, Authenticator, Presented};
use central_logger_key_store::{
    Actor, HashPool, IssuedKey, KeyStore, Keyring, ManualClock, MemoryKeys, NewKey, UnreachableKeys,
};
use central_logger_keys::{KeyHasher, KeyPrefix};
use central_logger_monitor::LastUse;
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};
use time::{OffsetDateTime, macros::datetime};

const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 77));
const START: OffsetDateTime = datetime!(2026-01-01 0:00 UTC);

struct Fixture {
    clock: Arc<ManualClock>,
    store: Arc<MemoryKeys>,
    last_use: Arc<LastUse>,
    authenticator: Authenticator,
    key: IssuedKey,
}

impl Fixture {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::new(START));
        let store = Arc::new(MemoryKeys::new());
        let last_use = Arc::new(LastUse::new());
        let hashes = HashPool::new(KeyHasher::new());
        let keyring = Keyring::new(
            store.clone(),
            hashes,
            clock.clone(),
            Actor::new("tester@here"),
        );
        let new = NewKey::for_client("acme".parse().unwrap());
        Self {
            key: keyring.issue(&KeyPrefix::default(), new).await.unwrap(),
            authenticator: Authenticator::new(store.clone())
                .with_clock(clock.clone())
                .with_events(last_use.clone()),
            clock,
            store,
            last_use,
        }
    }

    async fn present(&self, key: &str) -> bool {
        let attempt = Attempt {
            presented: Presented::Key(key.as_bytes()),
            address: Some(ADDRESS),
            required: None,
        };
        self.authenticator.authenticate(attempt).await.is_ok()
    }

    async fn use_key(&self) {
        assert!(self.present(self.key.api_key.expose_secret()).await);
    }

    async fn stored(&self) -> Option<OffsetDateTime> {
        let found = self.store.find(&self.key.record.id).await.unwrap();
        found.unwrap().record.last_used_at
    }
}

#[tokio::test]
async fn the_newest_use_is_stored_at_the_next_flush() {
    let f = Fixture::new().await;
    f.use_key().await;
    f.clock.advance(time::Duration::seconds(2));
    f.use_key().await;
    assert_eq!(f.stored().await, None);
    f.last_use.flush(&*f.store).await.unwrap();
    assert_eq!(f.stored().await, Some(START + time::Duration::seconds(2)));
    let found = f.store.find(&f.key.record.id).await.unwrap().unwrap();
    assert_eq!(found.record.last_used_from.as_deref(), Some("192.0.2.0/24"));
}

#[tokio::test]
async fn the_newest_use_of_all_threads_is_stored() {
    let f = Arc::new(Fixture::new().await);
    for _ in 0..3 {
        f.clock.advance(time::Duration::SECOND);
        let (f, runtime) = (Arc::clone(&f), tokio::runtime::Handle::current());
        let other_thread = tokio::task::spawn_blocking(move || runtime.block_on(f.use_key()));
        other_thread.await.unwrap();
    }
    f.last_use.flush(&*f.store).await.unwrap();
    assert_eq!(f.stored().await, Some(START + time::Duration::seconds(3)));
}

#[tokio::test]
async fn a_refused_key_leaves_no_use() {
    let f = Fixture::new().await;
    let mut wrong = f.key.api_key.expose_secret().to_owned();
    wrong.pop();
    assert!(!f.present(&wrong).await);
    f.last_use.flush(&*f.store).await.unwrap();
    assert_eq!(f.stored().await, None);
}

#[tokio::test]
async fn what_could_not_be_stored_is_stored_later() {
    let f = Fixture::new().await;
    f.use_key().await;
    f.last_use.flush(&UnreachableKeys).await.unwrap_err();
    f.last_use.flush(&*f.store).await.unwrap();
    assert_eq!(f.stored().await, Some(START));
}

#[tokio::test(start_paused = true)]
async fn flushes_go_on_after_a_failure() {
    let f = Fixture::new().await;
    f.use_key().await;
    let period = Duration::from_secs(5);
    let down = f.last_use.flush_every(period, &UnreachableKeys);
    tokio::time::timeout(3 * period, down).await.unwrap_err();
    assert_eq!(f.stored().await, None);
    let up = f.last_use.flush_every(period, &*f.store);
    tokio::time::timeout(period, up).await.unwrap_err();
    assert_eq!(f.stored().await, Some(START));
}
