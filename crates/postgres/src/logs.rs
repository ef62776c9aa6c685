mod reading;
mod writing;

use crate::database::Database;
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogEntry, LogId, LogPage, LogQuery, LogStore, LogStoreError, StoredLog,
};
use std::sync::Arc;
use time::OffsetDateTime;

/// Logs in PostgreSQL.
#[derive(Debug)]
pub struct PostgresLogs {
    database: Arc<Database>,
}

const COLUMNS: &str = "id, received_at, environment, executed_at, status, workflow, message, \
     event_id, extra";

impl PostgresLogs {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

#[async_trait]
impl LogStore for PostgresLogs {
    async fn append(
        &self,
        client: &ClientId,
        received_at: OffsetDateTime,
        entries: &[LogEntry],
    ) -> Result<(), LogStoreError> {
        Ok(writing::append(&self.database, client, received_at, entries).await?)
    }

    async fn page(&self, client: &ClientId, query: &LogQuery) -> Result<LogPage, LogStoreError> {
        Ok(reading::page(&self.database, client, query).await?)
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        Ok(reading::get(&self.database, client, id).await?)
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
