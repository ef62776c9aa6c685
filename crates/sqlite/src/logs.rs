mod arrivals;
mod idempotency;
mod reading;
mod retention;
mod stats;
mod writers;
mod writing;

use crate::file::File;
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    Append, Appended, Arrivals, CommitStyle, IdempotencyKey, LogId, LogPage, LogQuery, LogStats,
    LogStore, LogStoreError, Lot, Position, Receipt, StatsQuery, StoredLog, WriterHolder,
};
use std::{sync::Arc, time::Duration};
use time::OffsetDateTime;

/// Logs in SQLite.
#[derive(Debug)]
pub struct SqliteLogs {
    file: File,
    read_limit: Duration,
}

const COLUMNS: &str = "id, received_at, environment, executed_at, status, workflow, message, \
     event_id, extra";

impl SqliteLogs {
    pub(crate) fn new(file: File) -> Self {
        Self {
            file,
            read_limit: Duration::from_secs(5),
        }
    }

    /// Reads for at most so long for one answer, instead of five seconds.
    #[must_use]
    pub fn with_read_limit(self, read_limit: Duration) -> Self {
        Self { read_limit, ..self }
    }
}

#[async_trait]
impl LogStore for SqliteLogs {
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError> {
        Ok(writing::append(&self.file, group).await?)
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

    async fn forget_claims(&self, now: OffsetDateTime) -> Result<usize, LogStoreError> {
        Ok(idempotency::forget(&self.file, now).await?)
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

    async fn forget_arrivals(&self, position: &Position) -> Result<usize, LogStoreError> {
        Ok(arrivals::forget(&self.file, position).await?)
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        let sql = "SELECT 1 FROM schema_migrations";
        let done = self
            .file
            .read(move |connection| Ok(connection.query_row(sql, [], |_| Ok(()))?));
        Ok(done.await?)
    }
}
