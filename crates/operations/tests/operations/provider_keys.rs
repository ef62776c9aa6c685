//! Keys of the provider's own programs, what they made, and changes of keys that stay the same.

use crate::provider::{NOW, Provider, client, code, json, new_key};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, KeyMaker, KeyStatus, KeyUpdate, NewKey, Patch, authority::ProviderAuthority,
};
use central_logger_keyring::{Keyring, Rotation};
use central_logger_keys::{ApiKey, KeyHasher, KeyId, KeyPrefix, Scope};
use central_logger_operations::{
    Change,
    keys::{Issued, KeyFilter, NewProviderKey},
};
use central_logger_times::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use time::Duration;

async fn issue(provider: &Provider, new: NewProviderKey) -> Change<Issued> {
    let (operations, prefix) = (provider.again(), KeyPrefix::default());
    operations.issue_provider_key(&prefix, new).await.unwrap()
}

/// Makes a key as a request with the key `maker` would.
async fn make(provider: &Provider, maker: &KeyId, new: NewKey) -> KeyId {
    let hashes = HashPool::new(KeyHasher::new());
    let actor = Actor::new("a request");
    let keyring = Keyring::new(provider.keys.clone(), hashes, provider.clock.clone(), actor);
    let maker = KeyMaker::Key(maker.clone());
    let keyring = keyring.with_authority(Arc::new(ProviderAuthority { maker }));
    let issued = keyring.issue(&KeyPrefix::default(), new).await.unwrap();
    issued.record.id
}

#[tokio::test]
async fn a_key_of_the_provider_reads_for_a_year_unless_told_otherwise() {
    let provider = Provider::new();
    let issued = issue(&provider, NewProviderKey::default()).await;
    let shown = json(&issued);
    assert_eq!(shown["client_id"], Value::Null);
    assert_eq!(shown["scopes"], json!(["provider:read"]));
    assert_eq!(shown["expires_at"], "2027-03-01T12:00:00Z");

    let new = NewProviderKey {
        name: "billing".parse().ok(),
        scopes: vec![Scope::PROVIDER_WRITE, Scope::PROVIDER_READ],
        allowed_from: "203.0.113.0/24".parse().unwrap(),
        expires_at: Some(Timestamp::clamped(NOW + Duration::DAY)),
    };
    let shown = json(&issue(&provider, new).await);
    assert_eq!(shown["scopes"], json!(["provider:read", "provider:write"]));
    assert_eq!(shown["expires_at"], "2026-03-02T12:00:00Z");
    let listed = provider
        .operations
        .list_provider_keys(&KeyFilter::default())
        .await
        .unwrap();
    let mut named = listed.keys.iter().filter(|key| key.name.is_some());
    let billing = named.next().unwrap();
    assert_eq!(billing.name.as_deref(), Some("billing"));
    let found = async |part: &str| {
        let filter = KeyFilter {
            part: Some(part.to_owned()),
            ..KeyFilter::default()
        };
        let listed = provider.operations.list_provider_keys(&filter).await;
        listed.unwrap().keys.len()
    };
    assert_eq!((found("BILL").await, found("nothing").await), (1, 0));
    let head = format!("cl_live_{}", billing.key_id);
    assert_eq!(found(&head).await, 1);
    assert_eq!(billing.allow_ip.to_string(), "203.0.113.0/24");

    for scopes in [
        vec![Scope::LOGS_READ],
        vec![Scope::PROVIDER_READ, Scope::KEYS_MANAGE],
        vec!["orders:read".parse().unwrap()],
    ] {
        let new = NewProviderKey {
            scopes,
            ..NewProviderKey::default()
        };
        let (operations, prefix) = (provider.again(), KeyPrefix::default());
        let refused = operations.issue_provider_key(&prefix, new).await;
        assert_eq!(code(refused), "wrong_scope");
    }
}

#[tokio::test]
async fn a_key_of_the_provider_that_was_made_elsewhere_has_the_form_of_a_generated_one() {
    let provider = Provider::new();
    let store = async |key: ApiKey| {
        let operations = provider.again();
        let new = NewProviderKey::default();
        operations.issue_external_provider_key(key, new).await
    };
    for opaque in ["made_elsewhere_0123456789", "short"] {
        let key = ApiKey::parse(opaque).unwrap();
        assert_eq!(code(store(key).await), "invalid_key", "{opaque}");
    }
    let generated = ApiKey::generate(&KeyPrefix::default(), Default::default()).unwrap();
    let again = || ApiKey::parse(generated.expose_secret()).unwrap();
    let stored = store(again()).await.unwrap();
    assert_eq!(Some(&stored.result.record.id), generated.key_id());
    assert_eq!(code(store(again()).await), "key_exists");
    let operations = provider.again();
    let of_client = operations.issue_external(again(), new_key("acme_corp"));
    assert_eq!(code(of_client.await), "belongs_to_other");
}

#[tokio::test]
async fn keys_of_clients_and_of_the_provider_are_listed_and_rotated_apart() {
    let provider = Provider::new();
    let own = issue(&provider, NewProviderKey::default()).await.result;
    let own = own.record.id;
    let of_client = provider.issue_id("acme_corp").await;
    let listed = provider
        .operations
        .list_provider_keys(&KeyFilter::default())
        .await
        .unwrap();
    assert_eq!(json(&listed)["keys"][0]["key_id"], json!(own));
    assert_eq!(listed.keys.len(), 1);
    let listed = provider.operations.list(&KeyFilter::default()).await;
    let listed = listed.unwrap();
    assert_eq!(listed.keys.len(), 1);
    assert_eq!(listed.keys[0].key_id, of_client);

    let (prefix, operations) = (KeyPrefix::default(), provider.again());
    let day = || Rotation {
        grace: Duration::DAY,
        expires_at: None,
    };
    let refused = operations.rotate(&own, &prefix, day()).await;
    assert_eq!(code(refused), "provider_key");
    let hour = Duration::HOUR;
    assert_eq!(code(operations.finish_rotation(&own).await), "provider_key");
    assert_eq!(
        code(operations.extend_rotation(&own, hour).await),
        "provider_key"
    );
    assert_eq!(code(operations.disable(&own).await), "provider_key");
    assert_eq!(code(operations.enable(&own).await), "provider_key");
    let refused = operations.rotate_provider_key(&of_client, &prefix, day());
    assert_eq!(code(refused.await), "client_key");
    let refused = operations.revoke_provider_key(&of_client, None, false);
    assert_eq!(code(refused.await), "client_key");

    provider.clock.advance(Duration::days(300));
    let rotated = operations.rotate_provider_key(&own, &prefix, day());
    let rotated = json(&rotated.await.unwrap());
    assert_eq!(rotated["replaces"], json!(own));
    assert_eq!(rotated["scopes"], json!(["provider:read"]));
    assert_eq!(rotated["expires_at"], "2027-12-26T12:00:00Z");
    let revoked = operations.revoke_provider_key(&own, None, false);
    assert_eq!(revoked.await.unwrap().result.revoked, [own]);
}

#[tokio::test]
async fn all_that_a_leaked_key_made_is_revoked_with_it() {
    let provider = Provider::new();
    let leaked = provider.issue_id("acme_corp").await;
    let bystander = provider.issue_id("acme_corp").await;
    let child = make(&provider, &leaked, new_key("acme_corp")).await;
    let grandchild = make(&provider, &child, new_key("acme_corp")).await;
    let revoked = provider.operations.revoke_with_made(&leaked, None).await;
    let mut revoked = revoked.unwrap().result.revoked;
    let mut expected = [leaked, child, grandchild];
    revoked.sort();
    expected.sort();
    assert_eq!(revoked, expected);
    let left = provider.operations.show(&bystander).await.unwrap();
    assert_eq!(left.key.status, KeyStatus::Active);

    let own = issue(&provider, NewProviderKey::default()).await.result;
    let own = own.record.id;
    let made = make(&provider, &own, new_key("widget_co")).await;
    let shown = provider.operations.show(&made).await.unwrap();
    assert_eq!(json(&shown)["made_by"], json!(own));
    let revoked = provider.operations.revoke_provider_key(&own, None, true);
    assert_eq!(revoked.await.unwrap().result.revoked.len(), 2);
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_shows_the_key() {
    let provider = Provider::new();
    let issued = provider.issue_new(NewKey {
        name: "before".parse().ok(),
        note: "stays".parse().ok(),
        rate_limit: "5/m".parse().ok(),
        ..NewKey::for_client(client("acme_corp"))
    });
    let id = issued.await.result.record.id;
    let update = KeyUpdate {
        name: Patch::Set("after".parse().unwrap()),
        networks: Patch::Set("203.0.113.0/24".parse().unwrap()),
        rate: Patch::Clear,
        ..KeyUpdate::default()
    };
    let updated = provider.operations.update(&id, &update).await.unwrap();
    assert!(updated.audit.is_some());
    let shown = json(&updated.waited(std::time::Duration::from_millis(7)));
    for (member, value) in [
        ("key_id", json!(id)),
        ("name", json!("after")),
        ("note", json!("stays")),
        ("allow_ip", json!(["203.0.113.0/24"])),
        ("rate", Value::Null),
        ("waited_ms", json!(7)),
    ] {
        assert_eq!(shown[member], value, "{member}");
    }

    let again = provider.again();
    assert_eq!(again.update(&id, &update).await.unwrap().audit, None);
    let unknown = "000000000000".parse().unwrap();
    assert_eq!(code(again.update(&unknown, &update).await), "unknown_key");
    let _revoked = again.revoke(&id, None).await.unwrap();
    assert_eq!(code(again.update(&id, &update).await), "wrong_status");
}
