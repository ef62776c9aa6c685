//! Whom a client sees in its part of the audit trail.

use crate::provider::{NOW, Provider, client};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, ActorKind, AuditAction};
use central_logger_keyring::Keyring;
use central_logger_keys::{KeyHasher, KeyId, Scope, Scopes};
use central_logger_operations::{Caller, Operations, rights::ClientRights};
use central_logger_sessions::{Session, SessionLengths, SessionStore, SessionToken};
use serde_json::json;

const ACME: &str = "acme_corp";

/// What records in the name of a person.
fn keyring_of(provider: &Provider, session: &KeyId) -> Keyring {
    let actor = Actor::of(ActorKind::Session, Some(session.as_str()), "Alice");
    let keyring = provider.again().keyring().clone();
    keyring.in_the_name_of(actor)
}

async fn record(keyring: &Keyring, action: AuditAction, what: &str) {
    let owner = client(ACME);
    let recorded = keyring.record_session(action, Some(&owner), what).await;
    recorded.unwrap().at_commit();
}

async fn sign_in(provider: &Provider, by_provider: bool) -> KeyId {
    let (id, owner) = (KeyId::generate().unwrap(), client(ACME).into());
    let scopes = Scopes::from(vec![Scope::LOGS_READ]);
    let mut session = Session::beginning(id, owner, scopes, NOW, SessionLengths::default());
    session.by_provider = by_provider;
    let hash = SessionToken::generate().unwrap().hash();
    let added = provider.sessions.add(&session, &hash, None).await;
    added.unwrap();
    let told = json!({"session_id": session.id, "by_provider": by_provider}).to_string();
    let keyring = keyring_of(provider, &session.id);
    record(&keyring, AuditAction::SignIn, &told).await;
    session.id
}

#[tokio::test]
async fn a_person_is_known_while_the_session_is_kept_or_began_not_far_before() {
    let provider = Provider::new();
    let key = provider.issue(ACME).await.result.record;
    let live = sign_in(&provider, false).await;
    let ended = sign_in(&provider, false).await;
    let of_provider = sign_in(&provider, true).await;
    provider.sessions.end(&ended).await.unwrap();

    let rights = ClientRights::of_key(&key).unwrap();
    let actor = Actor::of(ActorKind::Key, Some(key.id.as_str()), "a key");
    let operations = Operations::new(
        provider.operations.stores().clone(),
        HashPool::new(KeyHasher::new()),
        provider.clock.clone(),
        Caller::Client { actor, rights },
    );
    // Each does something, after so many entries in all.
    let kinds_after = async |after| {
        for session in [&live, &ended, &of_provider] {
            let keyring = keyring_of(&provider, session);
            record(&keyring, AuditAction::Link, "{}").await;
        }
        let page = operations.own_audit(after, 10).await.unwrap();
        let actors = page.entries.into_iter().map(|entry| entry.actor.kind);
        actors.collect::<Vec<_>>()
    };
    assert_eq!(kinds_after(4).await, ["session", "session", "provider"]);
    let keyring = keyring_of(&provider, &live);
    for _ in 0..1000 {
        record(&keyring, AuditAction::Link, "{}").await;
    }
    let kinds = kinds_after(1007).await;
    assert_eq!(kinds, ["session", "provider", "provider"]);
}
