use crate::{
    LogId, LogPage, LogSearch, LogStats, LogStoreError, StatsQuery, StoredLog, TenantLogs, Turn,
    answer::Answer, turns::Standing,
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
        let mut turn = self.first_turn().await?;
        let (turns, client) = (self.logs.read_turns(), self.logs.client());
        let until = Instant::now() + Self::LIMIT;
        let mut answer = Answer::new(search);
        loop {
            let (search, reach) = answer.next(turns.reach());
            let began = Instant::now();
            let within = reach.within(until.saturating_duration_since(began));
            let part = match self.logs.store().scan(client, search, within).await {
                Err(LogStoreError::TooSlow) => {
                    turns.learn_slowness();
                    return Ok(answer.end_early());
                }
                part => part?,
            };
            match answer.take(part, reach.entries) {
                ControlFlow::Break(page) => return Ok(page),
                ControlFlow::Continue(unfinished) => answer = unfinished,
            }
            turns.learn(reach, began.elapsed());
            match self.next_turn(turn, until).await {
                Some(next) => turn = next,
                None => return Ok(answer.end_early()),
            }
        }
    }

    /// As [`TenantLogs::stats`].
    ///
    /// # Errors
    /// As [`TenantLogs::stats`].
    pub async fn stats(&mut self, query: &StatsQuery) -> Result<LogStats, LogStoreError> {
        let mut turn = self.first_turn().await?;
        let (turns, client) = (self.logs.read_turns(), self.logs.client());
        let until = Instant::now() + Self::LIMIT;
        let (mut stats, mut after) = (LogStats::new(query), None);
        loop {
            let (reach, began) = (turns.reach(), Instant::now());
            let within = reach.within(until.saturating_duration_since(began));
            let counted = self.logs.store().count(client, query, after, within).await;
            if matches!(counted, Err(LogStoreError::TooSlow)) {
                turns.learn_slowness();
            }
            let counted = counted?;
            stats.merge(&counted.stats)?;
            match counted.last {
                Some(last) => after = Some(last),
                None => return Ok(stats),
            }
            turns.learn(reach, began.elapsed());
            let next = self.next_turn(turn, until).await;
            turn = next.ok_or(LogStoreError::TooSlow)?;
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

    /// The next turn; nothing when the time is over before.
    async fn next_turn(&self, turn: Turn, until: Instant) -> Option<Turn> {
        let next = self.logs.read_turns().take_again(turn);
        let next = timeout_at(until, next).await.ok()?.ok()?;
        (Instant::now() < until).then_some(next)
    }
}
