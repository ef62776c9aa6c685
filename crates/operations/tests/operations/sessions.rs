//! Sign-in links and sessions, over stores in memory.

use crate::provider::{NOW, Provider, code, new_key, static_entries};
use central_logger_key_store::{ActorKind, AuditAction, AuditTrail, NewKey};
use central_logger_keys::{ClientId, KeyId, KeyOwner, Scope, Scopes};
use central_logger_operations::sessions::{
    Begun, LinkMaker, MadeLink, NewSignInLink, SessionOperations, SessionView,
};
use central_logger_sessions::{LinkToken, SessionLengths, SessionStore, SignInLink};
use serde_json::json;
use std::collections::HashSet;
use time::Duration;

const BASE: &str = "https://logs.example.com";

fn acme() -> KeyOwner {
    "acme_corp".parse::<ClientId>().unwrap().into()
}

fn sessions(provider: &Provider) -> SessionOperations {
    provider.again().sessions()
}

async fn link_of(provider: &Provider, new: NewSignInLink) -> (MadeLink, LinkToken) {
    let made = sessions(provider).make_link(new, None, BASE).await.unwrap();
    let token = made.url.strip_prefix("https://logs.example.com/sign-in/");
    let token = token.unwrap().parse().unwrap();
    (made, token)
}

async fn redeem(provider: &Provider, link: &LinkToken) -> Option<Begun> {
    let lengths = SessionLengths::default();
    let sessions = sessions(provider);
    let redeemed = sessions.redeem(link, lengths, Some("192.0.2.0/24"));
    redeemed.await.unwrap()
}

#[tokio::test]
async fn a_link_makes_one_session_and_the_trail_tells_of_both() {
    let provider = Provider::new();
    let new = NewSignInLink {
        name: Some("Alice".parse().unwrap()),
        scopes: Some("logs:read keys:manage".parse().unwrap()),
        ..NewSignInLink::for_owner(acme())
    };
    let (made, token) = link_of(&provider, new).await;
    assert_eq!(made.expires_at, NOW + Duration::minutes(15));
    let members = serde_json::to_value(&made).unwrap();
    assert_eq!(
        members,
        json!({"url": made.url, "expires_at": "2026-03-01T12:15:00Z"})
    );
    assert!(sessions(&provider).is_good(&token).await.unwrap());
    let begun = redeem(&provider, &token).await.unwrap();
    assert!(!sessions(&provider).is_good(&token).await.unwrap());
    assert!(redeem(&provider, &token).await.is_none());
    let found = provider.sessions.find(&begun.token.hash()).await.unwrap();
    let session = found.unwrap();
    assert_eq!(
        (session.owner.clone(), session.name.unwrap().as_str()),
        (acme(), "Alice")
    );
    assert_eq!(
        session.scopes,
        "logs:read keys:manage".parse::<Scopes>().unwrap()
    );

    let ended = sessions(&provider).end(&session.id).await.unwrap();
    assert_eq!(ended.ended, std::slice::from_ref(&session.id));
    let again = sessions(&provider).end(&session.id).await;
    assert_eq!(code(again), "unknown_session");
    let trail = provider.keys.audit(0, 10).await.unwrap();
    let actions: Vec<_> = trail.iter().map(|entry| entry.action).collect();
    assert_eq!(
        actions,
        [AuditAction::Link, AuditAction::SignIn, AuditAction::SignOut]
    );
    let signed_in = &trail[1];
    assert_eq!(signed_in.client_id.as_ref(), acme().client());
    let actor = &signed_in.actor;
    assert_eq!(
        (actor.kind(), actor.name()),
        (Some(ActorKind::Session), "Alice")
    );
    assert_eq!(
        (actor.id(), actor.network()),
        (Some(session.id.as_str()), Some("192.0.2.0/24"))
    );
    assert!(
        trail
            .iter()
            .all(|entry| !entry.after.contains(token.expose_secret()))
    );
    assert!(provider.again().verify_audit(None).await.unwrap().intact);
}

#[tokio::test]
async fn a_link_without_scopes_lets_a_person_read() {
    let provider = Provider::new();
    for (owner, scope) in [
        (acme(), Scope::LOGS_READ),
        (KeyOwner::Provider, Scope::PROVIDER_READ),
    ] {
        let (_, token) = link_of(&provider, NewSignInLink::for_owner(owner)).await;
        let begun = redeem(&provider, &token).await.unwrap();
        assert_eq!(begun.session.scopes, Scopes::from(vec![scope]));
    }
}

#[tokio::test]
async fn a_link_that_cannot_be_is_refused() {
    let provider = Provider::new();
    let new = || NewSignInLink::for_owner(acme());
    let scopes = |text: &str| Some(text.parse().unwrap());
    let name = "é".repeat(129).parse().unwrap();
    for (new, expected) in [
        (
            NewSignInLink {
                scopes: scopes("provider:read"),
                ..new()
            },
            "wrong_scope",
        ),
        (
            NewSignInLink {
                valid: Some(Duration::hours(25)),
                ..new()
            },
            "invalid_link",
        ),
        (
            NewSignInLink {
                valid: Some(Duration::ZERO),
                ..new()
            },
            "invalid_link",
        ),
        (
            NewSignInLink {
                name: Some(name),
                ..new()
            },
            "invalid_link",
        ),
    ] {
        let made = sessions(&provider).make_link(new, None, BASE).await;
        assert_eq!(code(made), expected);
    }
}

#[tokio::test]
async fn a_link_of_a_key_has_no_more_than_it_and_ends_with_it() {
    let provider = Provider::new();
    let key = provider
        .issue_new(NewKey::for_provider())
        .await
        .result
        .record;
    let maker = LinkMaker {
        owner: &key.owner,
        scopes: &key.scopes,
        key_id: Some(&key.id),
    };
    let writing = NewSignInLink {
        scopes: Some(Scopes::from(vec![Scope::PROVIDER_WRITE])),
        ..NewSignInLink::for_owner(KeyOwner::Provider)
    };
    let made = sessions(&provider)
        .make_link(writing, Some(maker), BASE)
        .await;
    assert_eq!(code(made), "missing_scope");
    let of_client = NewSignInLink::for_owner(acme());
    let made = sessions(&provider)
        .make_link(of_client, Some(maker), BASE)
        .await;
    let url = made.unwrap().url;
    let token = url
        .rsplit_once('/')
        .unwrap()
        .1
        .parse::<LinkToken>()
        .unwrap();
    let revoked = provider.again().revoke(&key.id, None).await;
    drop(revoked.unwrap().not_waiting());
    assert!(!sessions(&provider).is_good(&token).await.unwrap());
    assert!(redeem(&provider, &token).await.is_none());
}

#[tokio::test]
async fn a_client_sees_the_ids_of_its_own_keys_alone() {
    let provider = Provider::new();
    let of_client = provider.issue("acme_corp").await.result.record;
    let of_provider = provider.issue_new(NewKey::for_provider()).await;
    let of_provider = of_provider.result.record;
    let operations = sessions(&provider);
    let begun = operations.begin(&of_client, SessionLengths::default());
    begun.await.unwrap();
    let maker = LinkMaker {
        owner: &of_provider.owner,
        scopes: &of_provider.scopes,
        key_id: Some(&of_provider.id),
    };
    let new = NewSignInLink::for_owner(acme());
    let made = operations.make_link(new, Some(maker), BASE).await.unwrap();
    let token = made.url.rsplit_once('/').unwrap().1.parse().unwrap();
    redeem(&provider, &token).await.unwrap();

    let mut listed = operations.list(Some(&acme())).await.unwrap().sessions;
    let keys = |listed: &[SessionView]| {
        let keys = listed.iter().filter_map(|session| session.key_id.clone());
        keys.collect::<HashSet<_>>()
    };
    let own = of_client.id.clone();
    let both = HashSet::from([own.clone(), of_provider.id]);
    assert_eq!(keys(&listed), both);
    let hidden = operations.hide_keys_of_provider(&mut listed).await;
    hidden.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(keys(&listed), HashSet::from([own]));
}

#[tokio::test]
async fn a_session_of_a_key_lasts_no_longer_than_it() {
    let provider = Provider::new();
    let new = NewKey {
        name: Some("deploy".parse().unwrap()),
        expires_at: Some(central_logger_times::Timestamp::clamped(
            NOW + Duration::HOUR,
        )),
        ..new_key("acme_corp")
    };
    let key = provider.issue_new(new).await.result.record;
    let begun = sessions(&provider)
        .begin(&key, SessionLengths::default())
        .await
        .unwrap();
    let session = begun.session;
    assert_eq!(session.expires_at, NOW + Duration::HOUR);
    assert_eq!(
        (session.key_id.as_ref(), session.name.as_deref()),
        (Some(&key.id), Some("deploy"))
    );
    let listed = sessions(&provider)
        .list(Some(&acme()))
        .await
        .unwrap()
        .sessions;
    assert_eq!(listed, std::slice::from_ref(&session));
    let members = serde_json::to_value(&listed[0]).unwrap();
    assert_eq!(members["session_id"], *session.session_id.as_str());
    let others = sessions(&provider)
        .list(Some(&KeyOwner::Provider))
        .await
        .unwrap();
    assert!(others.sessions.is_empty());
}

#[tokio::test]
async fn to_revoke_all_of_a_client_ends_its_sessions_and_withdraws_its_links() {
    let provider = Provider::new();
    let key = provider.issue("acme_corp").await.result.record;
    let begun = sessions(&provider)
        .begin(&key, SessionLengths::default())
        .await
        .unwrap();
    let (_, unused) = link_of(&provider, NewSignInLink::for_owner(acme())).await;
    let other: KeyOwner = "widget_co".parse::<ClientId>().unwrap().into();
    let (_, elsewhere) = link_of(&provider, NewSignInLink::for_owner(other)).await;
    let client = acme().client().unwrap().clone();
    let revoke = || async {
        let operations = provider.again();
        operations
            .revoke_client(&client, None, static_entries("{}"))
            .await
    };
    let revoked = revoke().await.unwrap().not_waiting();
    let members = serde_json::to_value(&revoked).unwrap();
    assert_eq!(members["revoked"], json!([key.id]));
    assert_eq!(
        (&members["sessions_ended"], &members["links_withdrawn"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        provider.sessions.find(&begun.token.hash()).await.unwrap(),
        None
    );
    assert!(redeem(&provider, &unused).await.is_none());
    assert!(redeem(&provider, &elsewhere).await.is_some());

    // A client without a key may have sessions all the same.
    let new = crate::provider::client("new_co");
    link_of(&provider, NewSignInLink::for_owner(new.clone().into())).await;
    let operations = provider.again();
    let revoked = operations
        .revoke_client(&new, None, static_entries("{}"))
        .await;
    assert!(revoked.unwrap().result.revoked.is_empty());
    let again = operations
        .revoke_client(&new, None, static_entries("{}"))
        .await;
    assert_eq!(code(again), "no_keys");
}

#[tokio::test]
async fn to_disable_a_key_ends_its_sessions_for_good() {
    let provider = Provider::new();
    let (mut keys, mut tokens) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let key = provider.issue("acme_corp").await.result.record;
        let of_keys = sessions(&provider);
        let begun = of_keys.begin(&key, SessionLengths::default());
        tokens.push(begun.await.unwrap().token);
        keys.push(key);
    }
    let live = || async {
        let (mut live, sessions) = (Vec::new(), &provider.sessions);
        for token in &tokens {
            live.push(sessions.find(&token.hash()).await.unwrap().is_some());
        }
        live
    };
    assert_eq!(live().await, [true, true]);
    drop(provider.again().disable(&keys[0].id).await.unwrap());
    assert_eq!(live().await, [false, true]);
    // One that began at that moment has ended, too.
    let of_keys = sessions(&provider);
    let late = of_keys.begin(&keys[0], SessionLengths::default());
    assert_eq!(code(late.await), "wrong_status");
    drop(provider.again().enable(&keys[0].id).await.unwrap());
    assert_eq!(live().await, [false, true]);
    let listed = sessions(&provider).list(Some(&acme())).await.unwrap();
    assert_eq!(listed.sessions.len(), 1);
    let trail = provider.keys.audit(0, 100).await.unwrap();
    let ends = trail
        .iter()
        .filter(|entry| entry.action == AuditAction::SignOut);
    assert_eq!(ends.count(), 2, "of the first, and of the late one");
}

#[tokio::test]
async fn a_link_whose_key_is_gone_is_refused() {
    let provider = Provider::new();
    let token = LinkToken::generate().unwrap();
    let link = SignInLink {
        id: KeyId::generate().unwrap(),
        owner: acme(),
        name: None,
        scopes: Scopes::from(vec![Scope::LOGS_READ]),
        key_id: Some(KeyId::generate().unwrap()),
        by_provider: false,
        created_at: NOW,
        valid_until: NOW + Duration::HOUR,
        used_at: None,
    };
    provider
        .sessions
        .add_link(&link, &token.hash(), None)
        .await
        .unwrap();
    assert!(redeem(&provider, &token).await.is_none());
}
