//! Making links.

use super::{NOW, Provider, URL, revealed, to_acme};
use central_logger_key_store::{KeyStatus, NamedRequest, NewKey};
use central_logger_operations::{Once, Operations};
use central_logger_reveal_links::{NewRevealLink, RevealLinks};
use central_logger_times::Timestamp;
use time::Duration;

#[tokio::test]
async fn a_named_request_makes_one_link() {
    let provider = Provider::new();
    let request = || Some(NamedRequest::new("key", "POST /links", "one", b"{}"));
    let make =
        async |operations: Operations| RevealLinks::of(&operations).make(to_acme(), URL).await;
    let first = provider.operations.once(request(), make).await.unwrap();
    let Once::Done(made) = first else {
        panic!("{first:?}");
    };
    let again = provider.operations.once(request(), make).await.unwrap();
    let Once::Repeated(repeated) = again else {
        panic!("{again:?}");
    };
    assert_eq!(repeated.result.keys.first(), Some(&made.result.id));
    let links = RevealLinks::of(&provider.operations);
    assert_eq!(links.list(None).await.unwrap().links.len(), 1);
}

#[tokio::test]
async fn a_link_is_made_for_a_while_and_never_for_longer_than_its_key() {
    let provider = Provider::new();
    let links = RevealLinks::of(&provider.operations);
    for valid in [Duration::ZERO, Duration::days(31)] {
        let new = NewRevealLink {
            valid: Some(valid),
            ..to_acme()
        };
        let refused = links.make(new, URL).await.unwrap_err();
        assert_eq!(refused.code(), "invalid_link");
    }
    let ending = |at| {
        NewRevealLink::for_key(NewKey {
            expires_at: Some(Timestamp::clamped(at)),
            ..NewKey::for_client("acme_corp".parse().unwrap())
        })
    };
    let made = provider.make(ending(NOW + Duration::HOUR)).await;
    assert_eq!(made.expires_at, NOW + Duration::HOUR);
    let refused = links.make(ending(NOW), URL).await.unwrap_err();
    assert_eq!(refused.code(), "invalid_expiry");
    let record = revealed(provider.reveal(&made, None).await).issued.record;
    assert_eq!(record.status(NOW), KeyStatus::Active);
    let of_provider = NewRevealLink::for_key(NewKey::for_provider());
    let refused = links.make(of_provider, URL).await.unwrap_err();
    assert_eq!(refused.code(), "invalid_link");
}
