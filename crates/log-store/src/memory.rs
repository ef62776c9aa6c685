use crate::{LogEntry, LogId, LogPage, LogQuery, LogStore, LogStoreError, Order, StoredLog};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::{
    collections::BTreeMap,
    ops::RangeBounds,
    sync::{Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Logs in memory, gone with the process: for tests.
#[derive(Debug, Default)]
pub struct MemoryLogs(Mutex<BTreeMap<ClientId, BTreeMap<LogId, StoredLog>>>);

impl MemoryLogs {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ClientId, BTreeMap<LogId, StoredLog>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl LogStore for MemoryLogs {
    async fn append(
        &self,
        client: &ClientId,
        received_at: OffsetDateTime,
        entries: &[LogEntry],
    ) -> Result<(), LogStoreError> {
        let mut logs = self.lock();
        let logs = logs.entry(client.clone()).or_default();
        for entry in entries {
            logs.entry(entry.id())
                .or_insert_with(|| StoredLog::new(client, received_at, entry));
        }
        Ok(())
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
        let logs = self.lock();
        let found = logs.get(client).into_iter().flat_map(BTreeMap::values);
        let found = found.filter(is_asked_for).cloned();
        let rows = match query.order {
            Order::Asc => found.take(query.limit + 1).collect(),
            Order::Desc => found.rev().take(query.limit + 1).collect(),
        };
        Ok(LogPage::from_rows(rows, query.limit))
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        let logs = self.lock();
        Ok(logs.get(client).and_then(|logs| logs.get(&id)).cloned())
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        Ok(())
    }
}
