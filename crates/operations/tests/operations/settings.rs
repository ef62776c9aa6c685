//! Quotas, retention and the deletion of logs.

use crate::provider::{NOW, Provider, client, code, json, static_entries};
use async_trait::async_trait;
use central_logger_key_store::{quota::QuotaDimension, settings::SettingChange};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogPruner, LogStore, LogStoreError, RetentionPeriod, Submission, store::Position,
};
use central_logger_operations::{QuotaUpdate, Stores};
use serde_json::json;
use std::{io, num::NonZeroU64, sync::Arc};
use time::OffsetDateTime;

#[tokio::test]
async fn limits_that_are_not_named_stay() {
    let provider = Provider::new();
    let acme = client("acme_corp");
    assert_eq!(code(provider.again().quota(&acme).await), "unknown_client");
    provider.issue("acme_corp").await.not_waiting();
    let set = async |update: &QuotaUpdate| {
        let set = provider.again().set_quota(&acme, update).await;
        set.unwrap()
    };
    let update = |dimension, limit| QuotaUpdate::default().with(dimension, limit);
    let day = update(QuotaDimension::RequestsPerDay, NonZeroU64::new(10));
    let month = update(QuotaDimension::RequestsPerMonth, NonZeroU64::new(100));
    set(&day).await.not_waiting();
    let applied = json(&set(&month).await.not_waiting());
    assert_eq!(
        applied,
        json!({
            "client_id": "acme_corp",
            "requests_per_day": 10,
            "requests_per_month": 100,
            "entries_per_day": null,
            "bytes_per_day": null,
            "waited_ms": 0,
            "audit": applied["audit"],
        })
    );
    assert_eq!(applied["audit"]["sequence"], 3);
    let no_limit = update(QuotaDimension::RequestsPerDay, None);
    set(&no_limit).await.not_waiting();
    let quota = provider.operations.quota(&acme).await.unwrap().quota;
    assert_eq!(quota.limit(QuotaDimension::RequestsPerDay), None);
    assert_eq!(
        quota.limit(QuotaDimension::RequestsPerMonth),
        NonZeroU64::new(100)
    );
    assert_eq!(set(&no_limit).await.audit, None, "nothing to change");
}

#[tokio::test]
async fn a_retention_period_is_previewed_set_and_shown() {
    let provider = Provider::new();
    let keep = |text: &str| Some(text.parse::<RetentionPeriod>().unwrap());
    let change = |client: Option<&str>, keep: Option<RetentionPeriod>| SettingChange {
        client_id: client.map(crate::provider::client),
        value: keep.map(|keep| keep.to_string()),
    };
    let preview = async |change| {
        provider
            .operations
            .preview_retention(&change)
            .await
            .unwrap()
    };
    let none = preview(change(None, keep("forever"))).await;
    assert_eq!(none, None, "nothing is deleted");
    assert_eq!(preview(change(None, keep("90d"))).await, keep("90d"));
    let set = async |change| provider.again().set_retention(&change).await.unwrap();
    set(change(None, keep("90d"))).await.not_waiting();
    assert_eq!(preview(change(None, keep("90d"))).await, None, "no change");

    let own = set(change(Some("acme_corp"), keep("forever"))).await;
    let own = json(&own.not_waiting());
    let expected = json!({
        "client_id": "acme_corp", "keep": "forever", "waited_ms": 0, "audit": own["audit"],
    });
    assert_eq!(own, expected);
    let back = preview(change(Some("acme_corp"), None)).await;
    assert_eq!(back, keep("90d"), "that of all clients applies again");
    assert_eq!(
        json(&provider.operations.retention().await.unwrap()),
        json!({
            "for_all": "90d",
            "clients": [{"client_id": "acme_corp", "keep": "forever"}],
        })
    );
    let other = provider.operations.retention_of(&client("widget_co")).await;
    assert_eq!(
        json(&other.unwrap()),
        json!({"client_id": "widget_co", "keep": "90d"})
    );
}

#[tokio::test]
async fn deleted_logs_leave_a_receipt_and_two_entries_of_the_trail() {
    let provider = Provider::new();
    let acme = client("acme_corp");
    let body = br#"[{"environment":"e","executed_at":"2026-02-01T00:00:00Z","status":"s"},
                    {"environment":"e","executed_at":"2026-02-02T00:00:00Z","status":"s"}]"#;
    let Ok(Submission::Many(entries)) = Submission::parse(body, &acme, NOW) else {
        panic!("entries were refused");
    };
    provider.logs.append(&acme, NOW, &entries).await.unwrap();
    let entries = static_entries(r#"{"static_key_0123456789": "acme_corp"}"#);
    let purged = provider
        .operations
        .purge_logs(&acme, entries)
        .await
        .unwrap();
    let receipt = json(&purged);
    assert_eq!(
        receipt,
        json!({
            "client_id": "acme_corp",
            "entries": 2,
            "at": "2026-03-01T12:00:00Z",
            "actor": "alice@ops",
            "audit_sequence": 2,
            "may_remain_in": receipt["may_remain_in"],
            "static_keys": ["static-acme_corp"],
            "audit": receipt["audit"],
        })
    );
    assert_eq!(receipt["may_remain_in"][0], "backups");
    let trail = provider.operations.audit(NOW.try_into().unwrap()).await;
    let trail = json(&trail.unwrap());
    let after = |index: usize| trail["entries"][index]["after"]["entries"].clone();
    assert_eq!((after(0), after(1)), (json!(null), json!(2)));
}

/// Deletes nothing that is ever confirmed.
struct Unconfirmed;

#[async_trait]
impl LogPruner for Unconfirmed {
    async fn next_client(&self, _: Option<&ClientId>) -> Result<Option<ClientId>, LogStoreError> {
        Ok(None)
    }

    async fn clients_since(
        &self,
        position: &Position,
    ) -> Result<(Vec<ClientId>, Position), LogStoreError> {
        Ok((Vec::new(), position.clone()))
    }

    async fn delete(&self, _: &ClientId, _: Option<LogId>) -> Result<usize, LogStoreError> {
        let error = io::Error::other("no answer in time");
        Err(LogStoreError::OutcomeUnknown(Arc::new(error)))
    }

    async fn delete_requests(&self, _: &ClientId) -> Result<usize, LogStoreError> {
        Ok(0)
    }

    async fn maintain_partitions(
        &self,
        _: OffsetDateTime,
        _: Option<LogId>,
    ) -> Result<(), LogStoreError> {
        Ok(())
    }
}

#[tokio::test]
async fn a_deletion_that_is_not_confirmed_has_an_unknown_outcome() {
    let provider = Provider::new();
    let stores = Stores {
        keys: provider.keys.clone(),
        activity: provider.activity.clone(),
        logs: Arc::new(Unconfirmed),
        sessions: provider.sessions.clone(),
    };
    let operations = crate::provider::operations(stores, provider.clock.clone());
    let acme = client("acme_corp");
    let purged = operations.purge_logs(&acme, static_entries("{}")).await;
    assert_eq!(code(purged), "outcome_unknown");
}
