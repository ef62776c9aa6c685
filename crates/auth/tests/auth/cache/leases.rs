//! For how long remembered keys are used, and that changes reach them.

use super::{fixture, one, text};
use central_logger_auth::{
    InvalidReason, KeyCache, Origin, PresentedCredential, Refusal, VerificationRequest,
};
use central_logger_key_store::KeyStatus;
use central_logger_keyring::Rotation;
use central_logger_keys::KeyPrefix;
use central_logger_times::Clock;
use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
};
use time::Duration;

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
