use super::{Feeds, ReadTurn, ReadTurns, feed::Feed};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    entries::{LogId, StoredLog},
    queries::{LogSearch, StatsQuery, ValuesQuery},
    store::{
        Arrivals, CountedValues, LogPage, LogStats, LogStore, LogStoreError, LogValues,
        PartialPage, Position,
    },
};
use std::{fmt, ops::ControlFlow, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};

/// Reads of the logs of one client, each in its turn.
#[derive(Clone)]
pub(crate) struct ClientReads {
    store: Arc<dyn LogStore>,
    turns: ReadTurns,
    feeds: Feeds,
    client: ClientId,
}

/// An answer with a client's logs, read from the store in short turns, between which others have theirs.
///
/// Once it has had a turn it goes on before other requests of its client and is not refused any more, so
/// a long answer such as an export takes all of its pages from one `Reading`.
///
/// # Examples
///
/// ```
/// use central_logger_log_store::{LogSearch, MemoryLogs};
/// use central_logger_tenant_logs::{Ingestor, TenantLogs};
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ingestor = Ingestor::new(Arc::new(MemoryLogs::new()));
/// let mut reading = TenantLogs::new(&ingestor, "acme_corp".parse()?).reading();
/// let mut search = LogSearch::default();
/// loop {
///     let page = reading.page(&search).await?;
///     search.query.cursor = page.next_cursor;
///     if search.query.cursor.is_none() {
///         break;
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Reading {
    logs: ClientReads,
    has_begun: bool,
}

impl ClientReads {
    pub(crate) fn new(
        store: Arc<dyn LogStore>,
        turns: ReadTurns,
        feeds: Feeds,
        client: ClientId,
    ) -> Self {
        Self {
            store,
            turns,
            feeds,
            client,
        }
    }

    /// What the tails of the client share.
    pub(super) fn feed(&self) -> Arc<Feed> {
        self.feeds.of(&self.client)
    }

    pub(crate) fn client(&self) -> &ClientId {
        &self.client
    }

    pub(crate) fn store(&self) -> &dyn LogStore {
        &*self.store
    }

    pub(super) async fn get_many(&self, ids: &[LogId]) -> Result<Vec<StoredLog>, LogStoreError> {
        let _turn = self.turn_ahead().await?;
        self.store.get_many(&self.client, ids).await
    }

    pub(super) async fn position(&self) -> Result<Position, LogStoreError> {
        self.store.position().await
    }

    pub(super) async fn position_before(&self, id: LogId) -> Result<Position, LogStoreError> {
        let _turn = self.turn_ahead().await?;
        self.store.position_before(&self.client, id).await
    }

    pub(super) async fn arrivals(&self, position: &Position) -> Result<Arrivals, LogStoreError> {
        let _turn = self.turn_ahead().await?;
        self.store.arrivals(&self.client, position).await
    }

    /// Waits for a turn before the client's own searches, lest a tail fall behind.
    async fn turn_ahead(&self) -> Result<ReadTurn, LogStoreError> {
        let turn = self.turns.wait_ahead(&self.client).await;
        turn.map_err(|_| LogStoreError::Busy)
    }
}

impl Reading {
    /// The time for which one page, or counts, are read.
    pub const LIMIT: Duration = Duration::from_secs(5);

    /// The time for which a request waits for its first turn.
    const PATIENCE: Duration = Duration::from_secs(5);

    pub(crate) fn new(logs: ClientReads) -> Self {
        Self {
            logs,
            has_begun: false,
        }
    }

    /// As [`TenantLogs::page`](crate::TenantLogs::page).
    ///
    /// # Errors
    /// As [`TenantLogs::page`](crate::TenantLogs::page).
    pub async fn page(&mut self, search: &LogSearch) -> Result<LogPage, LogStoreError> {
        let mut turn = self.first_turn().await?;
        let ClientReads {
            store,
            turns,
            client,
            ..
        } = &self.logs;
        let until = Instant::now() + Self::LIMIT;
        let mut page = PartialPage::new(search);
        loop {
            let (search, budget) = page.next(turns.budget());
            let began = Instant::now();
            let within = budget.within(until.saturating_duration_since(began));
            let part = match store.scan(client, search, within).await {
                Err(LogStoreError::TooSlow) => {
                    turns.learn_slowness();
                    return Ok(page.end_early());
                }
                part => part?,
            };
            match page.take(part) {
                ControlFlow::Break(page) => return Ok(page),
                ControlFlow::Continue(unfinished) => page = unfinished,
            }
            turns.learn(budget, began.elapsed());
            match next_turn(turn, until).await {
                Some(next) => turn = next,
                None => return Ok(page.end_early()),
            }
        }
    }

    /// As [`TenantLogs::stats`](crate::TenantLogs::stats).
    ///
    /// # Errors
    /// As [`TenantLogs::stats`](crate::TenantLogs::stats).
    pub async fn stats(&mut self, query: &StatsQuery) -> Result<LogStats, LogStoreError> {
        let mut stats = LogStats::new(query);
        self.count(query, |part| stats.merge(&part)).await?;
        Ok(stats)
    }

    /// As [`TenantLogs::values`](crate::TenantLogs::values).
    ///
    /// # Errors
    /// As [`TenantLogs::values`](crate::TenantLogs::values).
    pub async fn values(&mut self, query: &ValuesQuery) -> Result<LogValues, LogStoreError> {
        let mut values = CountedValues::default();
        let add = |part| {
            values.add(&part);
            Ok(())
        };
        self.count(query.counted(), add).await?;
        Ok(values.into_values())
    }

    /// Counts in turns, and gives what each has counted to `take`.
    async fn count(
        &mut self,
        query: &StatsQuery,
        mut take: impl FnMut(LogStats) -> Result<(), LogStoreError>,
    ) -> Result<(), LogStoreError> {
        let mut turn = self.first_turn().await?;
        let ClientReads {
            store,
            turns,
            client,
            ..
        } = &self.logs;
        let until = Instant::now() + Self::LIMIT;
        let mut after = None;
        loop {
            let (budget, began) = (turns.budget(), Instant::now());
            let within = budget.within(until.saturating_duration_since(began));
            let counted = store.count(client, query, after, within).await;
            if matches!(counted, Err(LogStoreError::TooSlow)) {
                turns.learn_slowness();
            }
            let counted = counted?;
            take(counted.stats)?;
            match counted.last {
                Some(last) => after = Some(last),
                None => return Ok(()),
            }
            turns.learn(budget, began.elapsed());
            let next = next_turn(turn, until).await;
            turn = next.ok_or(LogStoreError::TooSlow)?;
        }
    }

    /// As [`TenantLogs::get`](crate::TenantLogs::get).
    ///
    /// # Errors
    /// As [`TenantLogs::get`](crate::TenantLogs::get).
    pub async fn get(&mut self, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        let _turn = self.first_turn().await?;
        self.logs.store.get(&self.logs.client, id).await
    }

    /// Waits for the turn with which a part of the answer begins. A request that was in line for too long
    /// is not served.
    pub(crate) async fn first_turn(&mut self) -> Result<ReadTurn, LogStoreError> {
        let ClientReads { turns, client, .. } = &self.logs;
        let turn = match self.has_begun {
            true => Ok(turns.wait_ahead(client).await),
            false => timeout(Self::PATIENCE, turns.wait(client)).await,
        };
        let Ok(Ok(turn)) = turn else {
            return Err(LogStoreError::Busy);
        };
        self.has_begun = true;
        Ok(turn)
    }
}

/// Waits for the next turn of an answer; `None` when its time is over before.
async fn next_turn(turn: ReadTurn, until: Instant) -> Option<ReadTurn> {
    let next = timeout_at(until, turn.again()).await.ok()?.ok()?;
    (Instant::now() < until).then_some(next)
}

impl fmt::Debug for ClientReads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientReads").field(&self.client).finish()
    }
}
