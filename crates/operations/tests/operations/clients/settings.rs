//! What is set for clients.

use super::{full, named};
use crate::provider::{Provider, client, code, json, new_key};
use central_logger_client_records::{ClientPatch, Patch, PolicyPatch, quota::QuotaDimension};
use central_logger_key_store::NewKey;
use central_logger_keys::KeyPrefix;
use central_logger_operations::keys::KeyFilter;
use serde_json::json;
use std::num::NonZeroU64;
use time::Duration;

#[tokio::test]
async fn a_client_is_set_up_before_it_has_a_key() {
    let provider = Provider::new();
    let acme = client("acme_corp");
    assert_eq!(code(provider.again().client(&acme).await), "unknown_client");
    let patched = provider.again().patch_client(&acme, &full()).await;
    assert_eq!(code(patched), "unknown_client");
    let set = provider.again().put_client(&acme, &full()).await.unwrap();
    assert!(set.result.is_new);
    let seen = set.result.client.etag;
    let applied = json(&set.not_waiting());
    assert_eq!(applied["audit"]["sequence"], 3);

    let issued = provider.issue("acme_corp").await;
    assert_eq!(json(&issued.result)["client_name"], "Acme Corp.");
    let shown = provider.operations.client(&acme).await.unwrap();
    assert_eq!(shown.etag, seen, "keys and their use do not change it");
    assert_eq!(
        json(&shown),
        json!({
            "client_id": "acme_corp", "name": "Acme Corp.", "external_id": "crm-7",
            "mail": "keys@acme.example",
            "first_seen_at": "2026-03-01T12:00:00Z", "last_seen_at": null,
            "keys": {"active": 1, "due": 0}, "entries_24h": 0, "refused_24h": 0,
            "quota": {
                "client_id": "acme_corp", "requests_per_day": 10, "requests_per_month": null,
                "entries_per_day": null, "bytes_per_day": null,
            },
            "keep": "7d",
            "policy": {
                "self_service": true, "max_keys": 5, "max_lifetime": "90d",
                "require_expiry": false, "renewable": false, "on_leak": "revoke",
            },
            "deliver": null, "deliver_template": null, "mail_scopes": ["logs:read"],
        })
    );
    let key = &provider
        .operations
        .list(&KeyFilter::default())
        .await
        .unwrap()
        .keys[0];
    let day = key.quota.limit(QuotaDimension::RequestsPerDay);
    assert_eq!(day, NonZeroU64::new(10));
}

#[tokio::test]
async fn a_key_is_shown_under_the_name_of_its_client() {
    let provider = Provider::new();
    let new = NewKey {
        name: Some("invoices".parse().unwrap()),
        ..new_key("acme_corp")
    };
    let id = provider.issue_new(new).await.result.record.id;
    let names = async || {
        let shown = provider.operations.show(&id).await.unwrap().key;
        let listed = provider
            .operations
            .list(&KeyFilter::default())
            .await
            .unwrap();
        assert_eq!(listed.keys[0].client_name, shown.client_name);
        (shown.name.unwrap(), shown.client_name.unwrap())
    };
    let text = |name: &str, client: &str| (name.to_owned(), client.to_owned());
    assert_eq!(names().await, text("invoices", "invoices"));
    provider.set("acme_corp", &named("Acme Corp.")).await;
    assert_eq!(names().await, text("invoices", "Acme Corp."));
    let rotation = central_logger_keyring::Rotation {
        grace: Duration::HOUR,
        expires_at: None,
    };
    let rotated = provider
        .again()
        .rotate(&id, &KeyPrefix::default(), rotation)
        .await;
    assert_eq!(json(&rotated.unwrap().result)["client_name"], "Acme Corp.");
}

#[tokio::test]
async fn two_programs_do_not_overwrite_each_other() {
    let provider = Provider::new();
    let acme = client("acme_corp");
    provider.set("acme_corp", &full()).await;
    provider.set("widget_co", &ClientPatch::default()).await;
    let taken = provider
        .again()
        .patch_client(&client("widget_co"), &full())
        .await;
    assert_eq!(code(taken), "external_id_exists");
    let patched = provider
        .again()
        .patch_client(&acme, &named("Acme"))
        .await
        .unwrap();
    let patched = patched.not_waiting().change.result;
    assert_eq!(
        (patched.name.as_deref(), patched.mail.is_some()),
        (Some("Acme"), true)
    );
    let put = provider
        .again()
        .put_client(&acme, &named("Acme"))
        .await
        .unwrap();
    let put = put.not_waiting().change.result;
    assert!(!put.is_new);
    let put = put.client;
    assert_eq!(
        (put.mail, put.keep.to_string()),
        (None, "forever".to_owned())
    );
    assert!(put.quota.quota.is_unlimited());
}

#[tokio::test]
async fn the_policy_of_all_holds_where_there_is_no_own_one() {
    let provider = Provider::new();
    provider.issue("acme_corp").await.not_waiting();
    let own = ClientPatch {
        policy: PolicyPatch {
            self_service: Patch::Set(true),
            ..PolicyPatch::default()
        },
        ..ClientPatch::default()
    };
    provider.set("widget_co", &own).await;
    let off = PolicyPatch {
        self_service: Patch::Set(false),
        ..PolicyPatch::default()
    };
    let set = provider.again().set_policy_of_all(&off).await.unwrap();
    assert_eq!(json(&set.not_waiting())["policy"]["self_service"], false);
    let of = async |id: &str| {
        let shown = provider.operations.client(&client(id)).await;
        shown.unwrap().policy.self_service
    };
    assert_eq!(
        (of("acme_corp").await, of("widget_co").await),
        (false, true)
    );
}
