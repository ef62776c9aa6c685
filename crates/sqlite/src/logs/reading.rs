use super::{COLUMNS, SqliteLogs};
use crate::{
    error::FileError,
    keys::{from_unix_ms, unix_ms},
};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogPage, LogQuery, Order, PageBuilder, StoredLog};
use rusqlite::{OptionalExtension, Row, named_params};
use std::ops::Bound;
use uuid::Uuid;

pub(super) async fn page(
    logs: &SqliteLogs,
    client: &ClientId,
    query: &LogQuery,
) -> Result<LogPage, FileError> {
    let (client, query) = (client.clone(), query.clone());
    let (lower, upper) = query.bounds();
    let (above, from) = match lower {
        Bound::Unbounded => (">=", [0; 16]),
        Bound::Included(id) => (">=", *id.as_uuid().as_bytes()),
        Bound::Excluded(id) => (">", *id.as_uuid().as_bytes()),
    };
    let (below, to) = match upper {
        Bound::Unbounded => ("<=", [0xFF; 16]),
        Bound::Included(id) => ("<=", *id.as_uuid().as_bytes()),
        Bound::Excluded(id) => ("<", *id.as_uuid().as_bytes()),
    };
    let order = match query.order {
        Order::Asc => "ASC",
        Order::Desc => "DESC",
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM workflow_logs
         WHERE client_id = :client AND id {above} :from AND id {below} :to
           AND (:environment IS NULL OR environment = :environment)
           AND (:status IS NULL OR status = :status)
           AND (:workflow IS NULL OR workflow = :workflow)
           AND (:received_from IS NULL OR received_at >= :received_from)
         ORDER BY id {order}"
    );
    let found = logs.file.read_within(logs.read_limit, move |connection| {
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(named_params! {
            ":client": client.as_str(), ":from": from, ":to": to,
            ":environment": query.environment, ":status": query.status,
            ":workflow": query.workflow, ":received_from": query.received_from.map(unix_ms),
        })?;
        let mut page = PageBuilder::new(query.limit);
        loop {
            match rows.next().map_err(FileError::from) {
                Ok(Some(row)) if page.push(read(&client, row)?).is_continue() => {}
                Ok(_) => return Ok(page.build()),
                Err(error) if error.is_interrupted() => return Ok(page.cut_short()?),
                Err(error) => return Err(error),
            }
        }
    });
    found.await
}

pub(super) async fn get(
    logs: &SqliteLogs,
    client: &ClientId,
    id: LogId,
) -> Result<Option<StoredLog>, FileError> {
    let client = client.clone();
    let sql = format!("SELECT {COLUMNS} FROM workflow_logs WHERE client_id = ?1 AND id = ?2");
    let found = logs.file.read(move |connection| {
        let mut statement = connection.prepare_cached(&sql)?;
        let parameters = (client.as_str(), id.as_uuid().as_bytes());
        let row = statement.query_row(parameters, |row| read(&client, row));
        Ok::<_, FileError>(row.optional()?)
    });
    found.await
}

/// One by one: SQLite has them within the process.
pub(super) async fn several(
    logs: &SqliteLogs,
    client: &ClientId,
    ids: &[LogId],
) -> Result<Vec<StoredLog>, FileError> {
    let (client, ids) = (client.clone(), ids.to_vec());
    let sql = format!("SELECT {COLUMNS} FROM workflow_logs WHERE client_id = ?1 AND id = ?2");
    let found = logs.file.read(move |connection| {
        let mut statement = connection.prepare_cached(&sql)?;
        let mut logs = Vec::with_capacity(ids.len());
        for id in ids {
            let parameters = (client.as_str(), id.as_uuid().as_bytes());
            let row = statement.query_row(parameters, |row| read(&client, row));
            logs.extend(row.optional()?);
        }
        Ok(logs)
    });
    found.await
}

fn read(client: &ClientId, row: &Row<'_>) -> rusqlite::Result<StoredLog> {
    let received_at = from_unix_ms(row.get(1)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Integer, error.into())
    })?;
    Ok(StoredLog {
        id: Uuid::from_bytes(row.get(0)?).into(),
        client_id: client.clone(),
        received_at,
        environment: row.get(2)?,
        executed_at: row.get(3)?,
        status: row.get(4)?,
        workflow: row.get(5)?,
        message: row.get(6)?,
        event_id: row.get(7)?,
        extra: row.get(8)?,
    })
}
