mod arrivals;
mod blocks;
mod idempotency;
mod reading;
mod repeats;
mod retention;
mod sealing;
mod stats;
mod swapping;
mod totals;
mod writers;
mod writing;

use crate::file::File;
use async_trait::async_trait;
use central_logger_block_store::{ENOUGH_FOR_A_BLOCK, OpenBlocks};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    Append, Appended, IdempotencyKey, LogId, LogPage, LogSearch, LogStore, LogStoreError,
    StatsQuery, StoredLog,
    idempotency::Receipt,
    store::{Arrivals, CommitStyle, Counted, Lot, Position, ScanBudget, WriterHolder},
};
use central_logger_times::Clock;
use std::sync::{Arc, atomic::AtomicBool};
use time::OffsetDateTime;

/// Logs in SQLite.
#[derive(Debug)]
pub struct SqliteLogs {
    file: File,
    opened: Arc<OpenBlocks>,
    /// Who has a lease is in the other file.
    keys: File,
    clock: Arc<dyn Clock>,
    /// Whether it is known that no program is left that cannot read blocks.
    all_read_blocks: AtomicBool,
    /// From how many entries of a client on a commit writes blocks.
    enough_for_a_block: usize,
}

/// Connections that searches leave to receipts, readiness and the like.
const SPARE_READERS: usize = 2;

impl SqliteLogs {
    pub(crate) fn new(file: File, keys: File, clock: Arc<dyn Clock>) -> Self {
        Self {
            file,
            opened: Arc::default(),
            keys,
            clock,
            all_read_blocks: AtomicBool::new(false),
            enough_for_a_block: ENOUGH_FOR_A_BLOCK,
        }
    }

    /// Writes a block for what a commit brings of one client and month from so many entries on, instead of
    /// [`ENOUGH_FOR_A_BLOCK`].
    #[must_use]
    pub fn with_blocks_from(mut self, entries: usize) -> Self {
        self.enough_for_a_block = entries;
        self
    }
}

#[async_trait]
impl LogStore for SqliteLogs {
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError> {
        Append::check_times(&group)?;
        Ok(writing::append(self, group).await?)
    }

    async fn lend_places(
        &self,
        holder: WriterHolder,
        from: u64,
        now: OffsetDateTime,
    ) -> Result<Lot, LogStoreError> {
        Ok(writers::lend(&self.file, holder, from, now).await?)
    }

    fn commit_style(&self) -> CommitStyle {
        // SQLite has one writer.
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
        Ok(idempotency::receipt(&self.file, client, key, now).await?)
    }

    async fn delete_expired_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError> {
        Ok(idempotency::forget(&self.file, now).await?)
    }

    fn reads_at_once(&self) -> usize {
        File::READERS - SPARE_READERS
    }

    async fn scan(
        &self,
        client: &ClientId,
        search: &LogSearch,
        budget: ScanBudget,
    ) -> Result<LogPage, LogStoreError> {
        Ok(reading::scan(&self.file, &self.opened, client, search, budget).await?)
    }

    async fn count(
        &self,
        client: &ClientId,
        query: &StatsQuery,
        after: Option<LogId>,
        budget: ScanBudget,
    ) -> Result<Counted, LogStoreError> {
        Ok(stats::count(&self.file, &self.opened, client, query, after, budget).await?)
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        Ok(reading::get(&self.file, &self.opened, client, id).await?)
    }

    async fn get_many(
        &self,
        client: &ClientId,
        ids: &[LogId],
    ) -> Result<Vec<StoredLog>, LogStoreError> {
        Ok(reading::get_many(&self.file, &self.opened, client, ids).await?)
    }

    async fn position(&self) -> Result<Position, LogStoreError> {
        Ok(arrivals::position(&self.file).await?)
    }

    async fn position_before(
        &self,
        client: &ClientId,
        id: LogId,
    ) -> Result<Position, LogStoreError> {
        Ok(arrivals::position_before(&self.file, client, id).await?)
    }

    async fn arrivals(
        &self,
        client: &ClientId,
        position: &Position,
    ) -> Result<Arrivals, LogStoreError> {
        Ok(arrivals::after(&self.file, client, position).await?)
    }

    async fn trim_arrivals(&self, position: &Position) -> Result<usize, LogStoreError> {
        Ok(arrivals::forget(&self.file, position).await?)
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        self.file.ready_to_write().await?;
        let sql = "SELECT 1 FROM schema_migrations";
        let file = self.file.clone();
        let done = self.file.read(move |connection| {
            file.need_room(connection)?;
            Ok(connection.query_row(sql, [], |_| Ok(()))?)
        });
        Ok(done.await?)
    }
}
