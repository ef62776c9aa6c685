//! The life of a key over the in-memory store, with a clock set by hand.

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, KeyAdmin, KeyStatus, KeyStore, KeyStoreError, MemoryKeys, NewKey, Owners,
};
use central_logger_keyring::{Imported, KeySelection, Keyring, KeyringError};
use central_logger_keys::{ApiKey, KeyEnvironment, KeyHasher, KeyPrefix, Pepper, Scopes};
use central_logger_times::{Clock, ManualClock, Timestamp};
use std::sync::Arc;
use time::{Duration, macros::datetime};

struct Fixture {
    store: Arc<MemoryKeys>,
    clock: Arc<ManualClock>,
    keyring: Keyring,
}

fn fixture() -> Fixture {
    let store = Arc::new(MemoryKeys::new());
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let keyring = keyring(&store, &clock, KeyHasher::new());
    Fixture {
        store,
        clock,
        keyring,
    }
}

fn keyring(store: &Arc<MemoryKeys>, clock: &Arc<ManualClock>, hasher: KeyHasher) -> Keyring {
    Keyring::new(
        Arc::clone(store) as Arc<dyn KeyAdmin>,
        HashPool::new(hasher),
        Arc::clone(clock) as Arc<dyn Clock>,
        Actor::new("tester@here"),
    )
}

fn for_client(client: &str) -> NewKey {
    NewKey::for_client(client.parse().unwrap())
}

fn key(text: &str) -> ApiKey {
    ApiKey::parse(text).unwrap()
}

#[tokio::test]
async fn an_issued_key_is_stored_with_what_was_decided() {
    let f = fixture();
    let expires_at = Some(f.clock.now() + Duration::days(90));
    let new = NewKey {
        name: Some("Acme".parse().unwrap()),
        environment: KeyEnvironment::Test,
        scopes: Scopes::from(Vec::new()),
        expires_at: expires_at.map(Timestamp::clamped),
        note: Some("for the night run".parse().unwrap()),
        ..for_client("acme")
    };
    let issued = f.keyring.issue(&KeyPrefix::default(), new).await.unwrap();

    assert!(issued.api_key.expose_secret().starts_with("cl_test_"));
    assert_eq!(issued.api_key.key_id(), Some(&issued.record.id));
    let shown = f.keyring.show(&issued.record.id).await.unwrap();
    assert_eq!(shown, issued.record);
    assert_eq!(shown.created_at, f.clock.now());
    assert_eq!(shown.expires_at, expires_at);
    assert_eq!(shown.name.as_deref(), Some("Acme"));
    assert_eq!(shown.note.as_deref(), Some("for the night run"));
    assert_eq!(shown.scopes, Scopes::from(Vec::new()));
}

#[tokio::test]
async fn a_status_follows_the_clock_and_the_most_final_one_counts() {
    let f = fixture();
    let new = NewKey {
        expires_at: Some(Timestamp::clamped(f.clock.now() + Duration::seconds(1))),
        ..for_client("acme")
    };
    let id = f
        .keyring
        .issue(&KeyPrefix::default(), new)
        .await
        .unwrap()
        .record
        .id;
    let status = async || f.keyring.show(&id).await.unwrap().status(f.clock.now());

    assert_eq!(status().await, KeyStatus::Active);
    f.clock.advance(Duration::milliseconds(999));
    assert_eq!(status().await, KeyStatus::Active);
    f.clock.advance(Duration::milliseconds(1));
    assert_eq!(status().await, KeyStatus::Expired);
    let one = KeySelection::Id(id.clone());
    assert_eq!(
        f.keyring.revoke(&one, None).await.unwrap().done,
        std::slice::from_ref(&id)
    );
    assert_eq!(status().await, KeyStatus::Revoked);
    assert!(f.keyring.revoke(&one, None).await.unwrap().done.is_empty());

    let revoked = f
        .keyring
        .list(Owners::Clients, Some(KeyStatus::Revoked))
        .await
        .unwrap()
        .records;
    assert_eq!(revoked.len(), 1);
    assert!(
        f.keyring
            .list(Owners::Clients, Some(KeyStatus::Active))
            .await
            .unwrap()
            .records
            .is_empty()
    );
}

#[tokio::test]
async fn an_expiry_that_has_passed_is_refused_and_nothing_is_stored() {
    let f = fixture();
    let new = NewKey {
        expires_at: Some(Timestamp::clamped(f.clock.now())),
        ..for_client("acme")
    };
    let refusal = f
        .keyring
        .issue(&KeyPrefix::default(), new)
        .await
        .unwrap_err();
    assert!(matches!(refusal, KeyringError::ExpiryPassed), "{refusal:?}");
    assert!(f.store.list(Owners::All).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_opaque_key_is_imported_once_and_for_one_client() {
    let f = fixture();
    let text = "s3cret-made-by-python_token_urlsafe";
    let Imported::New(first) = f
        .keyring
        .import(key(text), for_client("acme"))
        .await
        .unwrap()
    else {
        panic!("was not stored before");
    };
    let again = f
        .keyring
        .import(key(text), for_client("acme"))
        .await
        .unwrap();
    assert_eq!(again, Imported::Known(first.clone()));

    let refusal = f
        .keyring
        .import(key(text), for_client("widget"))
        .await
        .unwrap_err();
    assert!(
        matches!(&refusal, KeyringError::BelongsToOther { id, owner }
            if *id == first.id && owner.as_str() == "acme"),
        "{refusal:?}"
    );
    assert!(!refusal.to_string().contains(text));
    assert_eq!(f.store.list(Owners::All).await.unwrap().records, [first]);
}

#[tokio::test]
async fn an_opaque_key_is_known_again_under_a_new_pepper() {
    let f = fixture();
    let text = "another-key-made-elsewhere";
    f.keyring
        .import(key(text), for_client("acme"))
        .await
        .unwrap();
    let pepper = |seed| Pepper::new(&[seed; 32]).unwrap();
    for hasher in [
        KeyHasher::with_pepper(pepper(1), None),
        KeyHasher::with_pepper(pepper(2), Some(pepper(1))),
    ] {
        let peppered = keyring(&f.store, &f.clock, hasher);
        let again = peppered
            .import(key(text), for_client("acme"))
            .await
            .unwrap();
        assert!(matches!(again, Imported::Known(_)), "{again:?}");
    }
}

#[tokio::test]
async fn a_generated_key_made_elsewhere_keeps_its_id_and_label() {
    let f = fixture();
    let made = ApiKey::generate(&"brand".parse().unwrap(), KeyEnvironment::Test).unwrap();
    let text = made.expose_secret();
    let Imported::New(record) = f
        .keyring
        .import(key(text), for_client("acme"))
        .await
        .unwrap()
    else {
        panic!("was not stored before");
    };
    assert_eq!(Some(&record.id), made.key_id());
    assert_eq!(record.environment, KeyEnvironment::Test);
    let again = f
        .keyring
        .import(key(text), for_client("acme"))
        .await
        .unwrap();
    assert_eq!(again, Imported::Known(record));
}

#[tokio::test]
async fn a_mistyped_key_is_not_imported() {
    let f = fixture();
    let made = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap();
    let mut text = made.expose_secret().to_owned();
    let last = text.pop().unwrap();
    text.push(if last == '0' { '1' } else { '0' });
    let refusal = f
        .keyring
        .import(key(&text), for_client("acme"))
        .await
        .unwrap_err();
    assert!(matches!(refusal, KeyringError::Mistyped), "{refusal:?}");
}

#[tokio::test]
async fn an_id_that_is_taken_by_another_secret_is_a_conflict() {
    let f = fixture();
    let made = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap();
    let stored = f
        .keyring
        .import(key(made.expose_secret()), for_client("acme"))
        .await;
    assert!(matches!(stored, Ok(Imported::New(_))));

    let id = made.key_id().unwrap();
    let forged = ApiKey::forged(id.clone()).unwrap();
    let refusal = f
        .keyring
        .import(forged, for_client("acme"))
        .await
        .unwrap_err();
    assert!(
        matches!(&refusal, KeyringError::Store(KeyStoreError::IdExists(taken)) if taken == id),
        "{refusal:?}"
    );
}

#[tokio::test]
async fn revoking_what_does_not_exist_is_an_error_that_names_it() {
    let f = fixture();
    let unknown = KeySelection::Id("nosuchkey".parse().unwrap());
    let refusal = f.keyring.revoke(&unknown, None).await.unwrap_err();
    assert_eq!(refusal.to_string(), "there is no key with the id nosuchkey");
    let nobody = KeySelection::Client("nobody".parse().unwrap());
    let refusal = f.keyring.revoke(&nobody, None).await.unwrap_err();
    assert_eq!(refusal.to_string(), "the client nobody has no keys");
}

#[tokio::test]
async fn revoking_a_client_leaves_the_others_alone() {
    let f = fixture();
    let prefix = KeyPrefix::default();
    for client in ["acme", "acme", "widget"] {
        f.keyring.issue(&prefix, for_client(client)).await.unwrap();
    }
    let all = KeySelection::Client("acme".parse().unwrap());
    assert_eq!(
        f.keyring
            .revoke(&all, Some(&"left".parse().unwrap()))
            .await
            .unwrap()
            .done
            .len(),
        2
    );
    let active = f
        .keyring
        .list(Owners::Clients, Some(KeyStatus::Active))
        .await
        .unwrap()
        .records;
    assert_eq!(active.len(), 1);
    assert_eq!(active[0].owner.as_str(), "widget");
}
