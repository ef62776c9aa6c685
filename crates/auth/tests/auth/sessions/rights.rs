//! What sessions may do, and what counts them.

use super::{Request, acme, fixture};
use central_logger_auth::Refusal;
use central_logger_key_store::{ActorKind, NewKey};
use central_logger_keyring::KeySelection;
use central_logger_keys::Scope;
use central_logger_sessions::{Session, SessionToken};

#[tokio::test]
async fn a_session_names_its_client_and_its_person() {
    let f = fixture();
    let session = f.of_person();
    let token = f.add(&session).await;
    let principal = f.get(&token).await.unwrap();
    assert_eq!(principal.client_id().as_str(), "acme");
    assert_eq!(principal.session(), Some(&session));
    assert_eq!(principal.scopes(), &session.scopes);
    assert_eq!(principal.expires_at(), Some(session.ends_at));
    let actor = principal.actor();
    assert_eq!(
        (actor.kind(), actor.name()),
        (Some(ActorKind::Session), "Alice")
    );
    assert_eq!(actor.id(), Some(session.id.as_str()));
    f.assert_ended(&SessionToken::generate().unwrap(), "there is none")
        .await;
    let garbage = Request::new("GET").with("cookie", &format!("{}=x", super::COOKIE));
    assert!(matches!(f.admit(garbage).await, Err(Refusal::SessionEnded)));
}

#[tokio::test]
async fn a_session_has_no_more_than_its_key() {
    let f = fixture();
    let key = f.issue(NewKey {
        allowed_from: "203.0.113.0/24".parse().unwrap(),
        scopes: [Scope::LOGS_READ].into_iter().collect(),
        rate_limit: Some("2/h".parse().unwrap()),
        ..acme()
    });
    let key = key.await;
    let wide = Session {
        scopes: Scope::OWN.into_iter().collect(),
        ..f.of_key(&key.record)
    };
    let token = f.add(&wide).await;
    let request = Request::new("GET").under(&token);
    let elsewhere = f.admit(request.clone().from("192.0.2.1")).await;
    assert!(matches!(elsewhere, Err(Refusal::ForbiddenAddress)));
    let request = request.from("203.0.113.9");
    let principal = f.admit(request.clone()).await.unwrap();
    assert_eq!(principal.scopes(), &key.record.scopes);
    // Both count in the same rate.
    let secret = key.api_key.expose_secret();
    let by_key = Request::new("GET")
        .with("x-api-key", secret)
        .from("203.0.113.9");
    f.admit(by_key).await.unwrap();
    assert!(matches!(f.admit(request).await, Err(Refusal::Limited(_))));
}

#[tokio::test]
async fn a_session_by_a_link_of_the_provider_ends_with_that_key_and_has_its_own_rights() {
    let f = fixture();
    let of_provider = f.issue(NewKey::for_provider()).await.record;
    let session = Session {
        key_id: Some(of_provider.id.clone()),
        ..f.of_person()
    };
    let token = f.add(&session).await;
    let principal = f.get(&token).await.unwrap();
    assert_eq!(
        (principal.key_id(), principal.scopes()),
        (&session.id, &session.scopes)
    );
    let revoked = f
        .keyring
        .revoke(&KeySelection::Id(of_provider.id), None)
        .await;
    revoked.unwrap().at_commit();
    f.assert_ended(&token, "the key that has made the link is revoked")
        .await;
    // A key of another client is nothing to it.
    let other = f
        .issue(NewKey::for_client("widget_co".parse().unwrap()))
        .await
        .record;
    let session = Session {
        key_id: Some(other.id),
        ..f.of_person()
    };
    let token = f.add(&session).await;
    f.assert_ended(&token, "its key is another client's").await;
}

#[tokio::test]
async fn the_quota_of_the_client_counts_sessions_too() {
    let f = fixture();
    f.issue(acme()).await;
    let one = std::num::NonZeroU64::new(1);
    let day = central_logger_key_store::quota::QuotaDimension::RequestsPerDay;
    let acme = "acme".parse().unwrap();
    let set = f
        .keyring
        .set_quota(&acme, |quota| quota.with(day, one))
        .await;
    set.unwrap().at_commit();
    let token = f.add(&f.of_person()).await;
    f.get(&token).await.unwrap();
    assert!(matches!(f.get(&token).await, Err(Refusal::Limited(_))));
}
