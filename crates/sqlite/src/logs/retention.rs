use super::SqliteLogs;
use crate::error::FileError;
use async_trait::async_trait;
use central_logger_keys::{ClientId, InvalidClientId};
use central_logger_log_store::{LogId, LogPruner, LogStoreError};
use rusqlite::{OptionalExtension, types::Type};
use time::OffsetDateTime;

/// How many rows are removed in one transaction, so that no writer waits for long.
const STEP: i64 = 1000;

#[async_trait]
impl LogPruner for SqliteLogs {
    async fn next_client(
        &self,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError> {
        let after = after.map(|client| client.as_str().to_owned());
        let next = self.file.read(move |connection| {
            let sql = "SELECT client_id FROM workflow_logs WHERE client_id > ?1
                       ORDER BY client_id LIMIT 1";
            let mut select = connection.prepare_cached(sql)?;
            let next = select.query_row([after.unwrap_or_default()], |row| {
                let client: String = row.get(0)?;
                client.parse().map_err(|error: InvalidClientId| {
                    rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into())
                })
            });
            Ok::<_, FileError>(next.optional()?)
        });
        Ok(next.await?)
    }

    async fn delete(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError> {
        let client = client.clone();
        let removed = self.file.write_in_need(move |transaction| {
            let sql = "DELETE FROM workflow_logs WHERE client_id = ?1 AND id IN (
                           SELECT id FROM workflow_logs
                           WHERE client_id = ?1 AND (?2 IS NULL OR id < ?2) ORDER BY id LIMIT ?3)";
            let before = before.map(|id| *id.as_uuid().as_bytes());
            let mut delete = transaction.prepare_cached(sql)?;
            Ok(delete.execute((client.as_str(), before, STEP))?)
        });
        Ok(removed.await?)
    }

    async fn delete_requests(&self, client: &ClientId) -> Result<usize, LogStoreError> {
        let client = client.clone();
        let forgotten = self.file.write_in_need(move |transaction| {
            let sql = "DELETE FROM idempotency_keys WHERE rowid IN (
                           SELECT rowid FROM idempotency_keys WHERE client_id = ?1 LIMIT ?2)";
            let arrivals = "DELETE FROM log_arrivals WHERE client_id = ?1";
            transaction.execute(arrivals, [client.as_str()])?;
            let mut delete = transaction.prepare_cached(sql)?;
            Ok(delete.execute((client.as_str(), STEP))?)
        });
        Ok(forgotten.await?)
    }

    /// Months lie together with all others here.
    async fn maintain_partitions(
        &self,
        _now: OffsetDateTime,
        _ended: Option<LogId>,
    ) -> Result<(), LogStoreError> {
        Ok(())
    }
}
