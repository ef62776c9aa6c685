mod reading;
mod writing;

use crate::file::File;
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogEntry, LogId, LogPage, LogQuery, LogStore, LogStoreError, StoredLog,
};
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
    async fn append(
        &self,
        client: &ClientId,
        received_at: OffsetDateTime,
        entries: &[LogEntry],
    ) -> Result<(), LogStoreError> {
        Ok(writing::append(&self.file, client, received_at, entries).await?)
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
