use super::COLUMNS;
use crate::{database::Database, error::StatementError};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogPage, LogQuery, Order, StoredLog};
use std::ops::Bound;
use tokio_postgres::Row;
use uuid::Uuid;

pub(super) async fn page(
    database: &Database,
    client: &ClientId,
    query: &LogQuery,
) -> Result<LogPage, StatementError> {
    let (lower, upper) = query.bounds();
    let (above, from) = match lower {
        Bound::Unbounded => (">=", Uuid::nil()),
        Bound::Included(id) => (">=", *id.as_uuid()),
        Bound::Excluded(id) => (">", *id.as_uuid()),
    };
    let (below, to) = match upper {
        Bound::Unbounded => ("<=", Uuid::max()),
        Bound::Included(id) => ("<=", *id.as_uuid()),
        Bound::Excluded(id) => ("<", *id.as_uuid()),
    };
    let order = match query.order {
        Order::Asc => "ASC",
        Order::Desc => "DESC",
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM workflow_logs
             WHERE client_id = $1 AND id {above} $2 AND id {below} $3
               AND ($4::text IS NULL OR environment = $4)
               AND ($5::text IS NULL OR status = $5)
               AND ($6::text IS NULL OR workflow = $6)
             ORDER BY id {order} LIMIT $7"
    );
    let rows = database.read_logs(client, async |transaction| {
        let select = transaction.prepare_cached(&sql).await?;
        let limit = i64::try_from(query.limit + 1).unwrap_or(i64::MAX);
        let rows = transaction
            .query(
                &select,
                &[
                    &client.as_str(),
                    &from,
                    &to,
                    &query.environment,
                    &query.status,
                    &query.workflow,
                    &limit,
                ],
            )
            .await?;
        rows.iter().map(|row| read(client, row)).collect()
    });
    Ok(LogPage::from_rows(rows.await?, query.limit))
}

pub(super) async fn get(
    database: &Database,
    client: &ClientId,
    id: LogId,
) -> Result<Option<StoredLog>, StatementError> {
    let sql = format!("SELECT {COLUMNS} FROM workflow_logs WHERE client_id = $1 AND id = $2");
    let found = database.read_logs(client, async |transaction| {
        let select = transaction.prepare_cached(&sql).await?;
        let row = transaction
            .query_opt(&select, &[&client.as_str(), id.as_uuid()])
            .await?;
        row.map(|row| read(client, &row)).transpose()
    });
    found.await
}

fn read(client: &ClientId, row: &Row) -> Result<StoredLog, StatementError> {
    Ok(StoredLog {
        id: row.try_get::<_, Uuid>(0)?.into(),
        client_id: client.clone(),
        received_at: row.try_get(1)?,
        environment: row.try_get(2)?,
        executed_at: row.try_get(3)?,
        status: row.try_get(4)?,
        workflow: row.try_get(5)?,
        message: row.try_get(6)?,
        event_id: row.try_get(7)?,
        extra: row.try_get(8)?,
    })
}
