use central_logger_block_store::BlockTotals;
use central_logger_postgres_database::StatementError;
use central_logger_sql_rows::{signed, unsigned};
use deadpool_postgres::Transaction;
use time::OffsetDateTime;

/// Reads how much there is in blocks, and what is not sealed yet.
pub(crate) async fn read(transaction: &Transaction<'_>) -> Result<BlockTotals, StatementError> {
    let sql = "SELECT count(*), coalesce(sum(entries), 0)::bigint,
                      coalesce(sum(text_bytes), 0)::bigint, coalesce(sum(bytes), 0)::bigint,
                      count(fresh_since),
                      coalesce(sum(entries) FILTER (WHERE fresh_since IS NOT NULL), 0)::bigint,
                      min(fresh_since)
               FROM log_blocks";
    let of_blocks = transaction.query_one(sql, &[]).await?;
    let sql = "SELECT count(*), min(received_at)
               FROM (SELECT received_at FROM workflow_logs LIMIT $1) AS few";
    let most = signed(BlockTotals::MOST_ROWS);
    let of_rows = transaction.query_one(sql, &[&most]).await?;
    let fresh_since: Option<OffsetDateTime> = of_blocks.try_get(6)?;
    let received_at: Option<OffsetDateTime> = of_rows.try_get(1)?;
    Ok(BlockTotals {
        blocks: unsigned(of_blocks.try_get(0)?),
        entries: unsigned(of_blocks.try_get(1)?),
        text_bytes: unsigned(of_blocks.try_get(2)?),
        bytes: unsigned(of_blocks.try_get(3)?),
        fresh_blocks: unsigned(of_blocks.try_get(4)?),
        fresh_entries: unsigned(of_blocks.try_get(5)?),
        rows: unsigned(of_rows.try_get(0)?),
        oldest_unsealed: fresh_since.into_iter().chain(received_at).min(),
    })
}
