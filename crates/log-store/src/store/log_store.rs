use super::{
    Append, Appended, Arrivals, CommitStyle, Counted, LogPage, LogStats, LogStoreError, Lot,
    PartialPage, Position, ScanBudget, WriterHolder,
};
use crate::{
    entries::{LogEntry, LogId, StoredLog},
    idempotency::{IdempotencyKey, Receipt},
    queries::{LogSearch, StatsQuery},
};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::{ops::ControlFlow, sync::Arc};
use time::OffsetDateTime;

/// A store of logs. Nothing can be asked of it without a client.
#[async_trait]
pub trait LogStore: Send + Sync {
    /// Stores the entries of all of `group`, or nothing of it, and returns what became of each append.
    /// When it returns, they are durable.
    ///
    /// An event whose id its client has already is left as it is. When the id of an entry without an
    /// event id is taken, this fails with [`IdTaken`](LogStoreError::IdTaken), since it is another entry
    /// that has it. An append whose idempotency key its client has used within
    /// [`Claim::REMEMBERED`](crate::Claim::REMEMBERED) is left out: of several with the same key, also in
    /// other programs, one is stored, and the others wait until it is. What [`Append::check_times`] refuses
    /// is refused here.
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError>;

    /// Lends `holder` places for entries, with arrivals of `from` or later, which no other holder ever had
    /// or gets, also after a crash and whatever the clocks say: by [`WriterNumber::lend`], of numbers
    /// that are durable when this returns.
    ///
    /// [`WriterNumber::lend`]: super::WriterNumber::lend
    async fn lend_places(
        &self,
        holder: WriterHolder,
        from: u64,
        now: OffsetDateTime,
    ) -> Result<Lot, LogStoreError>;

    /// Returns how commits into it are best made.
    fn commit_style(&self) -> CommitStyle;

    /// Returns what is remembered at `now` of the request that `client` sent under `key`.
    async fn receipt(
        &self,
        client: &ClientId,
        key: &IdempotencyKey,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, LogStoreError>;

    /// Deletes some of the claims that need not be remembered at `now`, and returns how many.
    async fn delete_expired_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError>;

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

    /// Returns how many may read at once without taking from appends, receipts and
    /// [`ready`](Self::ready) what they need, such as connections.
    fn reads_at_once(&self) -> usize {
        4
    }

    /// Looks at the next entries of `client`, in the order asked for, within `budget`, and returns those
    /// that `search` asks for, as far as they go on one page.
    ///
    /// The page's `next_cursor` says where to go on, whether entries were found or not. It is `None` only
    /// when there are no more.
    async fn scan(
        &self,
        client: &ClientId,
        search: &LogSearch,
        budget: ScanBudget,
    ) -> Result<LogPage, LogStoreError>;

    /// Counts the entries of `client` behind the entry `after`, in the order of ids, within `budget`.
    async fn count(
        &self,
        client: &ClientId,
        query: &StatsQuery,
        after: Option<LogId>,
        budget: ScanBudget,
    ) -> Result<Counted, LogStoreError>;

    /// Returns the entries of `client` that `search` asks for, as far as they go on one page, however long
    /// it takes.
    async fn page(&self, client: &ClientId, search: &LogSearch) -> Result<LogPage, LogStoreError> {
        let mut page = PartialPage::new(search);
        loop {
            let (search, budget) = page.next(ScanBudget::MAX);
            let part = self.scan(client, search, budget).await?;
            match page.take(part) {
                ControlFlow::Break(page) => return Ok(page),
                ControlFlow::Continue(unfinished) => page = unfinished,
            }
        }
    }

    /// Returns how many entries of `client` there are in each bucket, however long it takes.
    async fn stats(
        &self,
        client: &ClientId,
        query: &StatsQuery,
    ) -> Result<LogStats, LogStoreError> {
        let (mut stats, mut after) = (LogStats::new(query), None);
        loop {
            let counted = self.count(client, query, after, ScanBudget::MAX).await?;
            stats.merge(&counted.stats)?;
            match counted.last {
                Some(last) => after = Some(last),
                None => return Ok(stats),
            }
        }
    }

    /// Returns the entry of `client` with that id.
    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError>;

    /// Returns the entries of `client` that have one of `ids`, in any order.
    async fn get_many(
        &self,
        client: &ClientId,
        ids: &[LogId],
    ) -> Result<Vec<StoredLog>, LogStoreError>;

    /// Returns the position behind all that is visible now.
    async fn position(&self) -> Result<Position, LogStoreError>;

    /// Returns a position behind which all of `client` comes that was not visible yet when the entry `id`
    /// became so, and perhaps some more; that before all that is remembered, when it is not known.
    async fn position_before(
        &self,
        client: &ClientId,
        id: LogId,
    ) -> Result<Position, LogStoreError>;

    /// Returns some of the entries of `client` that became visible behind `position`: each of them once,
    /// when the next call has the position of the answer. An event that was there before is none of them.
    async fn arrivals(
        &self,
        client: &ClientId,
        position: &Position,
    ) -> Result<Arrivals, LogStoreError>;

    /// Deletes the order of some of what became visible before `position`, and returns of how many
    /// commits. When it returns zero, all is deleted that can be.
    async fn trim_arrivals(&self, position: &Position) -> Result<usize, LogStoreError>;

    /// Checks that the store answers and its schema can be worked with.
    async fn ready(&self) -> Result<(), LogStoreError>;
}
