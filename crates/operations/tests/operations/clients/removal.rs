//! Removing a client with all that it has.

use super::{Interrupted, full, named};
use crate::provider::{Provider, client, code, json, static_entries};
use central_logger_key_store::{AuditTrail, KeyStatus};
use central_logger_operations::{Operations, clients::ClientFilter};
use serde_json::json;

#[tokio::test]
async fn a_client_is_removed_with_its_keys_logs_and_settings() {
    let provider = Provider::new();
    let acme = client("acme_corp");
    let nobody = provider
        .again()
        .remove_client(&acme, static_entries("{}"))
        .await;
    assert_eq!(code(nobody), "unknown_client");
    provider.set("acme_corp", &full()).await;
    let id = provider.issue_id("acme_corp").await;
    provider.store_entry(&acme).await;

    let removed = provider
        .again()
        .remove_client(&acme, static_entries("{}"))
        .await;
    let removed = json(&removed.unwrap().not_waiting());
    assert_eq!(
        (&removed["revoked"], &removed["entries"]),
        (&json!([id]), &json!(1))
    );
    assert_eq!(
        code(provider.operations.client(&acme).await),
        "unknown_client"
    );
    assert!(provider.ids(&ClientFilter::default()).await.is_empty());
    let key = provider.operations.show(&id).await.unwrap().key;
    assert_eq!(
        key.revoked_reason.as_deref(),
        Some("the client was removed")
    );
    assert!(key.quota.is_unlimited());
    let trail = provider.keys.audit(0, 100).await.unwrap();
    let actions: Vec<_> = trail.iter().map(|entry| entry.action.as_str()).collect();
    let expected = [
        "client",
        "quota",
        "retention",
        "issue",
        "revoke",
        "forget",
        "forget",
        "quota",
        "retention",
        "client",
    ];
    assert_eq!(actions, expected);
}

#[tokio::test]
async fn a_removal_that_has_failed_halfway_is_repeated() {
    let provider = Provider::new();
    let acme = client("acme_corp");
    // Nothing is set for it: once its key is revoked, nothing is known of it but its logs.
    let id = provider.issue_id("acme_corp").await;
    provider.store_entry(&acme).await;
    let seen = provider.operations.client(&acme).await.unwrap().etag;
    let logs = Interrupted::of(&provider, true);
    logs.may_go_on.notify_one();
    let remove = async || {
        let operations = provider.deleting(&logs).if_match(vec![seen]);
        operations.remove_client(&acme, static_entries("{}")).await
    };
    assert_eq!(code(remove().await), "outcome_unknown");
    let key = provider.operations.show(&id).await.unwrap().key;
    assert_eq!(key.status, KeyStatus::Revoked);
    let removed = json(&remove().await.unwrap().not_waiting());
    assert_eq!(
        (&removed["revoked"], &removed["entries"]),
        (&json!([]), &json!(1))
    );
    assert_eq!(code(remove().await), "unknown_client", "nothing is left");
}

#[tokio::test]
async fn the_version_of_a_client_is_looked_at_before_anything_of_it_is_removed() {
    let provider = Provider::new();
    let acme = client("acme_corp");
    provider.set("acme_corp", &full()).await;
    let id = provider.issue_id("acme_corp").await;
    provider.store_entry(&acme).await;
    let seen = provider.operations.client(&acme).await.unwrap().etag;
    provider.set("acme_corp", &named("Acme")).await;
    let remove = async |operations: Operations| {
        let removed = operations.remove_client(&acme, static_entries("{}")).await;
        removed.map(|removed| json(&removed.not_waiting()))
    };
    let refused = remove(provider.again().if_match(vec![seen])).await;
    assert_eq!(code(refused), "changed");
    let key = provider.operations.show(&id).await.unwrap().key;
    assert_eq!(key.status, KeyStatus::Active);

    // Another program changes it when it has lost its keys already.
    let seen = provider.operations.client(&acme).await.unwrap().etag;
    let logs = Interrupted::of(&provider, false);
    let other = async {
        logs.reached.notified().await;
        provider.set("acme_corp", &named("Acme Inc.")).await;
        logs.may_go_on.notify_one();
    };
    let removal = remove(provider.deleting(&logs).if_match(vec![seen]));
    let (removed, ()) = tokio::join!(removal, other);
    let removed = removed.unwrap();
    assert_eq!(
        (&removed["revoked"], &removed["entries"]),
        (&json!([id]), &json!(1))
    );
    let shown = provider.operations.client(&acme).await;
    assert_eq!(code(shown), "unknown_client");
}
