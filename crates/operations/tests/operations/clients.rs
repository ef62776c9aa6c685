//! Clients: set up, listed, changed and removed.

use crate::provider::{NOW, Provider, client, code, json, members, new_key, static_entries};
use async_trait::async_trait;
use central_logger_client_records::{
    ClientPatch, Limit, Patch, PolicyPatch,
    quota::{QuotaDimension, QuotaUpdate},
};
use central_logger_key_activity::{UsageBatch, UsageCounts, UsageSlot, UsageStore};
use central_logger_key_store::{AuditTrail, KeyStatus, NewKey};
use central_logger_keys::{ClientId, KeyPrefix, RefusalReason};
use central_logger_log_store::{
    LogId, LogPruner, LogStore, LogStoreError, MemoryLogs, Submission, store::Position,
};
use central_logger_operations::{
    Operations, Stores,
    clients::{ClientFilter, ClientOrder},
    keys::KeyFilter,
};
use serde_json::json;
use std::{
    collections::BTreeSet,
    io,
    num::NonZeroU64,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;

fn named(name: &str) -> ClientPatch {
    ClientPatch {
        name: Patch::Set(name.parse().unwrap()),
        ..ClientPatch::default()
    }
}

fn full() -> ClientPatch {
    let day = NonZeroU64::new(10);
    ClientPatch {
        external_id: Patch::Set("crm-7".parse().unwrap()),
        mail: Patch::Set("keys@acme.example".parse().unwrap()),
        policy: PolicyPatch {
            max_keys: Patch::Set(Limit::AtMost(5)),
            max_lifetime: Patch::Set(Limit::AtMost("90d".parse().unwrap())),
            ..PolicyPatch::default()
        },
        quota: QuotaUpdate::default().with(QuotaDimension::RequestsPerDay, day),
        keep: Patch::Set("7d".to_owned()),
        ..named("Acme Corp.")
    }
}

impl Provider {
    async fn set(&self, id: &str, patch: &ClientPatch) {
        let set = self.again().set_client(&client(id), patch).await;
        let _ = set.unwrap().not_waiting();
    }

    async fn ids(&self, filter: &ClientFilter) -> Vec<String> {
        let listing = self.operations.clients(filter).await.unwrap();
        let ids = listing.clients.into_iter();
        ids.map(|client| client.client_id.to_string()).collect()
    }

    async fn count(&self, id: &str, refusal: Option<RefusalReason>, requests: u64, entries: u64) {
        let slot = UsageSlot {
            hour: UsageSlot::hour_of(NOW),
            client_id: Some(client(id)),
            key_id: None,
            refusal,
        };
        let counts = UsageCounts {
            requests,
            entries,
            bytes: 0,
            latency: std::time::Duration::ZERO,
            networks: BTreeSet::new(),
            last_at: NOW,
        };
        let mut batch = UsageBatch::default();
        batch.count(slot, counts);
        self.activity.add_usage(&batch).await.unwrap();
    }

    async fn store_entry(&self, id: &ClientId) {
        let body = br#"{"environment":"e","executed_at":"2026-03-01T11:00:00Z","status":"s"}"#;
        let Ok(Submission::One(entry)) = Submission::parse(body, id, NOW) else {
            panic!("it is one");
        };
        self.logs.append(id, NOW, &[entry]).await.unwrap();
    }

    /// Operations of another process, which deletes logs in its own way.
    fn deleting(&self, logs: &Arc<Interrupted>) -> Operations {
        let stores = Stores {
            keys: self.keys.clone(),
            activity: self.activity.clone(),
            logs: logs.clone(),
            sessions: self.sessions.clone(),
        };
        crate::provider::operations(stores, self.clock.clone())
    }
}

/// Logs of which the first deletion waits until it may go on, and may fail then.
struct Interrupted {
    logs: Arc<MemoryLogs>,
    fails: bool,
    is_first: AtomicBool,
    reached: Notify,
    may_go_on: Notify,
}

impl Interrupted {
    fn of(provider: &Provider, fails: bool) -> Arc<Self> {
        Arc::new(Self {
            logs: provider.logs.clone(),
            fails,
            is_first: AtomicBool::new(true),
            reached: Notify::new(),
            may_go_on: Notify::new(),
        })
    }
}

#[async_trait]
impl LogPruner for Interrupted {
    async fn next_client(
        &self,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError> {
        LogPruner::next_client(&*self.logs, after).await
    }

    async fn clients_since(
        &self,
        position: &Position,
    ) -> Result<(Vec<ClientId>, Position), LogStoreError> {
        LogPruner::clients_since(&*self.logs, position).await
    }

    async fn delete(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError> {
        if self.is_first.swap(false, Ordering::Relaxed) {
            self.reached.notify_one();
            self.may_go_on.notified().await;
            if self.fails {
                let error = io::Error::other("no answer in time");
                return Err(LogStoreError::OutcomeUnknown(Arc::new(error)));
            }
        }
        LogPruner::delete(&*self.logs, client, before).await
    }

    async fn delete_requests(&self, client: &ClientId) -> Result<usize, LogStoreError> {
        LogPruner::delete_requests(&*self.logs, client).await
    }

    async fn maintain_partitions(
        &self,
        now: OffsetDateTime,
        ended: Option<LogId>,
    ) -> Result<(), LogStoreError> {
        LogPruner::maintain_partitions(&*self.logs, now, ended).await
    }
}

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

#[tokio::test]
async fn clients_are_found_ordered_and_listed_in_pages() {
    let provider = Provider::new();
    provider.set("acme_corp", &full()).await;
    provider.clock.advance(Duration::HOUR);
    provider.issue("widget_co").await.not_waiting();
    provider.count("static_co", None, 3, 30).await;
    provider.count("acme_corp", None, 1, 10).await;
    provider
        .count("acme_corp", Some(RefusalReason::Expired), 7, 0)
        .await;
    let by = |order| ClientFilter {
        order,
        ..ClientFilter::default()
    };
    let all = ["acme_corp", "static_co", "widget_co"];
    assert_eq!(provider.ids(&ClientFilter::default()).await, all);
    let by_entries = ["static_co", "acme_corp", "widget_co"];
    assert_eq!(provider.ids(&by(ClientOrder::Entries)).await, by_entries);
    assert_eq!(
        provider.ids(&by(ClientOrder::Refused)).await[0],
        "acme_corp"
    );
    let by_first = ["widget_co", "acme_corp", "static_co"];
    assert_eq!(provider.ids(&by(ClientOrder::FirstSeen)).await, by_first);

    let having = |q: &str| ClientFilter {
        q: Some(q.to_owned()),
        ..ClientFilter::default()
    };
    assert_eq!(provider.ids(&having("ACME corp.")).await, ["acme_corp"]);
    assert_eq!(provider.ids(&having("crm")).await, ["acme_corp"]);
    assert_eq!(provider.ids(&having("_co")).await.len(), 3);
    let external = |id: &str| ClientFilter {
        external_id: Some(id.to_owned()),
        ..ClientFilter::default()
    };
    assert_eq!(provider.ids(&external("crm-7")).await, ["acme_corp"]);
    assert!(provider.ids(&external("crm")).await.is_empty());

    let (mut filter, mut read) = (by(ClientOrder::Entries), Vec::new());
    filter.limit = Some(1);
    loop {
        let page = provider.operations.clients(&filter).await.unwrap();
        assert_eq!(members(&json(&page)), ["clients", "next_cursor"]);
        read.extend(
            page.clients
                .iter()
                .map(|client| client.client_id.to_string()),
        );
        let Some(next) = page.next_cursor else { break };
        filter.cursor = Some(next.to_string().parse().unwrap());
    }
    assert_eq!(read, by_entries);
    filter.order = ClientOrder::ClientId;
    filter.cursor = Some("entries_24h.-3.acme_corp".parse().unwrap());
    assert_eq!(
        code(provider.operations.clients(&filter).await),
        "invalid_cursor"
    );
    for text in [
        "",
        "acme_corp",
        "name.1.acme",
        "client_id.x.acme",
        "client_id.0.A",
    ] {
        assert!(
            text.parse::<central_logger_operations::clients::ClientCursor>()
                .is_err()
        );
    }
}

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
