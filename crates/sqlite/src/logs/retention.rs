use super::{SqliteLogs, arrivals};
use crate::workflows;
use async_trait::async_trait;
use central_logger_block_store as block_store;
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogPruner, LogStoreError, store::Position};
use time::OffsetDateTime;

/// How many rows are forgotten in one transaction, so that no writer waits for long.
const STEP: i64 = 1000;

#[async_trait]
impl LogPruner for SqliteLogs {
    async fn next_client(
        &self,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError> {
        let sql = "SELECT min(client_id) AS client_id FROM (
                       SELECT * FROM (SELECT client_id FROM workflow_logs WHERE client_id > ?1
                                      ORDER BY client_id LIMIT 1)
                       UNION ALL
                       SELECT * FROM (SELECT client_id FROM log_blocks WHERE client_id > ?1
                                      ORDER BY client_id LIMIT 1))
                   HAVING min(client_id) IS NOT NULL";
        Ok(self.next_client_of(sql, after).await?)
    }

    async fn clients_since(
        &self,
        position: &Position,
    ) -> Result<(Vec<ClientId>, Position), LogStoreError> {
        Ok(arrivals::clients_since(&self.file, position).await?)
    }

    async fn delete(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError> {
        block_store::delete(self, client, before).await
    }

    async fn delete_requests(&self, client: &ClientId) -> Result<usize, LogStoreError> {
        let client = client.clone();
        let forgotten = self.file.write_in_need(move |transaction| {
            let sql = "DELETE FROM idempotency_keys WHERE rowid IN (
                           SELECT rowid FROM idempotency_keys WHERE client_id = ?1 LIMIT ?2)";
            let arrivals = "DELETE FROM log_arrivals WHERE client_id = ?1";
            transaction.execute(arrivals, [client.as_str()])?;
            workflows::forget(transaction, &client)?;
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
