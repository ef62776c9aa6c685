//! How links end without a key.

use super::{Made, Provider, URL, is_gone, operations, revealed, static_entries, to_acme};
use central_logger_key_store::{
    Actor, KeyMaker, NewKey,
    reveal_link::{RevealLink, RevealState},
};
use central_logger_keys::{KeyId, Scope, Scopes};
use central_logger_operations::{Caller, keys::NewProviderKey, rights::ProviderRights};
use central_logger_reveal_links::{NewRevealLink, RevealLinks, Revealing};
use time::Duration;

#[tokio::test]
async fn the_fifth_wrong_passphrase_withdraws_a_link() {
    let provider = Provider::new();
    let new = || NewRevealLink {
        passphrase: Some("open sesame".parse().unwrap()),
        ..to_acme()
    };
    let (made, other) = (provider.make(new()).await, provider.make(new()).await);
    assert_eq!(
        provider.holder().look(&made.token).await.unwrap(),
        Some(true)
    );
    let asked = provider.reveal(&made, None).await;
    assert!(matches!(asked, Revealing::NeedsPassphrase), "{asked:?}");
    for left in (0..RevealLink::MOST_TRIES).rev() {
        let refused = provider.reveal(&made, Some("open barley")).await;
        let is_refused = matches!(refused, Revealing::WrongPassphrase { left: l } if l == left);
        assert!(is_refused, "{refused:?}");
    }
    for _ in 1..RevealLink::MOST_TRIES {
        let refused = provider.reveal(&other, Some("open rye")).await;
        assert!(matches!(refused, Revealing::WrongPassphrase { .. }));
    }
    revealed(provider.reveal(&other, Some("open sesame")).await);
    assert!(is_gone(&provider.reveal(&made, Some("open sesame")).await));
    assert_eq!(provider.link(&made).await.state, RevealState::Withdrawn);
    assert_eq!(provider.keys().await, 1, "the fifth of the other was right");
    let alerts = provider.alerts().await;
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(alerts[0].2.contains("5 wrong passphrases"), "{alerts:?}");
}

#[tokio::test]
async fn a_link_that_has_ended_gives_no_key() {
    let provider = Provider::new();
    let links = RevealLinks::of(&provider.operations);
    let expired = NewRevealLink {
        valid: Some(Duration::HOUR),
        ..to_acme()
    };
    let (expired, withdrawn) = (provider.make(expired).await, provider.make(to_acme()).await);
    let view = links.withdraw(&withdrawn.id).await.unwrap().result;
    assert_eq!(view.state, RevealState::Withdrawn);
    provider.clock.advance(Duration::HOUR);
    assert_eq!(provider.link(&expired).await.state, RevealState::Expired);
    for made in [&expired, &withdrawn] {
        assert_eq!(provider.holder().look(&made.token).await.unwrap(), None);
        assert!(is_gone(&provider.reveal(made, None).await));
    }
    assert_eq!(
        (provider.keys().await, provider.alerts().await),
        (0, vec![])
    );
    // Nothing is left to withdraw.
    let before = provider.stores.keys.head().await.unwrap();
    links
        .withdraw(&expired.id)
        .await
        .unwrap()
        .everywhere()
        .await
        .unwrap();
    assert_eq!(provider.stores.keys.head().await.unwrap(), before);

    let used = provider.make(to_acme()).await;
    revealed(provider.reveal(&used, None).await);
    let refused = links.withdraw(&used.id).await.unwrap_err();
    assert_eq!(refused.code(), "link_used");
    let unknown = links.withdraw(&KeyId::generate().unwrap()).await;
    assert_eq!(unknown.unwrap_err().code(), "unknown_link");
}

#[tokio::test]
async fn a_link_ends_with_the_key_that_made_it() {
    let provider = Provider::new();
    let new = NewProviderKey {
        scopes: vec![Scope::PROVIDER_READ, Scope::PROVIDER_WRITE],
        ..NewProviderKey::default()
    };
    let issued = provider
        .operations
        .issue_provider_key(&provider.prefix, new);
    let maker = issued.await.unwrap().result.record.id;
    let rights = |scopes: Vec<Scope>| ProviderRights {
        maker: KeyMaker::Key(maker.clone()),
        scopes: Scopes::from(scopes),
    };
    let program = |scopes| {
        let actor = Actor::new("program");
        let rights = rights(scopes);
        operations(
            &provider.stores,
            &provider.clock,
            Caller::ProviderKey { actor, rights },
        )
    };
    let reading = program(vec![Scope::PROVIDER_READ]);
    let refused = RevealLinks::of(&reading).make(to_acme(), URL).await;
    assert!(refused.is_err());

    let writing = program(vec![Scope::PROVIDER_READ, Scope::PROVIDER_WRITE]);
    let links = RevealLinks::of(&writing);
    let [used, unused] = [
        Made::of(links.make(to_acme(), URL).await.unwrap().result),
        Made::of(links.make(to_acme(), URL).await.unwrap().result),
    ];
    let key = revealed(provider.reveal(&used, None).await);
    assert_eq!(key.issued.record.made_by, KeyMaker::Key(maker.clone()));

    let revoked = provider.operations.revoke_provider_key(&maker, None, true);
    let revoked = revoked.await.unwrap().result.revoked;
    assert!(revoked.contains(&key.issued.record.id));
    assert!(is_gone(&provider.reveal(&unused, None).await));
    assert_eq!(provider.link(&unused).await.state, RevealState::Withdrawn);
    let after = links.make(to_acme(), URL).await;
    assert!(after.is_err(), "its maker is not valid any more");
}

#[tokio::test]
async fn to_revoke_all_of_a_client_withdraws_its_links() {
    let provider = Provider::new();
    let (made, used) = (
        provider.make(to_acme()).await,
        provider.make(to_acme()).await,
    );
    let key = revealed(provider.reveal(&used, None).await)
        .issued
        .record
        .id;
    let other = NewKey::for_client("widget_co".parse().unwrap());
    let other = provider.make(NewRevealLink::for_key(other)).await;
    let client = "acme_corp".parse().unwrap();
    let entries = static_entries("{}");
    let revoked = provider.operations.revoke_client(&client, None, entries);
    let revoked = revoked.await.unwrap().result;
    assert_eq!(revoked.revoked, [key]);
    assert_eq!(revoked.links_withdrawn, Some(1));
    assert!(is_gone(&provider.reveal(&made, None).await));
    revealed(provider.reveal(&other, None).await);
}
