//! Events that are there already. No other writer stores or seals any before the transaction has ended.

use super::blocks::{Seen, now};
use crate::error::FileError;
use central_logger_block_store::{self as block_store, OpenBlocks};
use central_logger_keys::ClientId;
use central_logger_log_store::LogId;
use rusqlite::{Connection, OptionalExtension};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Ids of events by client.
pub(super) type Events<'a> = BTreeMap<&'a ClientId, BTreeSet<LogId>>;

/// Returns those of `events` that are in blocks.
pub(super) fn in_blocks<'a>(
    connection: &Connection,
    opened: &OpenBlocks,
    events: &Events<'a>,
) -> Result<Events<'a>, FileError> {
    let in_blocks = events.iter().map(|(&client, ids)| {
        let seen = Seen {
            connection,
            client,
            opened,
        };
        Ok((client, now(block_store::events(&seen, client, ids))?))
    });
    in_blocks.collect()
}

/// Adds those of `events` that are in rows.
pub(super) fn add_those_in_rows<'a>(
    connection: &Connection,
    events: &Events<'a>,
    known: &mut Events<'a>,
) -> Result<(), FileError> {
    for (&client, ids) in events {
        let in_rows = in_rows(connection, client, ids)?;
        known.entry(client).or_default().extend(in_rows);
    }
    Ok(())
}

fn in_rows(
    connection: &Connection,
    client: &ClientId,
    ids: &BTreeSet<LogId>,
) -> Result<Vec<LogId>, FileError> {
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
        return Ok(Vec::new());
    };
    // Where most of a client is in blocks, there are few rows.
    let sql = "SELECT id FROM workflow_logs WHERE client_id = ?1 AND id >= ?2 AND id <= ?3
               ORDER BY id LIMIT ?4";
    let mut select = connection.prepare_cached(sql)?;
    let (first, last) = (first.as_uuid().as_bytes(), last.as_uuid().as_bytes());
    let parameters = (client.as_str(), first, last, ids.len() as i64);
    let between = select.query_map(parameters, |row| Ok(Uuid::from_bytes(row.get(0)?).into()))?;
    let between = between.collect::<Result<Vec<LogId>, _>>()?;
    if between.len() < ids.len() {
        let found = between.into_iter().filter(|id| ids.contains(id));
        return Ok(found.collect());
    }
    let sql = "SELECT 1 FROM workflow_logs WHERE client_id = ?1 AND id = ?2";
    let mut select = connection.prepare_cached(sql)?;
    let mut found = Vec::new();
    for id in ids {
        let parameters = (client.as_str(), id.as_uuid().as_bytes());
        if select
            .query_row(parameters, |_| Ok(()))
            .optional()?
            .is_some()
        {
            found.push(*id);
        }
    }
    Ok(found)
}
