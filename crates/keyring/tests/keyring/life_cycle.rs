//! Rotation over the in-memory store, and all of a key's life against a model.

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, KeyStatus, MemoryKeys, NewKey, Owners, TransitionError};
use central_logger_keyring::{Keyring, KeyringError, Rotation, model};
use central_logger_keys::{KeyEnvironment, KeyHasher, KeyPrefix, Scope, Scopes};
use central_logger_times::{Clock, ManualClock, Timestamp};
use proptest::prelude::*;
use std::sync::Arc;
use time::{Duration, macros::datetime};

struct Fixture {
    clock: Arc<ManualClock>,
    keyring: Keyring,
}

fn fixture() -> Fixture {
    let store = Arc::new(MemoryKeys::new());
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let actor = Actor::new("tester@here");
    let hashes = HashPool::new(KeyHasher::new());
    Fixture {
        keyring: Keyring::new(store, hashes, clock.clone(), actor),
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
        name: Some("Acme".parse().unwrap()),
        scopes: Scopes::from(vec![Scope::LOGS_WRITE]),
        environment: KeyEnvironment::Test,
        allowed_from: "203.0.113.0/24".parse().unwrap(),
        expires_at: Some(Timestamp::clamped(f.clock.now() + Duration::days(90))),
        note: Some("night run".parse().unwrap()),
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
            &new.owner,
            &new.name,
            &new.scopes,
            new.environment,
            &new.note
        ),
        (
            &old.owner,
            &old.name,
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
        expires_at: expires_at.map(Timestamp::clamped),
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
    assert_eq!(
        f.keyring
            .list(Owners::All, None)
            .await
            .unwrap()
            .records
            .len(),
        2
    );
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

#[tokio::test]
async fn no_successor_lives_for_ever_because_its_end_is_beyond_the_calendar() {
    let f = fixture();
    let new = NewKey {
        expires_at: Some(Timestamp::MAX),
        ..acme()
    };
    let prefix = KeyPrefix::default();
    let old = f.keyring.issue(&prefix, new).await.unwrap().record;
    f.clock.advance(Duration::SECOND);
    let rotated = f
        .keyring
        .rotate(&old.id, &prefix, with_grace(Duration::DAY));
    let successor = rotated.await.unwrap().at_commit().issued.record;
    assert_eq!(successor.expires_at, Some(Timestamp::MAX.get()));
}

#[tokio::test]
async fn a_grace_beyond_the_calendar_is_refused() {
    let f = fixture();
    let prefix = KeyPrefix::default();
    let old = f.keyring.issue(&prefix, acme()).await.unwrap().record;
    for grace in [Duration::days(9_999_999), Duration::MAX] {
        let refused = f.keyring.rotate(&old.id, &prefix, with_grace(grace)).await;
        let refused = refused.unwrap_err();
        let too_far = KeyringError::Transition(TransitionError::TooFar);
        assert_eq!(refused.to_string(), too_far.to_string());
    }
    let rotation = with_grace(Duration::DAY);
    let rotated = f.keyring.rotate(&old.id, &prefix, rotation).await;
    rotated.unwrap().at_commit();
    for by in [Duration::days(9_999_999), Duration::MAX] {
        let refused = f.keyring.extend_rotation(&old.id, by).await.unwrap_err();
        assert!(matches!(
            refused,
            KeyringError::Transition(TransitionError::TooFar)
        ));
    }
}
