use crate::{
    LogId, LogPage, LogSearch, LogStats, LogStoreError, Reach, StatsQuery, StoredLog, TenantLogs,
    Turn, answer::Answer, turns::Standing,
};
use std::{ops::ControlFlow, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};

/// An answer with a client's logs, read from the store in short turns, between which others have theirs.
///
/// Once it has had a turn it goes on before other requests of its client and is not refused any more, so
/// a long answer such as an export takes all of its pages from one `Reading`.
///
/// # Examples
///
/// ```
/// use central_logger_log_store::{Ingestor, LogSearch, MemoryLogs, TenantLogs};
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
    logs: TenantLogs,
    standing: Standing,
}

impl Reading {
    /// How long is read for one page, or for counts.
    pub const LIMIT: Duration = Duration::from_secs(5);

    /// How long a request waits for its first turn.
    const PATIENCE: Duration = Duration::from_secs(5);

    pub(crate) fn new(logs: TenantLogs) -> Self {
        Self {
            logs,
            standing: Standing::New,
        }
    }

    /// As [`TenantLogs::page`].
    ///
    /// # Errors
    /// As [`TenantLogs::page`].
    pub async fn page(&mut self, search: &LogSearch) -> Result<LogPage, LogStoreError> {
        let mut turn = Some(self.first_turn().await?);
        let until = Instant::now() + Self::LIMIT;
        let mut answer = Answer::new(search);
        loop {
            let Some(_turn) = self.turn(&mut turn, until).await else {
                return Ok(answer.end_early());
            };
            let (search, reach) = answer.next();
            let began = Instant::now();
            let reach = reach.within(until.saturating_duration_since(began));
            let scanned = self.logs.store().scan(self.logs.client(), search, reach);
            let part = match scanned.await {
                Err(LogStoreError::TooSlow) => return Ok(answer.end_early()),
                part => part?,
            };
            match answer.take(part, began.elapsed()) {
                ControlFlow::Break(page) => return Ok(page),
                ControlFlow::Continue(unfinished) => answer = unfinished,
            }
        }
    }

    /// As [`TenantLogs::stats`].
    ///
    /// # Errors
    /// As [`TenantLogs::stats`].
    pub async fn stats(&mut self, query: &StatsQuery) -> Result<LogStats, LogStoreError> {
        let mut turn = Some(self.first_turn().await?);
        let until = Instant::now() + Self::LIMIT;
        let (mut stats, mut after, mut reach) = (LogStats::new(query), None, Reach::FIRST);
        loop {
            let turn = self.turn(&mut turn, until).await;
            let _turn = turn.ok_or(LogStoreError::TooSlow)?;
            let began = Instant::now();
            let within = reach.within(until.saturating_duration_since(began));
            let (store, client) = (self.logs.store(), self.logs.client());
            let counted = store.count(client, query, after, within).await?;
            stats.merge(&counted.stats)?;
            reach.adapt(began.elapsed());
            match counted.last {
                Some(last) => after = Some(last),
                None => return Ok(stats),
            }
        }
    }

    /// As [`TenantLogs::get`].
    ///
    /// # Errors
    /// As [`TenantLogs::get`].
    pub async fn get(&mut self, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        let _turn = self.first_turn().await?;
        self.logs.store().get(self.logs.client(), id).await
    }

    /// The turn with which a part of the answer begins. Whoever was in line too long is not served, as
    /// somebody else may be by then.
    pub(crate) async fn first_turn(&mut self) -> Result<Turn, LogStoreError> {
        let turns = self.logs.read_turns();
        let turn = turns.take(self.logs.client(), self.standing);
        let turn = match self.standing {
            Standing::New => timeout(Self::PATIENCE, turn).await,
            Standing::Begun => Ok(turn.await),
        };
        let Ok(Ok(turn)) = turn else {
            return Err(LogStoreError::Busy);
        };
        self.standing = Standing::Begun;
        Ok(turn)
    }

    /// The turn at hand, or a further one; nothing when the time is over before.
    async fn turn(&self, at_hand: &mut Option<Turn>, until: Instant) -> Option<Turn> {
        if Instant::now() >= until {
            return None;
        }
        if let Some(turn) = at_hand.take() {
            return Some(turn);
        }
        let turn = self
            .logs
            .read_turns()
            .take(self.logs.client(), Standing::Begun);
        timeout_at(until, turn).await.ok()?.ok()
    }
}
