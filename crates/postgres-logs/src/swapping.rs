//! Rows and blocks that make room for blocks.

use crate::blocks;
use central_logger_block_store::Swap;
use central_logger_blocks::{BlockKind, Encoded};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogStoreError};
use central_logger_postgres_database::StatementError;
use central_logger_sql_rows::signed;
use deadpool_postgres::{GenericClient, Transaction};
use std::{collections::BTreeMap, sync::Arc};
use time::OffsetDateTime;
use tokio_postgres::types::ToSql;
use uuid::{Builder, Uuid};

/// Returns whether all was there.
pub(crate) async fn take_out(
    transaction: &Transaction<'_>,
    client: &ClientId,
    swap: &Swap,
) -> Result<bool, StatementError> {
    if !swap.rows.is_empty() && !take_out_rows(transaction, client, &swap.rows).await? {
        return Ok(false);
    }
    for block in &swap.blocks {
        for table in ["log_blocks", "log_block_contents"] {
            let sql = format!(
                "DELETE FROM {table} WHERE client_id = $1 AND first_id = $2 AND number = $3"
            );
            let delete = transaction.prepare_cached(&sql).await?;
            let (first, number) = (block.header.first(), blocks::number_of(block));
            let parameters: [&(dyn ToSql + Sync); 3] = [&client.as_str(), first.as_uuid(), &number];
            if transaction.execute(&delete, &parameters).await? == 0 {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

async fn take_out_rows(
    transaction: &Transaction<'_>,
    client: &ClientId,
    read: &[(LogId, OffsetDateTime)],
) -> Result<bool, StatementError> {
    let ids: Vec<_> = read.iter().map(|(id, _)| *id.as_uuid()).collect();
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else {
        return Ok(true);
    };
    let sql = "DELETE FROM workflow_logs
               WHERE client_id = $1 AND id = ANY ($2) AND id >= $3 AND id <= $4
               RETURNING id, received_at, stored_by::text";
    let delete = transaction.prepare_cached(sql).await?;
    let parameters: [&(dyn ToSql + Sync); 4] = [&client.as_str(), &ids, first, last];
    let rows = transaction.query(&delete, &parameters).await?;
    let mut events: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    let mut taken_out = Vec::with_capacity(rows.len());
    for row in &rows {
        let id: Uuid = row.try_get(0)?;
        taken_out.push((id.into(), row.try_get(1)?));
        if let Some(xid) = row.try_get(2)? {
            events.entry(xid).or_default().extend(id.as_bytes());
        }
    }
    keep_arrivals(transaction, client, events).await?;
    taken_out.sort_unstable();
    Ok(taken_out == read)
}

/// Which transaction has stored an event is not known of a block, so it is noted where tails look.
async fn keep_arrivals(
    transaction: &Transaction<'_>,
    client: &ClientId,
    events: BTreeMap<&str, Vec<u8>>,
) -> Result<(), StatementError> {
    if events.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE log_arrivals SET ids = log_arrivals.ids || stored.ids
               FROM unnest($2::text[], $3::bytea[]) AS stored (xid, ids)
               WHERE log_arrivals.client_id = $1 AND log_arrivals.xid = stored.xid::xid8";
    let update = transaction.prepare_cached(sql).await?;
    let (xids, ids): (Vec<_>, Vec<_>) = events.into_iter().unzip();
    let parameters: [&(dyn ToSql + Sync); 3] = [&client.as_str(), &xids, &ids];
    transaction.execute(&update, &parameters).await?;
    Ok(())
}

/// Puts a block in, all at once. The transaction names its client.
pub(crate) async fn put_in(
    transaction: &impl GenericClient,
    client: &ClientId,
    block: &Encoded,
) -> Result<(), StatementError> {
    let number = random_number()?;
    let (header, client) = (&block.header, client.as_str());
    let (first, last) = (header.first(), header.last());
    let (filters, counts) = (block.filters.to_bytes(), block.counts.to_bytes());
    let (entries, text_bytes) = (signed(header.entries()), signed(header.text_bytes()));
    let (bytes, known) = (
        signed(header.bytes() + filters.len() as u64),
        header.to_bytes(),
    );
    let fresh_since = match header.kind() {
        BlockKind::Fresh => Some(*header.received().start()),
        BlockKind::Sealed => None,
    };
    let blocks = transaction.prepare_cached(BLOCK).await?;
    let contents = transaction.prepare_cached(CONTENTS).await?;
    let of_block: [&(dyn ToSql + Sync); 9] = [
        &client,
        first.as_uuid(),
        &number,
        last.as_uuid(),
        &entries,
        &text_bytes,
        &bytes,
        &known,
        &fresh_since,
    ];
    let of_contents: [&(dyn ToSql + Sync); 6] = [
        &client,
        first.as_uuid(),
        &number,
        &filters,
        &counts,
        &block.bytes,
    ];
    let (block, contents) = tokio::join!(
        biased;
        transaction.execute(&blocks, &of_block),
        transaction.execute(&contents, &of_contents),
    );
    block?;
    contents?;
    Ok(())
}

const BLOCK: &str = "
    INSERT INTO log_blocks (client_id, first_id, number, last_id, entries, text_bytes, bytes, header,
                            fresh_since)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const CONTENTS: &str = "
    INSERT INTO log_block_contents (client_id, first_id, number, filters, counts, block)
    VALUES ($1, $2, $3, $4, $5, $6)";

fn random_number() -> Result<Uuid, StatementError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| LogStoreError::Failed(Arc::new(error)))?;
    Ok(Builder::from_random_bytes(bytes).into_uuid())
}
