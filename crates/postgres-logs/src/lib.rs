#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod arrivals;
mod blocks;
mod conditions;
mod idempotency;
mod packing;
mod programs;
mod reading;
mod repeats;
mod retention;
mod rows;
mod sealing;
mod select;
mod stats;
mod swapping;
mod totals;
mod turns;
mod writers;
mod writing;

use async_trait::async_trait;
use central_logger_block_store::{ENOUGH_FOR_A_BLOCK, OpenBlocks};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    Append, Appended, IdempotencyKey, LogId, LogPage, LogSearch, LogStore, LogStoreError,
    StatsQuery, StoredLog,
    idempotency::Receipt,
    store::{Arrivals, CommitStyle, Counted, Lot, Position, ScanBudget, WriterHolder},
};
use central_logger_postgres_database::Database;
use programs::Programs;
use std::sync::Arc;
use time::OffsetDateTime;

/// Logs in PostgreSQL.
#[derive(Debug)]
pub struct PostgresLogs {
    database: Arc<Database>,
    opened: OpenBlocks,
    programs: Programs,
    /// From how many entries of a client on a commit writes blocks.
    enough_for_a_block: usize,
}

/// The most that read at once.
const READS: usize = 8;

impl PostgresLogs {
    /// The logs of `database`.
    pub fn new(database: Arc<Database>) -> Self {
        Self {
            database,
            opened: OpenBlocks::default(),
            programs: Programs::default(),
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
impl LogStore for PostgresLogs {
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError> {
        Append::check_times(&group)?;
        match writing::append(self, group).await {
            Err(error) if error.is_duplicate() => Err(LogStoreError::IdTaken),
            appended => Ok(appended?),
        }
    }

    async fn lend_places(
        &self,
        holder: WriterHolder,
        from: u64,
        now: OffsetDateTime,
    ) -> Result<Lot, LogStoreError> {
        Ok(writers::lend(&self.database, holder, from, now).await?)
    }

    fn commit_style(&self) -> CommitStyle {
        CommitStyle {
            in_flight: 3,
            // What is of one client goes to one machine.
            one_client: self.database.is_distributed(),
        }
    }

    async fn receipt(
        &self,
        client: &ClientId,
        key: &IdempotencyKey,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, LogStoreError> {
        Ok(idempotency::receipt(&self.database, client, key, now).await?)
    }

    async fn delete_expired_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError> {
        Ok(idempotency::forget(&self.database, now).await?)
    }

    /// Half of the connections: the others are for keys, appends, receipts and readiness.
    fn reads_at_once(&self) -> usize {
        (self.database.pool_status().most / 2).clamp(1, READS)
    }

    async fn scan(
        &self,
        client: &ClientId,
        search: &LogSearch,
        budget: ScanBudget,
    ) -> Result<LogPage, LogStoreError> {
        Ok(reading::scan(&self.database, &self.opened, client, search, budget).await?)
    }

    async fn count(
        &self,
        client: &ClientId,
        query: &StatsQuery,
        after: Option<LogId>,
        budget: ScanBudget,
    ) -> Result<Counted, LogStoreError> {
        Ok(stats::count(&self.database, &self.opened, client, query, after, budget).await?)
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        Ok(reading::get(&self.database, &self.opened, client, id).await?)
    }

    async fn get_many(
        &self,
        client: &ClientId,
        ids: &[LogId],
    ) -> Result<Vec<StoredLog>, LogStoreError> {
        Ok(reading::get_many(&self.database, &self.opened, client, ids).await?)
    }

    async fn position(&self) -> Result<Position, LogStoreError> {
        Ok(arrivals::position(&self.database).await?)
    }

    async fn position_before(
        &self,
        client: &ClientId,
        id: LogId,
    ) -> Result<Position, LogStoreError> {
        Ok(arrivals::position_before(&self.database, client, id).await?)
    }

    async fn arrivals(
        &self,
        client: &ClientId,
        position: &Position,
    ) -> Result<Arrivals, LogStoreError> {
        Ok(arrivals::after(&self.database, client, position).await?)
    }

    async fn trim_arrivals(&self, position: &Position) -> Result<usize, LogStoreError> {
        Ok(arrivals::forget(&self.database, position).await?)
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        self.database.need_room()?;
        let answer = self.database.run(async |connection| {
            connection
                .batch_execute("SELECT FROM workflow_logs LIMIT 0")
                .await?;
            Ok(())
        });
        Ok(answer.await?)
    }
}
