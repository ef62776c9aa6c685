mod arrivals;
mod idempotency;
mod reading;
mod retention;
mod stats;
mod writers;
mod writing;

use crate::{database::Database, wall::READ_LIMIT};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    Append, Appended, Arrivals, CommitStyle, IdempotencyKey, LogId, LogPage, LogQuery, LogStats,
    LogStore, LogStoreError, Lot, Position, Receipt, StatsQuery, StoredLog, WriterHolder,
};
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;

/// Logs in PostgreSQL.
#[derive(Debug)]
pub struct PostgresLogs {
    database: Arc<Database>,
    read_limit: Duration,
}

const COLUMNS: &str = "id, received_at, environment, executed_at, status, workflow, message, \
     event_id, extra";

impl PostgresLogs {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self {
            database,
            read_limit: READ_LIMIT,
        }
    }

    /// Reads for at most so long for one answer, instead of five seconds.
    #[must_use]
    pub fn with_read_limit(self, read_limit: Duration) -> Self {
        Self { read_limit, ..self }
    }
}

#[async_trait]
impl LogStore for PostgresLogs {
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError> {
        match writing::append(&self.database, &group).await {
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

    async fn forget_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError> {
        Ok(idempotency::forget(&self.database, now).await?)
    }

    async fn page(&self, client: &ClientId, query: &LogQuery) -> Result<LogPage, LogStoreError> {
        Ok(reading::page(self, client, query).await?)
    }

    async fn stats(
        &self,
        client: &ClientId,
        query: &StatsQuery,
    ) -> Result<LogStats, LogStoreError> {
        Ok(stats::stats(self, client, query).await?)
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        Ok(reading::get(self, client, id).await?)
    }

    async fn several(
        &self,
        client: &ClientId,
        ids: &[LogId],
    ) -> Result<Vec<StoredLog>, LogStoreError> {
        Ok(reading::several(self, client, ids).await?)
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

    async fn forget_arrivals(&self, position: &Position) -> Result<usize, LogStoreError> {
        Ok(arrivals::forget(&self.database, position).await?)
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        let answer = self.database.run(async |connection| {
            connection
                .batch_execute("SELECT FROM workflow_logs LIMIT 0")
                .await?;
            Ok(())
        });
        Ok(answer.await?)
    }
}
