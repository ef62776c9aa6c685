//! Requests that are repeated, over the in-memory store.

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, AuditTrail, IssuedKey, KeyStore, MemoryKeys, NamedRequest, NewKey, Owners, Receipt,
};
use central_logger_keyring::{KeySelection, Keyring, KeyringError, Rotation};
use central_logger_keys::{KeyHasher, KeyPrefix, Pepper};
use central_logger_times::ManualClock;
use std::sync::Arc;
use time::{Duration, macros::datetime};

struct World {
    store: Arc<MemoryKeys>,
    clock: Arc<ManualClock>,
    keyring: Keyring,
}

impl World {
    fn new() -> Self {
        let store = Arc::new(MemoryKeys::new());
        let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
        let pepper = Pepper::new(&[b'p'; 40]).unwrap();
        let hashes = HashPool::new(KeyHasher::with_pepper(pepper, None));
        let actor = Actor::new("alice@ops");
        Self {
            keyring: Keyring::new(store.clone(), hashes, clock.clone(), actor),
            store,
            clock,
        }
    }

    fn named(&self, name: &str, body: &[u8]) -> Keyring {
        let request = NamedRequest::new("4fzyo82mvyi1", "POST /api/v1/keys", name, body);
        self.keyring.clone().repeatable(request)
    }

    async fn keys(&self) -> usize {
        self.store.list(Owners::All).await.unwrap().records.len()
    }
}

async fn issue(keyring: &Keyring) -> Result<IssuedKey, KeyringError> {
    let new = NewKey::for_client("acme".parse().unwrap());
    keyring.issue(&KeyPrefix::default(), new).await
}

#[track_caller]
fn already_done<T>(done: Result<T, KeyringError>) -> Receipt {
    match done {
        Err(KeyringError::AlreadyDone(receipt)) => *receipt,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was done again"),
    }
}

#[tokio::test]
async fn a_repeat_names_the_key_and_makes_none() {
    let world = World::new();
    let issued = issue(&world.named("one", b"{}")).await.unwrap();
    world.clock.advance(Duration::hours(23));
    let receipt = already_done(issue(&world.named("one", b"{}")).await);
    assert_eq!(receipt.keys, [issued.record.id]);
    assert_eq!(world.keys().await, 1);
    issue(&world.named("two", b"{}")).await.unwrap();
    world.clock.advance(Duration::hours(1));
    issue(&world.named("one", b"{}")).await.unwrap();
    assert_eq!(world.keys().await, 3);
}

#[tokio::test]
async fn another_body_under_the_same_name_is_refused() {
    let world = World::new();
    issue(&world.named("one", b"{}")).await.unwrap();
    let refused = issue(&world.named("one", b"{ }")).await;
    assert!(
        matches!(refused, Err(KeyringError::OtherRequest)),
        "{refused:?}"
    );
    assert_eq!(world.keys().await, 1);
}

#[tokio::test]
async fn of_two_at_a_time_one_is_done() {
    let world = World::new();
    let (one, other) = (world.named("one", b"{}"), world.named("one", b"{}"));
    let (one, other) = tokio::join!(issue(&one), issue(&other));
    let (issued, repeat) = match (one, other) {
        (Ok(issued), repeat) | (repeat, Ok(issued)) => (issued, repeat),
        both => panic!("{both:?}"),
    };
    assert_eq!(already_done(repeat).keys, [issued.record.id]);
    assert_eq!(world.keys().await, 1);
}

#[tokio::test]
async fn a_rotation_is_repeated_although_the_key_has_a_successor_by_then() {
    let world = World::new();
    let old = issue(&world.keyring).await.unwrap().record.id;
    let rotation = || Rotation {
        grace: Duration::HOUR,
        expires_at: None,
    };
    let rotate = async || {
        let keyring = world.named("one", b"{}");
        keyring
            .rotate(&old, &KeyPrefix::default(), rotation())
            .await
    };
    let rotated = rotate().await.unwrap().at_commit();
    assert_eq!(
        already_done(rotate().await).keys,
        [rotated.issued.record.id]
    );
}

#[tokio::test]
async fn a_change_that_changed_nothing_is_remembered_too() {
    let world = World::new();
    let id = issue(&world.keyring).await.unwrap().record.id;
    let one = KeySelection::Id(id.clone());
    world.keyring.revoke(&one, None).await.unwrap().at_commit();
    let head = world.store.head().await.unwrap();
    let again = world.named("one", b"{}");
    let revoked = again.revoke(&one, None).await.unwrap();
    assert_eq!(revoked.at_commit(), []);
    assert_eq!(again.noted(), world.keyring.noted(), "nothing was changed");
    assert_eq!(world.store.head().await.unwrap(), head);
    let receipt = already_done(again.revoke(&one, None).await);
    assert_eq!(receipt.keys, []);
}

#[tokio::test]
async fn a_refused_change_leaves_no_receipt() {
    let world = World::new();
    let unknown = "4fzyo82mvyi1".parse().unwrap();
    for _ in 0..2 {
        let refused = world.named("one", b"{}").disable(&unknown).await;
        assert!(
            matches!(refused, Err(KeyringError::UnknownKey(_))),
            "{refused:?}"
        );
    }
    issue(&world.named("one", b"{}")).await.unwrap();
}
