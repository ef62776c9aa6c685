//! How a link gives its key, once.

use super::{HERE, NOW, Provider, URL, is_gone, revealed, to_acme};
use central_logger_key_activity::AlertKind;
use central_logger_key_store::{NewKey, reveal_link::RevealState};
use central_logger_keyring::{KeyringError, Rotation};
use central_logger_keys::{Scope, Scopes};
use central_logger_operations::OperationError;
use central_logger_reveal_links::{NewRevealLink, RevealLinks};
use central_logger_sessions::LinkToken;
use time::Duration;

#[tokio::test]
async fn a_key_comes_into_being_when_it_is_revealed() {
    let provider = Provider::new();
    let made = provider.make(to_acme()).await;
    assert_eq!(made.expires_at, NOW + Duration::DAY);
    assert_eq!(provider.link(&made).await.state, RevealState::Waiting);

    let holder = provider.holder();
    for _ in 0..2 {
        assert_eq!(holder.look(&made.token).await.unwrap(), Some(false));
    }
    let opened = provider.link(&made).await;
    assert_eq!(opened.state, RevealState::Opened);
    assert_eq!(opened.opened_from.as_deref(), Some(HERE));
    assert_eq!(provider.keys().await, 0, "there is nothing of it before");

    provider.clock.advance(Duration::HOUR);
    let key = revealed(provider.reveal(&made, None).await);
    let record = &key.issued.record;
    assert_eq!(key.issued.api_key.key_id(), Some(&record.id));
    assert_eq!(record.owner.as_str(), "acme_corp");
    assert_eq!(record.created_at, NOW + Duration::HOUR);
    assert_eq!(provider.keys().await, 1);

    let link = provider.link(&made).await;
    assert_eq!(link.state, RevealState::Revealed);
    assert_eq!(link.key_id.as_ref(), Some(&record.id));
    assert_eq!(link.revealed_at, Some(NOW + Duration::HOUR));
    assert_eq!(link.revealed_from.as_deref(), Some(HERE));
    assert_eq!(holder.look(&made.token).await.unwrap(), None);

    let trail = provider.stores.keys.audit(0, 10).await.unwrap();
    let told: Vec<_> = trail
        .iter()
        .map(|entry| (entry.action.as_str(), entry.actor.name()))
        .collect();
    assert_eq!(
        told,
        [("reveal_link", "alice@ops"), ("issue", "reveal link")]
    );
    assert_eq!(trail[1].actor.id(), Some(made.id.as_str()));
    assert_eq!(trail[1].actor.network(), Some(HERE));
    let text = format!("{trail:?}");
    assert!(!text.contains(made.token.expose_secret()));
    let report = provider.operations.keyring().audit(|_| {}).await.unwrap();
    assert_eq!(report.faults, []);
}

#[tokio::test]
async fn a_second_attempt_gets_nothing_and_raises_an_alert() {
    let provider = Provider::new();
    let made = provider.make(to_acme()).await;
    let key = revealed(provider.reveal(&made, None).await);
    for _ in 0..2 {
        assert!(is_gone(&provider.reveal(&made, None).await));
    }
    assert_eq!(provider.keys().await, 1);
    let alerts = provider.alerts().await;
    let [(kind, count, evidence)] = &alerts[..] else {
        panic!("{alerts:?}");
    };
    assert_eq!((*kind, *count), (AlertKind::RevealLink, 2));
    let id = key.issued.record.id.as_str();
    assert!(
        evidence.contains(id) && evidence.contains(HERE),
        "{evidence}"
    );
    let never = LinkToken::generate().unwrap();
    let holder = provider.holder();
    assert!(is_gone(&holder.reveal(&never, None).await.unwrap()));
    assert_eq!(provider.alerts().await.len(), 1);
}

#[tokio::test]
async fn of_many_who_reveal_at_once_one_gets_a_key() {
    let provider = Provider::new();
    let made = provider.make(to_acme()).await;
    let [one, two, three, four] = [(); 4].map(|()| provider.reveal(&made, None));
    let all = tokio::join!(one, two, three, four);
    let all = [all.0, all.1, all.2, all.3];
    assert_eq!(
        all.iter().filter(|each| is_gone(each)).count(),
        3,
        "{all:?}"
    );
    assert_eq!(provider.keys().await, 1);
}

#[tokio::test]
async fn the_grace_of_a_rotation_begins_when_the_successor_is_revealed() {
    let provider = Provider::new();
    let new = NewKey {
        scopes: Scopes::from(vec![Scope::LOGS_WRITE]),
        ..NewKey::for_client("acme_corp".parse().unwrap())
    };
    let old = provider.operations.issue(&provider.prefix, new).await;
    let old = old.unwrap().result.record.id;
    let rotation = Rotation {
        grace: Duration::DAY,
        expires_at: None,
    };
    let successor = || NewRevealLink {
        valid: Some(Duration::days(7)),
        ..NewRevealLink::for_successor(old.clone(), rotation)
    };
    let (made, late) = (
        provider.make(successor()).await,
        provider.make(successor()).await,
    );
    assert_eq!(provider.link(&made).await.replaces, Some(old.clone()));
    provider.clock.advance(Duration::days(3));
    let before = provider.operations.keyring().show(&old).await.unwrap();
    assert_eq!(before.grace_ends_at, None, "nothing is changed yet");

    let key = revealed(provider.reveal(&made, None).await);
    assert_eq!(key.issued.record.predecessor, Some(old.clone()));
    assert_eq!(key.issued.record.scopes, before.scopes);
    let replaced = key.replaced.unwrap();
    assert_eq!(replaced.key_id, old);
    assert_eq!(replaced.works_until, Some(NOW + Duration::days(4)));
    // A key has one successor.
    let token = &late.token;
    let refused = provider.holder().reveal(token, None).await.unwrap_err();
    assert!(
        matches!(
            refused,
            OperationError::Keyring(KeyringError::Transition(_))
        ),
        "{refused:?}"
    );
    let links = RevealLinks::of(&provider.operations);
    let refused = links.make(successor(), URL).await.unwrap_err();
    assert_eq!(refused.code(), "wrong_status");
}
