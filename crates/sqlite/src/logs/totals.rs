use crate::error::FileError;
use central_logger_block_store::BlockTotals;
use central_logger_sql_rows::{signed, unsigned};
use rusqlite::Connection;
use time::OffsetDateTime;

/// Reads how much there is in blocks, and what is not sealed yet.
pub(super) fn read(connection: &Connection) -> Result<BlockTotals, FileError> {
    let sql = "SELECT count(*), coalesce(sum(entries), 0), coalesce(sum(text_bytes), 0),
                      coalesce(sum(bytes), 0), count(fresh_since),
                      coalesce(sum(entries) FILTER (WHERE fresh_since IS NOT NULL), 0),
                      min(fresh_since)
               FROM log_blocks";
    let (mut totals, fresh_since) = connection.prepare_cached(sql)?.query_row([], |row| {
        let totals = BlockTotals {
            blocks: unsigned(row.get(0)?),
            entries: unsigned(row.get(1)?),
            text_bytes: unsigned(row.get(2)?),
            bytes: unsigned(row.get(3)?),
            fresh_blocks: unsigned(row.get(4)?),
            fresh_entries: unsigned(row.get(5)?),
            ..BlockTotals::default()
        };
        Ok((totals, row.get::<_, Option<i64>>(6)?))
    })?;
    let sql = "SELECT count(*), min(received_at)
               FROM (SELECT received_at FROM workflow_logs LIMIT ?1)";
    let most = signed(BlockTotals::MOST_ROWS);
    let (rows, received_at) = connection.prepare_cached(sql)?.query_row([most], |row| {
        Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?))
    })?;
    totals.rows = unsigned(rows);
    let oldest = fresh_since.into_iter().chain(received_at).min();
    totals.oldest_unsealed = oldest.and_then(|unix_ms| {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(unix_ms) * 1_000_000).ok()
    });
    Ok(totals)
}
