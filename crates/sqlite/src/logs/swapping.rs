//! Rows and blocks that make room for blocks.

use super::blocks;
use crate::{error::FileError, row::unix_ms};
use central_logger_block_store::{Swap, Swapped};
use central_logger_blocks::{BlockKind, Encoded};
use central_logger_keys::ClientId;
use central_logger_sql_rows::signed;
use rusqlite::{Connection, Transaction};

/// Takes out what is to go and puts in what takes its place, or nothing of it.
pub(super) fn swap_all(
    transaction: &Transaction<'_>,
    client: &ClientId,
    swap: &Swap,
) -> Result<Swapped, FileError> {
    transaction.execute_batch("SAVEPOINT swap")?;
    if !take_out(transaction, client, swap)? {
        transaction.execute_batch("ROLLBACK TO swap")?;
        return Ok(Swapped::Overtaken);
    }
    for block in &swap.sealed {
        put_in(transaction, client, block)?;
    }
    Ok(Swapped::Done)
}

/// Returns whether all was there.
fn take_out(connection: &Connection, client: &ClientId, swap: &Swap) -> Result<bool, FileError> {
    let sql = "DELETE FROM workflow_logs WHERE client_id = ?1 AND id = ?2 AND received_at = ?3";
    let mut delete = connection.prepare_cached(sql)?;
    for (id, received_at) in &swap.rows {
        let row = (
            client.as_str(),
            id.as_uuid().as_bytes(),
            unix_ms(*received_at),
        );
        if delete.execute(row)? == 0 {
            return Ok(false);
        }
    }
    for block in &swap.blocks {
        let sql = "DELETE FROM log_blocks WHERE client_id = ?1 AND first_id = ?2 AND number = ?3";
        let (first, number) = (block.header.first(), blocks::number_of(block));
        let key = (client.as_str(), first.as_uuid().as_bytes(), number);
        if connection.prepare_cached(sql)?.execute(key)? == 0 {
            return Ok(false);
        }
        let sql = "DELETE FROM log_block_contents WHERE number = ?1 AND client_id = ?2";
        connection
            .prepare_cached(sql)?
            .execute((number, client.as_str()))?;
    }
    Ok(true)
}

pub(super) fn put_in(
    connection: &Connection,
    client: &ClientId,
    block: &Encoded,
) -> Result<(), FileError> {
    let sql = "INSERT INTO log_block_contents (client_id, filters, counts, block)
               VALUES (?1, ?2, ?3, ?4)";
    let (filters, counts) = (block.filters.to_bytes(), block.counts.to_bytes());
    let bytes = signed(block.header.bytes() + filters.len() as u64);
    connection
        .prepare_cached(sql)?
        .execute((client.as_str(), filters, counts, &block.bytes))?;
    let sql = "INSERT INTO log_blocks
                   (client_id, first_id, number, last_id, entries, text_bytes, bytes, header,
                    fresh_since)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let header = &block.header;
    let fresh_since = match header.kind() {
        BlockKind::Fresh => Some(unix_ms(*header.received().start())),
        BlockKind::Sealed => None,
    };
    connection.prepare_cached(sql)?.execute((
        client.as_str(),
        header.first().as_uuid().as_bytes(),
        connection.last_insert_rowid(),
        header.last().as_uuid().as_bytes(),
        signed(header.entries()),
        signed(header.text_bytes()),
        bytes,
        header.to_bytes(),
        fresh_since,
    ))?;
    Ok(())
}
