//! Which pepper a store uses while servers come by another one after the other.

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, AuditAction, AuditTrail, Head, KeyAdmin, KeyFeed, LeaseHolder, MemoryKeys, NewKey,
    Owners, feed::Lease,
};
use central_logger_keyring::{Keyring, KeyringError};
use central_logger_keys::{KeyHasher, KeyId, KeyPrefix, Pepper, PepperId};
use central_logger_times::ManualClock;
use std::{sync::Arc, time::Duration};
use time::macros::datetime;

fn pepper(letter: u8) -> Pepper {
    Pepper::new(&[letter; 40]).unwrap()
}

fn keyring(store: &Arc<MemoryKeys>, hasher: KeyHasher) -> Keyring {
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let actor = Actor::new("tester@here");
    Keyring::new(store.clone(), HashPool::new(hasher), clock, actor)
}

async fn hold(store: &MemoryKeys, holder: &LeaseHolder, peppers: &[&Pepper]) {
    let lease = Lease {
        holder: holder.clone(),
        applied: Head::default(),
        length: Duration::from_secs(3600),
        peppers: peppers.iter().map(|pepper| pepper.id()).collect(),
    };
    store.hold_lease(&lease).await.unwrap();
}

async fn in_use(store: &MemoryKeys) -> Option<PepperId> {
    store.state().await.unwrap().pepper
}

/// Issues a key, and tells the pepper that it was hashed with.
async fn issue(store: &MemoryKeys, keyring: &Keyring) -> (KeyId, Option<PepperId>) {
    let new = NewKey::for_client("acme".parse().unwrap());
    let issued = keyring.issue(&KeyPrefix::default(), new).await.unwrap();
    let stored = store.stored(Owners::All).await.unwrap().records;
    let id = issued.record.id;
    let key = stored.into_iter().find(|key| key.record.id == id).unwrap();
    (id, key.proof.hash().unwrap().pepper_id())
}

#[tokio::test]
async fn a_store_uses_a_pepper_when_every_server_would_hash_with_it() {
    let (old, new) = (pepper(b'o'), pepper(b'n'));
    let store = Arc::new(MemoryKeys::new());
    let [first, second] = ["first", "second"].map(|name| LeaseHolder::new(name).unwrap());
    let before = keyring(&store, KeyHasher::with_pepper(old.clone(), None));
    assert_eq!(issue(&store, &before).await.1, Some(old.id()));

    let both = KeyHasher::with_pepper(new.clone(), Some(old.clone()));
    let after = keyring(&store, both.clone());
    hold(&store, &first, &[&new, &old]).await;
    hold(&store, &second, &[&old]).await;
    assert_eq!(
        issue(&store, &after).await.1,
        Some(old.id()),
        "one has it not"
    );
    // One that knows it, but thinks that the old one is newer, would turn back.
    hold(&store, &second, &[&old, &new]).await;
    after.tend().await.unwrap();
    assert_eq!(in_use(&store).await, Some(old.id()));
    hold(&store, &second, &[&new, &old]).await;
    after.tend().await.unwrap();
    assert_eq!(in_use(&store).await, Some(new.id()));
    let last = store.head().await.unwrap().sequence - 1;
    let entry = store.audit(last, 1).await.unwrap().remove(0);
    assert_eq!(entry.action, AuditAction::Pepper);
    assert_eq!(issue(&store, &after).await.1, Some(new.id()));

    // Who has not come by it is told, and can do no harm.
    let error = before.tend().await.unwrap_err();
    assert!(matches!(error, KeyringError::WrongPepper(_)), "{error:?}");
    let report = after.audit(|_| {}).await.unwrap();
    assert_eq!(report.faults, []);
    // Nor does one turn back that comes with the peppers in the old order.
    store.end_lease(&first).await.unwrap();
    store.end_lease(&second).await.unwrap();
    hold(&store, &second, &[&new, &old]).await;
    keyring(
        &store,
        KeyHasher::with_pepper(old.clone(), Some(new.clone())),
    )
    .tend()
    .await
    .unwrap();
    assert_eq!(in_use(&store).await, Some(new.id()));
}

#[tokio::test]
async fn a_store_without_a_pepper_takes_to_one_as_well() {
    let new = pepper(b'n');
    let store = Arc::new(MemoryKeys::new());
    let without = keyring(&store, KeyHasher::new());
    assert_eq!(issue(&store, &without).await.1, None);
    let server = LeaseHolder::new("server").unwrap();
    hold(&store, &server, &[]).await;
    let with = keyring(&store, KeyHasher::with_pepper(new.clone(), None));
    assert_eq!(
        issue(&store, &with).await.1,
        None,
        "the server could not verify it"
    );
    store.end_lease(&server).await.unwrap();
    assert_eq!(issue(&store, &with).await.1, Some(new.id()));
    let report = with.audit(|_| {}).await.unwrap();
    assert_eq!((report.faults.len(), report.unpeppered), (0, 2));
}
