mod idempotency;
mod reading;
mod retention;
mod stats;
mod writing;

use crate::{database::Database, wall::READ_LIMIT};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    Append, Appended, CommitStyle, IdempotencyKey, LogId, LogPage, LogQuery, LogStats, LogStore,
    LogStoreError, Receipt, StatsQuery, StoredLog,
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
        Ok(writing::append(&self.database, &group).await?)
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
