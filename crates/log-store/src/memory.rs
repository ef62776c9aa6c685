use crate::{
    Append, Appended, Claim, CommitStyle, IdempotencyKey, LogId, LogPage, LogQuery, LogStore,
    LogStoreError, Order, Receipt, StoredLog,
};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::{
    collections::BTreeMap,
    ops::RangeBounds,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Logs in memory, gone with the process: for tests.
#[derive(Debug, Default)]
pub struct MemoryLogs(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    logs: BTreeMap<ClientId, BTreeMap<LogId, StoredLog>>,
    receipts: BTreeMap<(ClientId, IdempotencyKey), Receipt>,
}

impl MemoryLogs {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    fn append(&mut self, append: &Append) -> Appended {
        if let (Some(claim), Some(receipt)) = (&append.claim, Receipt::of(append)) {
            let name = (append.client.clone(), claim.key.clone());
            let held = self.receipts.get(&name);
            if held.is_some_and(|held| is_remembered(held, append.received_at)) {
                return Appended::Repeated;
            }
            self.receipts.insert(name, receipt);
        }
        let logs = self.logs.entry(append.client.clone()).or_default();
        for entry in &append.entries {
            logs.entry(entry.id())
                .or_insert_with(|| StoredLog::new(&append.client, append.received_at, entry));
        }
        Appended::Stored
    }
}

fn is_remembered(receipt: &Receipt, now: OffsetDateTime) -> bool {
    receipt.received_at + Claim::REMEMBERED > now
}

#[async_trait]
impl LogStore for MemoryLogs {
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError> {
        let mut contents = self.lock();
        Ok(group.iter().map(|append| contents.append(append)).collect())
    }

    fn commit_style(&self) -> CommitStyle {
        CommitStyle {
            in_flight: 1,
            one_client: false,
        }
    }

    async fn receipt(
        &self,
        client: &ClientId,
        key: &IdempotencyKey,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, LogStoreError> {
        let name = (client.clone(), key.clone());
        let contents = self.lock();
        let held = contents.receipts.get(&name);
        Ok(held.filter(|held| is_remembered(held, now)).cloned())
    }

    async fn forget_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError> {
        let receipts = &mut self.lock().receipts;
        let before = receipts.len();
        receipts.retain(|_, receipt| is_remembered(receipt, now));
        Ok(before - receipts.len())
    }

    async fn page(&self, client: &ClientId, query: &LogQuery) -> Result<LogPage, LogStoreError> {
        let bounds = query.bounds();
        let is_asked_for = |log: &&StoredLog| {
            let matches = |filter: &Option<String>, value: Option<&str>| {
                filter.is_none() || filter.as_deref() == value
            };
            bounds.contains(&log.id)
                && matches(&query.environment, Some(&log.environment))
                && matches(&query.status, Some(&log.status))
                && matches(&query.workflow, log.workflow.as_deref())
        };
        let contents = self.lock();
        let found = contents
            .logs
            .get(client)
            .into_iter()
            .flat_map(BTreeMap::values);
        let found = found.filter(is_asked_for).cloned();
        let rows = match query.order {
            Order::Asc => found.take(query.limit + 1).collect(),
            Order::Desc => found.rev().take(query.limit + 1).collect(),
        };
        Ok(LogPage::from_rows(rows, query.limit))
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        let contents = self.lock();
        Ok(contents
            .logs
            .get(client)
            .and_then(|logs| logs.get(&id))
            .cloned())
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        Ok(())
    }
}
