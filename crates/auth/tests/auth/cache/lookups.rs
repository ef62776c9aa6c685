//! How often the store is asked.

use super::{acme, fixture, text};
use central_logger_auth::{Origin, PresentedCredential, VerificationRequest};
use central_logger_keys::{ApiKey, KeyId};
use central_logger_times::Clock;
use std::{future::poll_fn, pin::pin, sync::atomic::Ordering, task::Poll};

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
