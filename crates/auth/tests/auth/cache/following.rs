//! Followers: what they hear of, how they end, and by which clock things are removed.

use super::{Fixture, acme, fixture, one, text};
use central_logger_auth::{Origin, PresentedCredential, VerificationRequest};
use central_logger_health::Conditions;
use central_logger_key_store::{AuditTrail, LeaseStore, feed::StoreTime};
use central_logger_keys::KeyPrefix;
use central_logger_times::Clock;
use time::Duration;

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
