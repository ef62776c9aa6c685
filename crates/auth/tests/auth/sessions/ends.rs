//! How sessions end.

use super::{acme, fixture};
use central_logger_key_store::NewKey;
use central_logger_keyring::{KeySelection, Rotation};
use central_logger_keys::{KeyId, KeyPrefix, Scope};
use central_logger_sessions::{Session, SessionStore};
use central_logger_times::{Clock, Timestamp};
use time::Duration;

#[tokio::test]
async fn a_session_ends_without_use_and_lasts_with_it_up_to_its_end() {
    let f = fixture();
    let token = f.add(&f.of_person()).await;
    for _ in 0..24 {
        f.get(&token).await.unwrap();
        f.clock.advance(Duration::minutes(29));
    }
    f.clock
        .advance(Duration::minutes(24) - Duration::MILLISECOND);
    // Twelve hours less a millisecond, and used each half hour.
    let used = f.get(&token).await;
    assert!(used.is_err(), "the last use was 53 minutes ago");

    let token = f.add(&f.of_person()).await;
    for _ in 0..47 {
        f.clock.advance(Duration::minutes(15));
        f.get(&token).await.unwrap();
    }
    f.clock
        .advance(Duration::minutes(15) - Duration::MILLISECOND);
    f.get(&token).await.unwrap();
    f.clock.advance(Duration::MILLISECOND);
    f.assert_ended(&token, "twelve hours are over").await;
}

#[tokio::test]
async fn a_session_that_was_ended_is_refused_at_once() {
    let f = fixture();
    let session = f.of_person();
    let token = f.add(&session).await;
    let principal = f.get(&token).await.unwrap();
    let still_good = |required| f.authenticator.is_still_good(&principal, required);
    assert!(still_good(Some(Scope::LOGS_READ)).await.unwrap());
    assert!(!still_good(Some(Scope::LOGS_WRITE)).await.unwrap());
    f.sessions.end(&session.id).await.unwrap();
    f.assert_ended(&token, "it was ended").await;
    assert!(!still_good(None).await.unwrap());
}

#[tokio::test]
async fn a_session_ends_with_its_key() {
    let f = fixture();
    for how in ["revoked", "disabled", "expired", "rotated"] {
        let key = f.issue(NewKey {
            expires_at: (how == "expired")
                .then(|| Timestamp::clamped(f.clock.now() + Duration::minutes(5))),
            ..acme()
        });
        let key = key.await.record;
        let token = f.add(&f.of_key(&key)).await;
        let principal = f.get(&token).await.unwrap();
        assert_eq!(principal.key_id(), &key.id);
        match how {
            "revoked" => {
                let one = KeySelection::Id(key.id.clone());
                f.keyring.revoke(&one, None).await.unwrap().at_commit();
            }
            "disabled" => assert!(f.keyring.disable(&key.id).await.unwrap().at_commit()),
            "expired" => f.clock.advance(Duration::minutes(5)),
            _ => {
                let rotation = Rotation {
                    grace: Duration::minutes(5),
                    expires_at: None,
                };
                let prefix = KeyPrefix::default();
                let rotated = f.keyring.rotate(&key.id, &prefix, rotation).await.unwrap();
                drop(rotated.at_commit());
                f.get(&token).await.unwrap();
                f.clock.advance(Duration::minutes(5));
            }
        }
        f.assert_ended(&token, how).await;
        let still = f.authenticator.is_still_good(&principal, None).await;
        assert!(!still.unwrap(), "{how}");
    }
    let unknown = Session {
        key_id: Some(KeyId::generate().unwrap()),
        ..f.of_person()
    };
    let token = f.add(&unknown).await;
    f.assert_ended(&token, "its key is not there").await;
}
