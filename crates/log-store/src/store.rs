use crate::{
    Append, Appended, Arrivals, CommitStyle, Counted, IdempotencyKey, LogEntry, LogId, LogPage,
    LogQuery, LogSearch, LogStats, Lot, Position, Reach, Receipt, StatsQuery, StoredLog,
    WriterHolder, answer::Answer,
};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::{error::Error, ops::ControlFlow, sync::Arc};
use time::OffsetDateTime;

/// Where logs are kept. Nothing can be asked of it without a client.
#[async_trait]
pub trait LogStore: Send + Sync {
    /// Stores the entries of all of `group`, or nothing of it, and tells what became of each. When it
    /// returns, they are durable.
    ///
    /// An event whose id its client has already is left as it is. When the id of an entry without an
    /// event id is taken, this is [`IdTaken`](LogStoreError::IdTaken), since it is another entry that
    /// has it. An append whose idempotency key its
    /// client has used within [`Claim::REMEMBERED`](crate::Claim::REMEMBERED) is left out: of several
    /// with the same key, also in other programs, one is stored, and the others wait until it is.
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError>;

    /// Lends `holder` places for entries, with arrivals of `from` or later, which nobody else ever had
    /// or gets, also after a crash and whatever the clocks say: by [`WriterNumber::lend`], of numbers
    /// that are durable when this returns.
    ///
    /// [`WriterNumber::lend`]: crate::WriterNumber::lend
    async fn lend_places(
        &self,
        holder: WriterHolder,
        from: u64,
        now: OffsetDateTime,
    ) -> Result<Lot, LogStoreError>;

    /// How it likes its commits.
    fn commit_style(&self) -> CommitStyle;

    /// What is remembered at `now` of the request that `client` sent under `key`.
    async fn receipt(
        &self,
        client: &ClientId,
        key: &IdempotencyKey,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, LogStoreError>;

    /// Forgets some requests that need not be remembered at `now`, and tells how many.
    async fn forget_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError>;

    /// Stores `entries` of one client, alone; see [`append_group`](Self::append_group).
    async fn append(
        &self,
        client: &ClientId,
        received_at: OffsetDateTime,
        entries: &[LogEntry],
    ) -> Result<(), LogStoreError> {
        let append = Append {
            client: client.clone(),
            received_at,
            entries: entries.to_vec(),
            claim: None,
        };
        self.append_group(Arc::from([append])).await.map(drop)
    }

    /// How many may read at once without taking from appends, receipts and [`ready`](Self::ready) what
    /// they need, such as connections.
    fn reads_at_once(&self) -> usize {
        4
    }

    /// Looks at the next entries of `client`, in the order asked for, as far as `reach` goes, and gives
    /// those that `search` asks for, as far as they go on one page.
    ///
    /// The page's `next_cursor` says where to go on, whether entries were found or not. It is nothing
    /// only when there are no more.
    async fn scan(
        &self,
        client: &ClientId,
        search: &LogSearch,
        reach: Reach,
    ) -> Result<LogPage, LogStoreError>;

    /// Counts the entries of `client` behind the entry `after`, in the order of ids, as far as `reach`
    /// goes.
    async fn count(
        &self,
        client: &ClientId,
        query: &StatsQuery,
        after: Option<LogId>,
        reach: Reach,
    ) -> Result<Counted, LogStoreError>;

    /// The entries of `client` that `query` asks for, as far as they go on one page, however long it
    /// takes.
    async fn page(&self, client: &ClientId, query: &LogQuery) -> Result<LogPage, LogStoreError> {
        let mut answer = Answer::new(&query.clone().into());
        loop {
            let (search, reach) = answer.next(Reach::MOST);
            let part = self.scan(client, search, reach).await?;
            match answer.take(part, reach.entries) {
                ControlFlow::Break(page) => return Ok(page),
                ControlFlow::Continue(unfinished) => answer = unfinished,
            }
        }
    }

    /// How many entries of `client` there are in each bucket, however long it takes.
    async fn stats(
        &self,
        client: &ClientId,
        query: &StatsQuery,
    ) -> Result<LogStats, LogStoreError> {
        let (mut stats, mut after) = (LogStats::new(query), None);
        loop {
            let counted = self.count(client, query, after, Reach::MOST).await?;
            stats.merge(&counted.stats)?;
            match counted.last {
                Some(last) => after = Some(last),
                None => return Ok(stats),
            }
        }
    }

    /// The entry of `client` with that id.
    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError>;

    /// Those of the entries of `client` with one of `ids` that there are, in any order.
    async fn several(
        &self,
        client: &ClientId,
        ids: &[LogId],
    ) -> Result<Vec<StoredLog>, LogStoreError>;

    /// The position behind all that is visible now.
    async fn position(&self) -> Result<Position, LogStoreError>;

    /// A position behind which all of `client` comes that was not visible yet when the entry `id`
    /// became so, and perhaps some more; that before all that is remembered, when it is not known.
    async fn position_before(
        &self,
        client: &ClientId,
        id: LogId,
    ) -> Result<Position, LogStoreError>;

    /// Some of the entries of `client` that became visible behind `position`, each of them once when
    /// it is gone on with the position of the answer. An event that was there before is none of them.
    async fn arrivals(
        &self,
        client: &ClientId,
        position: &Position,
    ) -> Result<Arrivals, LogStoreError>;

    /// Forgets the order of some of what became visible before `position`, and tells of how many
    /// commits. When it tells none, all is forgotten that can be.
    async fn forget_arrivals(&self, position: &Position) -> Result<usize, LogStoreError>;

    /// Whether the store answers and its schema can be worked with.
    async fn ready(&self) -> Result<(), LogStoreError>;
}

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LogStoreError {
    /// The store cannot be reached or does not answer in time; trying again may help.
    #[error("the log store is not available")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
    /// The change was handed over and not confirmed: it may have been made, or may be made yet.
    #[error(
        "whether logs were removed is not known: the database has not confirmed it in time. Repeat \
         the command when it answers again"
    )]
    OutcomeUnknown(#[source] Arc<dyn Error + Send + Sync>),
    /// An entry has an id that another one has. Nothing of the group was stored, and with new places it
    /// can be.
    #[error("the id of an entry is taken")]
    IdTaken,
    /// What was asked takes longer than a store reads for one answer.
    #[error("the log store would have to read for too long")]
    TooSlow,
    /// Too many reads of this client wait already; trying again later may help.
    #[error("too many requests of this client wait to read")]
    Busy,
    /// What was asked has more different values than one answer tells apart.
    #[error("there are too many different values to count them apart")]
    TooManyValues,
    /// Anything else: trying again will not help.
    #[error("the log store failed")]
    Failed(#[source] Arc<dyn Error + Send + Sync>),
}

impl LogStoreError {
    /// Whether trying again may help. The store has told the log why it did not answer.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::OutcomeUnknown(_))
    }
}
