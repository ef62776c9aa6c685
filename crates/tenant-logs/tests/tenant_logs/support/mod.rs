//! A store in memory that can be held, takes its time, fails when it is told to, and notes what it was
//! asked.

use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    Append, Appended, IdempotencyKey, LogId, LogPage, LogSearch, LogStore, LogStoreError,
    MemoryLogs, StatsQuery, StoredLog,
    entries::LogField,
    idempotency::Receipt,
    store::{Arrivals, CommitStyle, Counted, Lot, Position, ScanBudget, WriterHolder},
};
use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use time::OffsetDateTime;
use tokio::{sync::Semaphore, time::sleep};

pub(crate) struct InstrumentedStore {
    pub(crate) inner: MemoryLogs,
    pub(crate) style: CommitStyle,
    /// How many commits may end. One with the message `bad` fails, and one with `panics` panics.
    pub(crate) commits: Semaphore,
    /// The clients and messages of each commit that has begun.
    begun: Mutex<Vec<Vec<String>>>,
    /// How often places may be lent.
    pub(crate) lends: Semaphore,
    pub(crate) asked_to_lend: AtomicUsize,
    /// How long it takes to look at an entry.
    pub(crate) time_per_entry: Duration,
    /// How many scans of the client `held` may go on.
    pub(crate) held_scans: Semaphore,
    pub(crate) scans: AtomicUsize,
    /// How often it was asked what had become visible.
    pub(crate) asked_for_arrivals: AtomicUsize,
    /// The status that each scan asked for.
    pub(crate) statuses: Mutex<Vec<String>>,
}

impl InstrumentedStore {
    /// A store that holds nobody but the client `held` and takes no time.
    pub(crate) fn new(inner: MemoryLogs) -> Self {
        Self {
            style: inner.commit_style(),
            inner,
            commits: Semaphore::new(Semaphore::MAX_PERMITS),
            begun: Mutex::default(),
            lends: Semaphore::new(Semaphore::MAX_PERMITS),
            asked_to_lend: AtomicUsize::new(0),
            time_per_entry: Duration::ZERO,
            held_scans: Semaphore::new(0),
            scans: AtomicUsize::new(0),
            asked_for_arrivals: AtomicUsize::new(0),
            statuses: Mutex::default(),
        }
    }

    #[allow(dead_code)] // not every test looks at commits
    pub(crate) fn begun(&self) -> Vec<Vec<String>> {
        self.begun.lock().unwrap().clone()
    }

    async fn scan_for(&self, client: &ClientId, budget: ScanBudget) -> Result<(), LogStoreError> {
        self.scans.fetch_add(1, Ordering::Relaxed);
        if client.as_str() == "held" {
            self.held_scans.acquire().await.unwrap().forget();
        }
        if self.time_per_entry.is_zero() {
            return Ok(());
        }
        let takes = self.time_per_entry * u32::try_from(budget.entries).unwrap();
        sleep(takes.min(budget.time)).await;
        match takes > budget.time {
            true => Err(LogStoreError::TooSlow),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl LogStore for InstrumentedStore {
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError> {
        let name = |append: &Append| {
            let message = append.entries[0].message().unwrap_or("").to_owned();
            let short: String = message.chars().take(8).collect();
            format!("{} {short}", append.client)
        };
        let names: Vec<_> = group.iter().map(name).collect();
        let panics = names.iter().any(|name| name.ends_with("panics"));
        let is_bad = names.iter().any(|name| name.ends_with("bad"));
        self.begun.lock().unwrap().push(names);
        self.commits.acquire().await.unwrap().forget();
        assert!(!panics, "as the test wants it");
        match is_bad {
            true => Err(LogStoreError::Failed(Arc::new(io::Error::other("bad")))),
            false => self.inner.append_group(group).await,
        }
    }

    async fn lend_places(
        &self,
        holder: WriterHolder,
        from: u64,
        now: OffsetDateTime,
    ) -> Result<Lot, LogStoreError> {
        self.asked_to_lend.fetch_add(1, Ordering::Relaxed);
        self.lends.acquire().await.unwrap().forget();
        self.inner.lend_places(holder, from, now).await
    }

    fn commit_style(&self) -> CommitStyle {
        self.style
    }

    async fn receipt(
        &self,
        client: &ClientId,
        key: &IdempotencyKey,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, LogStoreError> {
        self.inner.receipt(client, key, now).await
    }

    async fn delete_expired_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError> {
        self.inner.delete_expired_claims(now).await
    }

    async fn scan(
        &self,
        client: &ClientId,
        search: &LogSearch,
        budget: ScanBudget,
    ) -> Result<LogPage, LogStoreError> {
        let asked = search.filter.fields();
        let statuses = asked.filter(|(field, _)| *field == LogField::Status);
        let statuses = statuses.flat_map(|(_, values)| values.any_of().clone());
        self.statuses.lock().unwrap().extend(statuses);
        self.scan_for(client, budget).await?;
        self.inner.scan(client, search, budget).await
    }

    async fn count(
        &self,
        client: &ClientId,
        query: &StatsQuery,
        after: Option<LogId>,
        budget: ScanBudget,
    ) -> Result<Counted, LogStoreError> {
        self.scan_for(client, budget).await?;
        self.inner.count(client, query, after, budget).await
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        self.inner.get(client, id).await
    }

    async fn get_many(
        &self,
        client: &ClientId,
        ids: &[LogId],
    ) -> Result<Vec<StoredLog>, LogStoreError> {
        self.inner.get_many(client, ids).await
    }

    async fn position(&self) -> Result<Position, LogStoreError> {
        self.inner.position().await
    }

    async fn position_before(
        &self,
        client: &ClientId,
        id: LogId,
    ) -> Result<Position, LogStoreError> {
        self.inner.position_before(client, id).await
    }

    async fn arrivals(
        &self,
        client: &ClientId,
        position: &Position,
    ) -> Result<Arrivals, LogStoreError> {
        self.asked_for_arrivals.fetch_add(1, Ordering::Relaxed);
        self.inner.arrivals(client, position).await
    }

    async fn trim_arrivals(&self, position: &Position) -> Result<usize, LogStoreError> {
        self.inner.trim_arrivals(position).await
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        self.inner.ready().await
    }
}
