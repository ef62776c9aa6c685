//! Clients: set up, listed, changed and removed.

mod lists;
mod removal;
mod settings;

use crate::provider::{NOW, Provider, client};
use async_trait::async_trait;
use central_logger_client_records::{
    ClientPatch, Limit, Patch, PolicyPatch,
    quota::{QuotaDimension, QuotaUpdate},
};
use central_logger_key_activity::{UsageBatch, UsageCounts, UsageSlot, UsageStore};
use central_logger_keys::{ClientId, RefusalReason};
use central_logger_log_store::{
    LogId, LogPruner, LogStore, LogStoreError, MemoryLogs, Submission, store::Position,
};
use central_logger_operations::{Operations, Stores, clients::ClientFilter};
use std::{
    collections::BTreeSet,
    io,
    num::NonZeroU64,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use time::OffsetDateTime;
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
