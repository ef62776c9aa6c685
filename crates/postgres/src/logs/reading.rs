use super::{COLUMNS, PostgresLogs};
use crate::error::StatementError;
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogPage, LogQuery, Order, PageBuilder, StoredLog};
use std::{ops::Bound, time::Instant};
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

/// How many entries are read at once.
const PART: i32 = 64;

pub(super) async fn page(
    logs: &PostgresLogs,
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
               AND ($7::timestamptz IS NULL OR received_at >= $7)
             ORDER BY id {order}"
    );
    let found = logs
        .database
        .read_logs(client, logs.read_limit, async |transaction| {
            let began = Instant::now();
            let select = transaction.prepare_cached(&sql).await?;
            let parameters: [&(dyn ToSql + Sync); 7] = [
                &client.as_str(),
                &from,
                &to,
                &query.environment,
                &query.status,
                &query.workflow,
                &query.received_from,
            ];
            // In parts, since a thousand entries may be too large to hold.
            let portal = transaction.bind(&select, &parameters).await?;
            let mut page = PageBuilder::new(query.limit);
            loop {
                let rows = transaction.query_portal(&portal, PART).await;
                let rows = match rows.map_err(StatementError::from) {
                    Err(error) if error.is_cancelled() => return Ok(page.cut_short()?),
                    rows => rows?,
                };
                for row in &rows {
                    if page.push(read(client, row)?).is_break() {
                        return Ok(page.build());
                    }
                }
                if rows.len() < PART as usize {
                    return Ok(page.build());
                }
                if began.elapsed() >= logs.read_limit {
                    return Ok(page.cut_short()?);
                }
            }
        });
    found.await
}

pub(super) async fn get(
    logs: &PostgresLogs,
    client: &ClientId,
    id: LogId,
) -> Result<Option<StoredLog>, StatementError> {
    let sql = format!("SELECT {COLUMNS} FROM workflow_logs WHERE client_id = $1 AND id = $2");
    let found = logs
        .database
        .read_logs(client, logs.read_limit, async |transaction| {
            let select = transaction.prepare_cached(&sql).await?;
            let row = transaction
                .query_opt(&select, &[&client.as_str(), id.as_uuid()])
                .await?;
            row.map(|row| read(client, &row)).transpose()
        });
    found.await
}

pub(super) async fn several(
    logs: &PostgresLogs,
    client: &ClientId,
    ids: &[LogId],
) -> Result<Vec<StoredLog>, StatementError> {
    // The range names the partitions that they lie in.
    let sql = format!(
        "SELECT {COLUMNS} FROM workflow_logs
         WHERE client_id = $1 AND id = ANY ($2) AND id >= $3 AND id <= $4"
    );
    let ids: Vec<_> = ids.iter().map(|id| *id.as_uuid()).collect();
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
        return Ok(Vec::new());
    };
    let found = logs
        .database
        .read_logs(client, logs.read_limit, async |transaction| {
            let select = transaction.prepare_cached(&sql).await?;
            let rows = transaction
                .query(&select, &[&client.as_str(), &ids, first, last])
                .await?;
            rows.iter().map(|row| read(client, row)).collect()
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
