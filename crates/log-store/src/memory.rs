use crate::{
    Append, Appended, Claim, CommitStyle, CountedBy, IdempotencyKey, LogId, LogKeeper, LogPage,
    LogQuery, LogStats, LogStore, LogStoreError, Order, PageBuilder, Receipt, StatsQuery,
    StoredLog,
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

/// How many entries are removed at a time.
const STEP: usize = 1000;

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
    fn of(&self, client: &ClientId) -> impl DoubleEndedIterator<Item = &StoredLog> {
        let logs = self.logs.get(client);
        logs.into_iter().flat_map(BTreeMap::values)
    }

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
        let contents = self.lock();
        let found = contents.of(client);
        let mut found =
            found.filter(|log| bounds.contains(&log.id) && query.filters_let_through(log));
        let mut page = PageBuilder::new(query.limit);
        let mut fill = |log: &StoredLog| page.push(log.clone()).is_break();
        match query.order {
            Order::Asc => found.any(&mut fill),
            Order::Desc => found.rev().any(&mut fill),
        };
        Ok(page.build())
    }

    async fn stats(
        &self,
        client: &ClientId,
        query: &StatsQuery,
    ) -> Result<LogStats, LogStoreError> {
        let ids = query.ids();
        let mut stats = LogStats::new(query);
        let contents = self.lock();
        let found = contents.of(client);
        let found = found.filter(|log| ids.contains(&log.id));
        for log in found.filter(|log| query.filter.filters_let_through(log)) {
            let value = match query.by() {
                CountedBy::Status => &log.status,
                CountedBy::Environment => &log.environment,
                CountedBy::Workflow => log.workflow.as_deref().unwrap_or_default(),
            };
            stats.count(log.id, value)?;
        }
        Ok(stats)
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

#[async_trait]
impl LogKeeper for MemoryLogs {
    async fn next_client(
        &self,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError> {
        let contents = self.lock();
        let mut clients = contents.logs.keys();
        Ok(clients
            .find(|client| after.is_none_or(|after| *client > after))
            .cloned())
    }

    async fn remove(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError> {
        let logs = &mut self.lock().logs;
        let Some(of_client) = logs.get_mut(client) else {
            return Ok(0);
        };
        let ids = of_client.keys().copied().take(STEP);
        let ids: Vec<_> = ids
            .take_while(|id| before.is_none_or(|before| *id < before))
            .collect();
        for id in &ids {
            of_client.remove(id);
        }
        if of_client.is_empty() {
            logs.remove(client);
        }
        Ok(ids.len())
    }

    async fn forget_requests(&self, client: &ClientId) -> Result<usize, LogStoreError> {
        let receipts = &mut self.lock().receipts;
        let before = receipts.len();
        receipts.retain(|(of, _), _| of != client);
        Ok(before - receipts.len())
    }

    async fn keep_months(
        &self,
        _now: OffsetDateTime,
        _ended: Option<LogId>,
    ) -> Result<(), LogStoreError> {
        Ok(())
    }
}
