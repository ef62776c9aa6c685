mod idempotency;
mod reading;
mod writing;

use crate::file::File;
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    Append, Appended, CommitStyle, IdempotencyKey, LogId, LogPage, LogQuery, LogStore,
    LogStoreError, Receipt, StoredLog,
};
use std::sync::Arc;
use time::OffsetDateTime;

/// Logs in SQLite.
#[derive(Debug)]
pub struct SqliteLogs {
    file: File,
}

const COLUMNS: &str = "id, received_at, environment, executed_at, status, workflow, message, \
     event_id, extra";

impl SqliteLogs {
    pub(crate) fn new(file: File) -> Self {
        Self { file }
    }
}

#[async_trait]
impl LogStore for SqliteLogs {
    async fn append_group(&self, group: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError> {
        Ok(writing::append(&self.file, group).await?)
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
        Ok(reading::page(&self.file, client, query).await?)
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        Ok(reading::get(&self.file, client, id).await?)
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        let sql = "SELECT 1 FROM schema_migrations";
        let done = self
            .file
            .read(move |connection| Ok(connection.query_row(sql, [], |_| Ok(()))?));
        Ok(done.await?)
    }
}
