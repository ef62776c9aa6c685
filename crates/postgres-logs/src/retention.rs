use crate::{PostgresLogs, arrivals};
use async_trait::async_trait;
use central_logger_block_store as block_store;
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogPruner, LogStoreError, store::Position};
use central_logger_postgres_database::{Database, IN_INDEX_ORDER, Roles, StatementError};
use central_logger_sql_rows::UnreadableRow;
use deadpool_postgres::Transaction;
use std::sync::atomic::Ordering;
use time::OffsetDateTime;
use uuid::Uuid;

/// How many rows are removed in one transaction, so that nobody waits for it.
const STEP: i64 = 1000;

#[async_trait]
impl LogPruner for PostgresLogs {
    async fn next_client(
        &self,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError> {
        let sql = "SELECT client_id FROM (
                       (SELECT client_id FROM workflow_logs WHERE client_id > $1
                        ORDER BY client_id LIMIT 1)
                       UNION ALL
                       (SELECT client_id FROM log_blocks WHERE client_id > $1
                        ORDER BY client_id LIMIT 1)) AS next
                   ORDER BY client_id LIMIT 1";
        Ok(next_client_of(&self.database, sql, after).await?)
    }

    async fn clients_since(
        &self,
        position: &Position,
    ) -> Result<(Vec<ClientId>, Position), LogStoreError> {
        Ok(arrivals::clients_since(&self.database, position).await?)
    }

    async fn delete(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError> {
        block_store::delete(self, client, before).await
    }

    async fn delete_requests(&self, client: &ClientId) -> Result<usize, LogStoreError> {
        let forgotten = as_keeper(&self.database, async |transaction| {
            let arrivals = "DELETE FROM log_arrivals WHERE client_id = $1";
            transaction.execute(arrivals, &[&client.as_str()]).await?;
            let workflows = "DELETE FROM workflow_documents
                             WHERE client_id = $1 AND kind <> 'mapping'";
            transaction.execute(workflows, &[&client.as_str()]).await?;
            let sql = "DELETE FROM idempotency_keys WHERE client_id = $1 AND key = ANY (ARRAY (
                           SELECT key FROM idempotency_keys WHERE client_id = $1 LIMIT $2))";
            let delete = transaction.prepare_cached(sql).await?;
            Ok(transaction
                .execute(&delete, &[&client.as_str(), &STEP])
                .await?)
        });
        Ok(count(forgotten.await?))
    }

    async fn maintain_partitions(
        &self,
        now: OffsetDateTime,
        ended: Option<LogId>,
    ) -> Result<(), LogStoreError> {
        Ok(self.database.maintain_partitions(now, ended).await?)
    }
}

pub(crate) async fn next_client_of(
    database: &Database,
    sql: &str,
    after: Option<&ClientId>,
) -> Result<Option<ClientId>, StatementError> {
    let after = after.map_or("", ClientId::as_str);
    let next = as_keeper(database, async |transaction| {
        let select = transaction.prepare_cached(sql).await?;
        let row = transaction.query_opt(&select, &[&after]).await?;
        let next = row.map(|row| row.try_get::<_, &str>(0)?.parse().map_err(damaged));
        next.transpose()
    });
    next.await
}

/// Deletes some of the earliest rows, and returns how many.
pub(crate) async fn delete_rows(
    database: &Database,
    client: &ClientId,
    before: Option<LogId>,
) -> Result<usize, StatementError> {
    let before = before.map_or(Uuid::max(), |id| *id.as_uuid());
    loop {
        let removed = remove_step(database, client, before).await?;
        // Others may have removed all of a step, and then there may be more behind it.
        if removed.count > 0 || removed.is_last {
            return Ok(count(removed.count));
        }
    }
}

struct Removed {
    count: u64,
    /// Whether nothing was there behind it.
    is_last: bool,
}

async fn remove_step(
    database: &Database,
    client: &ClientId,
    before: Uuid,
) -> Result<Removed, StatementError> {
    let removed = as_keeper(database, async |transaction| {
        // A range of ids, and not the ids themselves: it names the partitions that it lies in.
        let sql = "SELECT id FROM workflow_logs WHERE client_id = $1 AND id < $2
                   ORDER BY id OFFSET $3 LIMIT 1";
        let select = transaction.prepare_cached(sql).await?;
        let further = transaction
            .query_opt(&select, &[&client.as_str(), &before, &STEP])
            .await?;
        let further: Option<Uuid> = further.map(|row| row.try_get(0)).transpose()?;
        let sql = "DELETE FROM workflow_logs WHERE client_id = $1 AND id < $2";
        let delete = transaction.prepare_cached(sql).await?;
        let end = further.unwrap_or(before);
        Ok(Removed {
            count: transaction
                .execute(&delete, &[&client.as_str(), &end])
                .await?,
            is_last: further.is_none(),
        })
    });
    removed.await
}

/// Does `work` in the role that may remove, and commits it: what is said to be gone does not come back.
pub(crate) async fn as_keeper<T>(
    database: &Database,
    work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, StatementError>,
) -> Result<T, StatementError> {
    database
        .run_change(async |connection, committing| {
            let transaction = connection.transaction().await?;
            transaction.batch_execute(&keeper(database)).await?;
            let done = work(&transaction).await?;
            committing.store(true, Ordering::Relaxed);
            transaction.commit().await?;
            Ok(done)
        })
        .await
}

/// The statements that take the role that may remove.
fn keeper(database: &Database) -> String {
    let role = database.take(Roles::keeper);
    format!(
        "SET LOCAL citus.propagate_set_commands = 'local'; {role}{IN_INDEX_ORDER}
         SET LOCAL synchronous_commit = on"
    )
}

/// The same, for the blocks of one client.
pub(crate) fn keeper_of(database: &Database, client: &ClientId) -> String {
    // A client id has no character that would end the literal.
    let keeper = keeper(database);
    format!("{keeper}; SET LOCAL app.client_id = '{client}'")
}

fn damaged<E>(_: E) -> StatementError {
    UnreadableRow::new("an entry", "its client id has characters that none has").into()
}

fn count(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}
