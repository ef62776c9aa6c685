//! Rotation over the in-memory store, and all of a key's life against a model.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_key_store::{
    Actor, AuditCheck, AuditEntry, AuditFault, Clock, HashPool, Head, KeyAdmin, KeyStatus, Keyring,
    KeyringError, ManualClock, MemoryKeys, NewKey, Rotation, Scope, Scopes, TransitionError, model,
};
use central_logger_keys::{KeyEnvironment, KeyHasher, KeyPrefix, Pepper};
use proptest::prelude::*;
use std::sync::Arc;
use time::{Duration, macros::datetime};

struct Fixture {
    store: Arc<MemoryKeys>,
    clock: Arc<ManualClock>,
    keyring: Keyring,
}

fn fixture() -> Fixture {
    with_hasher(KeyHasher::new())
}

fn with_hasher(hasher: KeyHasher) -> Fixture {
    let store = Arc::new(MemoryKeys::new());
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let actor = Actor::new("tester@here");
    let hashes = HashPool::new(hasher);
    Fixture {
        keyring: Keyring::new(store.clone(), hashes, clock.clone(), actor),
        store,
        clock,
    }
}

fn acme() -> NewKey {
    NewKey::for_client("acme".parse().unwrap())
}

fn with_grace(grace: Duration) -> Rotation {
    Rotation {
        grace,
        expires_at: None,
    }
}

#[tokio::test]
async fn a_successor_takes_after_its_predecessor() {
    let f = fixture();
    let new = NewKey {
        client_name: Some("Acme".into()),
        scopes: Scopes::from(vec![Scope::LogsWrite]),
        environment: KeyEnvironment::Test,
        allowed_from: "203.0.113.0/24".parse().unwrap(),
        expires_at: Some(f.clock.now() + Duration::days(90)),
        note: Some("night run".into()),
        ..acme()
    };
    let prefix = KeyPrefix::default();
    let old = f.keyring.issue(&prefix, new).await.unwrap().record;
    f.clock.advance(Duration::days(80));
    let now = f.clock.now();
    let rotated = f
        .keyring
        .rotate(&old.id, &prefix, with_grace(Duration::DAY))
        .await
        .unwrap()
        .at_commit();

    let new = f.keyring.show(&rotated.issued.record.id).await.unwrap();
    assert_eq!(new, rotated.issued.record);
    assert_eq!(new.allowed_from, old.allowed_from);
    assert_eq!(new.predecessor.as_ref(), Some(&old.id));
    assert_eq!(
        (
            &new.client_id,
            &new.client_name,
            &new.scopes,
            new.environment,
            &new.note
        ),
        (
            &old.client_id,
            &old.client_name,
            &old.scopes,
            old.environment,
            &old.note
        )
    );
    assert!(
        rotated
            .issued
            .api_key
            .expose_secret()
            .starts_with("cl_test_")
    );
    assert_eq!(new.expires_at, Some(now + Duration::days(90)));
    assert_eq!(rotated.replaced.ends_at(), Some(now + Duration::DAY));

    f.clock.advance(Duration::DAY - Duration::MILLISECOND);
    let status = async || f.keyring.show(&old.id).await.unwrap().status(f.clock.now());
    assert_eq!(status().await, KeyStatus::Active);
    f.clock.advance(Duration::MILLISECOND);
    assert_eq!(status().await, KeyStatus::Expired);
}

#[tokio::test]
async fn a_grace_never_lengthens_a_life() {
    let f = fixture();
    let expires_at = Some(f.clock.now() + Duration::hours(1));
    let new = NewKey {
        expires_at,
        ..acme()
    };
    let prefix = KeyPrefix::default();
    let old = f.keyring.issue(&prefix, new).await.unwrap().record;
    let grace = with_grace(Duration::days(7));
    let rotated = f
        .keyring
        .rotate(&old.id, &prefix, grace)
        .await
        .unwrap()
        .at_commit();
    assert_eq!(rotated.replaced.ends_at(), expires_at);
    let extended = f.keyring.extend_rotation(&old.id, Duration::DAY).await;
    assert_eq!(extended.unwrap().done.ends_at(), expires_at);
}

#[tokio::test]
async fn of_two_rotations_at_once_one_wins() {
    let f = fixture();
    let prefix = KeyPrefix::default();
    let old = f.keyring.issue(&prefix, acme()).await.unwrap().record;
    let rotate = || {
        f.keyring
            .rotate(&old.id, &prefix, with_grace(Duration::DAY))
    };
    let (one, other) = tokio::join!(rotate(), rotate());
    let (won, lost) = match one.is_ok() {
        true => (one, other),
        false => (other, one),
    };
    assert!(won.is_ok());
    let refusal = lost.unwrap_err();
    assert!(
        matches!(&refusal, KeyringError::Transition(TransitionError::Rotated(id)) if *id == old.id),
        "{refusal:?}"
    );
    assert_eq!(f.keyring.list(None, None).await.unwrap().len(), 2);
}

#[tokio::test]
async fn without_a_grace_the_old_key_is_revoked() {
    let f = fixture();
    let prefix = KeyPrefix::default();
    let old = f.keyring.issue(&prefix, acme()).await.unwrap().record;
    let grace = with_grace(Duration::ZERO);
    let rotated = f
        .keyring
        .rotate(&old.id, &prefix, grace)
        .await
        .unwrap()
        .at_commit();
    assert_eq!(rotated.replaced.revoked_at, Some(f.clock.now()));
    assert_eq!(rotated.replaced.revoked_reason.as_deref(), Some("rotated"));
}

proptest! {
    #[test]
    fn a_life_goes_as_the_model_says(steps in model::steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(model::compare(Arc::new(MemoryKeys::new()), &steps));
    }
}

/// A trail of five entries, and where it ends.
async fn trail(f: &Fixture) -> (Vec<AuditEntry>, Head) {
    for _ in 0..5 {
        let issued = f.keyring.issue(&KeyPrefix::default(), acme()).await;
        issued.unwrap();
    }
    let entries = f.store.audit(0, 100).await.unwrap();
    (entries, f.store.head().await.unwrap())
}

fn faults(hasher: &KeyHasher, entries: &[AuditEntry], head: &Head) -> Vec<AuditFault> {
    let mut check = AuditCheck::new(hasher);
    for entry in entries {
        check.entry(entry);
    }
    check.finish(head).faults
}

#[tokio::test]
async fn whatever_is_done_to_the_audit_trail_is_found_and_named() {
    let hasher = KeyHasher::new();
    let f = fixture();
    let (trail, head) = trail(&f).await;
    assert_eq!(faults(&hasher, &trail, &head), []);

    let altered = AuditFault::Altered { sequence: 3 };
    let alterations: [fn(&mut AuditEntry); 6] = [
        |entry| entry.actor = "somebody else".into(),
        |entry| entry.at += Duration::MILLISECOND,
        |entry| entry.client_id = "other".parse().ok(),
        |entry| entry.before = Some("{}".into()),
        |entry| entry.after = "{}".into(),
        |entry| entry.action = central_logger_key_store::AuditAction::Revoke,
    ];
    for alter in alterations {
        let mut entries = trail.clone();
        alter(&mut entries[2]);
        assert_eq!(faults(&hasher, &entries, &head), [altered]);
    }

    let mut cut_out = trail.clone();
    cut_out.remove(2);
    let missing = |sequence, until| AuditFault::Missing { sequence, until };
    assert_eq!(faults(&hasher, &cut_out, &head), [missing(3, 3)]);
    assert_eq!(faults(&hasher, &trail[..3], &head), [missing(4, 5)]);
    assert_eq!(faults(&hasher, &[], &head), [missing(1, 5)]);

    let mut swapped = trail.clone();
    swapped.swap(1, 2);
    (swapped[1].sequence, swapped[2].sequence) = (2, 3);
    let found = faults(&hasher, &swapped, &head);
    assert!(found.contains(&AuditFault::Altered { sequence: 2 }) && found.contains(&altered));

    let longer = Head {
        sequence: 4,
        seal: Some(trail[3].seal),
    };
    let unexpected = AuditFault::Unexpected { sequence: 5 };
    assert_eq!(faults(&hasher, &trail, &longer), [unexpected]);
}

#[tokio::test]
async fn a_trail_that_was_sealed_anew_without_the_pepper_is_found() {
    let pepper = Pepper::new(&[b'p'; 40]).unwrap();
    let f = with_hasher(KeyHasher::with_pepper(pepper.clone(), None));
    let (trail, head) = trail(&f).await;
    let later = Pepper::new(&[b'q'; 40]).unwrap();
    let hasher = KeyHasher::with_pepper(later.clone(), Some(pepper));
    assert_eq!(faults(&hasher, &trail, &head), []);

    let mut forged = trail.clone();
    forged[4].seal = KeyHasher::new().seal(b"a guess");
    let found = faults(&hasher, &forged, &head);
    assert!(
        found.contains(&AuditFault::Altered { sequence: 5 }),
        "{found:?}"
    );

    // Whoever seals all of it anew, and the end too, has to do it without the pepper.
    let other = fixture();
    let (rewritten, end) = self::trail(&other).await;
    let mut check = AuditCheck::new(&hasher);
    rewritten.iter().for_each(|entry| check.entry(entry));
    assert_eq!(check.finish(&end).unpeppered, 5);

    // Without the pepper nothing can be said of what lies within.
    let without = KeyHasher::with_pepper(later, None);
    let mut check = AuditCheck::new(&without);
    trail.iter().for_each(|entry| check.entry(entry));
    let report = check.finish(&head);
    assert_eq!((report.unchecked, report.faults), (5, Vec::new()));
}
