//! Changes on behalf of somebody, and of keys of the provider.

use super::{fixture, issue, rotation};
use central_logger_key_store::{
    AuditAction, AuditTrail, KeyMaker, KeyRecord, KeyStore, KeyUpdate, NewKey, Owners, Patch,
    ProviderSet, TransitionError,
    authority::{Denied, ProviderAuthority},
};
use central_logger_keyring::{KeySelection, KeyringError};
use central_logger_keys::{ApiKey, KeyOwner, KeyPrefix, MisplacedScope};
use std::sync::Arc;
use time::Duration;

#[tokio::test]
async fn an_update_changes_what_it_names_and_is_audited() {
    let f = fixture();
    let key = f.issue(Some("5/m")).await;
    let update = KeyUpdate {
        name: Patch::Set("night run".parse().unwrap()),
        networks: Patch::Set("203.0.113.0/24".parse().unwrap()),
        ..KeyUpdate::default()
    };
    let updated = f.provider.update(&key.id, &update).await.unwrap();
    let expected = KeyRecord {
        name: Some("night run".to_owned()),
        allowed_from: "203.0.113.0/24".parse().unwrap(),
        provider_set: "networks rate".parse().unwrap(),
        ..key.clone()
    };
    assert_eq!(updated.at_commit(), expected);
    assert_eq!(f.get(&key.id).await, expected);
    let entry = f.store.last_entry(&key.id).await.unwrap().unwrap();
    assert_eq!(entry.action, AuditAction::Update);
    assert!(entry.before.unwrap().contains(r#""client_name":null"#));
    assert!(entry.after.contains(r#""client_name":"night run""#));

    let head = f.store.head().await.unwrap();
    f.provider
        .update(&key.id, &update)
        .await
        .unwrap()
        .at_commit();
    assert_eq!(f.store.head().await.unwrap(), head, "nothing is new");
    let clear = KeyUpdate {
        name: Patch::Clear,
        networks: Patch::Clear,
        rate: Patch::Clear,
        ..KeyUpdate::default()
    };
    let cleared = f
        .provider
        .update(&key.id, &clear)
        .await
        .unwrap()
        .at_commit();
    let expected = KeyRecord {
        rate_limit: None,
        provider_set: ProviderSet::default(),
        ..key.clone()
    };
    assert_eq!(cleared, expected);

    let one = KeySelection::Id(key.id.clone());
    f.provider.revoke(&one, None).await.unwrap().at_commit();
    let refused = f.provider.update(&key.id, &update).await.unwrap_err();
    let is_revoked = matches!(
        refused,
        KeyringError::Transition(TransitionError::Revoked(_))
    );
    assert!(is_revoked, "{refused:?}");
    f.is_sound().await;
}

#[tokio::test]
async fn a_key_that_was_changed_in_between_is_not_changed() {
    let f = fixture();
    let key = f.issue(None).await;
    let update = KeyUpdate {
        note: Patch::Set("mine".parse().unwrap()),
        ..KeyUpdate::default()
    };
    let mine = f.provider.clone().if_match(vec![key.etag()]);
    mine.update(&key.id, &update).await.unwrap().at_commit();
    let one = KeySelection::Id(key.id.clone());
    let refused = [
        mine.update(&key.id, &update).await.unwrap_err(),
        mine.disable(&key.id).await.unwrap_err(),
        mine.enable(&key.id).await.unwrap_err(),
        mine.rotate(&key.id, &KeyPrefix::default(), rotation())
            .await
            .unwrap_err(),
        mine.finish_rotation(&key.id).await.unwrap_err(),
        mine.extend_rotation(&key.id, Duration::HOUR)
            .await
            .unwrap_err(),
        mine.revoke(&one, None).await.unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(error, KeyringError::Changed(_)), "{error:?}");
    }
    let now = f.get(&key.id).await;
    assert_ne!(now.etag(), key.etag());
    let now = f.provider.clone().if_match(vec![key.etag(), now.etag()]);
    now.revoke(&one, None).await.unwrap().at_commit();
}

#[tokio::test]
async fn keys_of_the_provider_have_its_scopes_and_the_form_of_generated_ones() {
    let f = fixture();
    let prefix = KeyPrefix::default();
    let issued = f.provider.issue(&prefix, NewKey::for_provider()).await;
    let key = issued.unwrap().record;
    assert_eq!(key.owner, KeyOwner::Provider);
    assert!(f.store.list(Owners::Clients).await.unwrap().is_empty());

    let scopes = NewKey::for_client("acme".parse().unwrap()).scopes;
    let of_client = NewKey {
        scopes: NewKey::for_provider().scopes,
        ..NewKey::for_client("acme".parse().unwrap())
    };
    let of_provider = NewKey {
        scopes,
        ..NewKey::for_provider()
    };
    for (new, is_expected) in [
        (
            of_client,
            (|scope| matches!(scope, MisplacedScope::OfProvider(_))) as fn(&MisplacedScope) -> bool,
        ),
        (of_provider, |scope| {
            matches!(scope, MisplacedScope::OfClients(_))
        }),
    ] {
        let refused = f.provider.issue(&prefix, new).await.unwrap_err();
        let is_right = matches!(&refused, KeyringError::Scope(scope) if is_expected(scope));
        assert!(is_right, "{refused:?}");
    }
    let opaque = ApiKey::parse("opaque_key_of_the_provider").unwrap();
    let refused = f.provider.import(opaque, NewKey::for_provider()).await;
    assert!(matches!(refused, Err(KeyringError::OpaqueProviderKey)));
    let successor = f.provider.rotate(&key.id, &prefix, rotation()).await;
    let successor = successor.unwrap().at_commit().issued.record;
    assert_eq!(successor.owner, KeyOwner::Provider);
    assert_eq!(successor.scopes, key.scopes);
    f.is_sound().await;
}

#[tokio::test]
async fn what_an_authority_denies_is_not_done_and_what_it_narrows_is_stored() {
    let f = fixture();
    let maker = f.issue(Some("100/s")).await;
    let made = f.made_by(&maker, Some("5/m")).await;
    assert_eq!(made.owner, maker.owner, "that is not for a review to say");
    assert_eq!(made.made_by, KeyMaker::Key(maker.id.clone()));
    assert_eq!(made.provider_set, ProviderSet::default());
    assert_eq!(f.shared(&made.id).await, format!("{}=100/s", maker.id));

    let by_maker = f.by(&maker);
    assert!(by_maker.disable(&made.id).await.unwrap().at_commit());
    assert!(!f.get(&made.id).await.provider_set.inactive);
    let denied = by_maker.enable(&made.id).await.unwrap_err();
    assert!(matches!(
        denied,
        KeyringError::Denied(Denied {
            code: "not_enabled",
            ..
        })
    ));
    assert!(!f.get(&made.id).await.is_active);
    // Off already, and now it is the provider who wants it so.
    assert!(!f.provider.disable(&made.id).await.unwrap().at_commit());
    assert!(f.get(&made.id).await.provider_set.inactive);
    assert!(f.provider.enable(&made.id).await.unwrap().at_commit());
    assert!(!f.get(&made.id).await.provider_set.inactive);

    let by_program = ProviderAuthority {
        maker: KeyMaker::Key("4fzyo82mvyi1".parse().unwrap()),
    };
    let keyring = f.provider.clone().with_authority(Arc::new(by_program));
    let made = issue(&keyring, Some("5/m")).await;
    assert_eq!(made.made_by.to_string(), "4fzyo82mvyi1");
    assert!(made.provider_set.rate && made.shared_rates.is_empty());
    f.is_sound().await;
}
