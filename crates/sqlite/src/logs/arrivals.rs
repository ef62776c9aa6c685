//! In which order entries became visible. SQLite has one writer, so the order of rows is that of commits.

use crate::{error::FileError, file::File};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogStoreError,
    idempotency::Receipt,
    store::{Arrivals, Position},
};
use central_logger_sql_rows::UnreadableRow;
use rusqlite::{Connection, OptionalExtension, Transaction};
use std::{collections::BTreeMap, sync::Arc};

/// How many rows are read at a time.
const PART: usize = 64;
/// How many rows are forgotten in one transaction, so that no writer waits for long.
const STEP: i64 = 1000;

/// Notes what the transaction brings each client, 16 bytes for each entry.
pub(super) fn note(
    transaction: &Transaction<'_>,
    new: BTreeMap<&ClientId, Vec<u8>>,
) -> Result<(), FileError> {
    let sql = "INSERT INTO log_arrivals (client_id, ids) VALUES (?1, ?2)";
    let mut insert = transaction.prepare_cached(sql)?;
    for (client, ids) in new {
        insert.execute((client.as_str(), ids))?;
    }
    Ok(())
}

pub(super) async fn position(file: &File) -> Result<Position, FileError> {
    let last = file.read(|connection| last(connection)).await?;
    Ok(Position::new(last.to_string()))
}

/// Rows that are forgotten leave their numbers behind.
fn last(connection: &Connection) -> Result<i64, FileError> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'log_arrivals'";
    let mut select = connection.prepare_cached(sql)?;
    let last = select.query_row([], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or(0))
}

pub(super) async fn position_before(
    file: &File,
    client: &ClientId,
    id: LogId,
) -> Result<Position, FileError> {
    let client = client.clone();
    let found = file.read(move |connection| {
        let sql = "SELECT sequence FROM log_arrivals
                   WHERE client_id = ?1 AND instr(ids, ?2) > 0 ORDER BY sequence LIMIT 1";
        let mut select = connection.prepare_cached(sql)?;
        let parameters = (client.as_str(), id.as_uuid().as_bytes());
        let found: Option<i64> = select.query_row(parameters, |row| row.get(0)).optional()?;
        Ok(found)
    });
    let before = found.await?.map_or(0, |sequence| sequence - 1);
    Ok(Position::new(before.to_string()))
}

pub(super) async fn after(
    file: &File,
    client: &ClientId,
    position: &Position,
) -> Result<Arrivals, FileError> {
    let (client, position) = (client.clone(), parse(position)?);
    file.read(move |connection| {
        // Both of the same state.
        let transaction = connection.transaction()?;
        let last = last(&transaction)?;
        let sql = "SELECT sequence, ids FROM log_arrivals
                   WHERE client_id = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3";
        let mut select = transaction.prepare_cached(sql)?;
        let rows = select.query_map((client.as_str(), position, PART as i64), |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
        })?;
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        let reached = rows.last().map(|(sequence, _)| *sequence);
        let has_more = rows.len() == PART;
        let position = reached.filter(|_| has_more).unwrap_or(last);
        let ids = rows
            .iter()
            .flat_map(|(_, ids)| Receipt::ids_from_bytes(ids));
        Ok(Arrivals {
            ids: ids.collect(),
            position: Position::new(position.to_string()),
            has_more,
        })
    })
    .await
}

pub(super) async fn clients_since(
    file: &File,
    position: &Position,
) -> Result<(Vec<ClientId>, Position), FileError> {
    let position = parse(position)?;
    file.read(move |connection| {
        // Both of the same state.
        let transaction = connection.transaction()?;
        let last = last(&transaction)?;
        let sql = "SELECT DISTINCT client_id FROM log_arrivals WHERE sequence > ?1";
        let mut select = transaction.prepare_cached(sql)?;
        let clients = select.query_map([position], |row| row.get::<_, String>(0))?;
        let mut parsed = Vec::new();
        for client in clients {
            let client = client?.parse();
            parsed.push(client.map_err(|error| UnreadableRow::new("an arrival", error))?);
        }
        Ok((parsed, Position::new(last.to_string())))
    })
    .await
}

pub(super) async fn forget(file: &File, position: &Position) -> Result<usize, FileError> {
    let position = parse(position)?;
    file.write(move |transaction| {
        let sql = "DELETE FROM log_arrivals WHERE sequence IN (
                       SELECT sequence FROM log_arrivals WHERE sequence <= ?1
                       ORDER BY sequence LIMIT ?2)";
        let mut delete = transaction.prepare_cached(sql)?;
        Ok(delete.execute((position, STEP))?)
    })
    .await
}

fn parse(position: &Position) -> Result<i64, LogStoreError> {
    let parsed = position.as_str().parse();
    parsed.map_err(|error: std::num::ParseIntError| LogStoreError::Failed(Arc::new(error)))
}
