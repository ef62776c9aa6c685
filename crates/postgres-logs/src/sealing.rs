use crate::{
    PostgresLogs, blocks,
    retention::{as_keeper, delete_rows, keeper_of, next_client_of},
    swapping, totals,
};
use async_trait::async_trait;
use central_logger_block_store::{
    BlockStore, BlockTotals, KeptContents, Sealable, StoredBlock, Swap, Swapped, Unsealed,
};
use central_logger_blocks::{Entry, Limits};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogStoreError, StoredLog};
use central_logger_postgres_database::{
    PgRow, READ_LIMIT, StatementError, need_programs_with_blocks,
};
use central_logger_sql_rows::logs::{self, COLUMNS};
use std::{ops::RangeInclusive, sync::atomic::Ordering};
use time::{Duration, OffsetDateTime};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

/// How many rows are taken out in one transaction.
const ROWS: usize = 8192;
/// How many rows are fetched at once.
const PART: i32 = 256;

#[async_trait]
impl BlockStore for PostgresLogs {
    async fn next_client_with(
        &self,
        unsealed: Unsealed,
        after: Option<&ClientId>,
    ) -> Result<Option<ClientId>, LogStoreError> {
        let sql = match unsealed {
            Unsealed::Rows => {
                "SELECT client_id FROM workflow_logs WHERE client_id > $1
                 ORDER BY client_id LIMIT 1"
            }
            Unsealed::FreshBlocks => {
                "SELECT client_id FROM log_blocks
                 WHERE client_id > $1 AND fresh_since IS NOT NULL ORDER BY client_id LIMIT 1"
            }
        };
        Ok(next_client_of(&self.database, sql, after).await?)
    }

    async fn try_lead(
        &self,
        server: &str,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<bool, LogStoreError> {
        let until = now + length;
        let taken = self.database.run(async |connection| {
            let sql = "UPDATE log_sealing SET leader = $1, until = $3
                       WHERE leader = $1 OR until <= $2 OR until > $3";
            let parameters: [&(dyn ToSql + Sync); 3] = [&server, &now, &until];
            Ok(connection.execute(sql, &parameters).await? > 0)
        });
        Ok(taken.await?)
    }

    async fn totals(&self) -> Result<BlockTotals, LogStoreError> {
        Ok(as_keeper(&self.database, async |transaction| {
            totals::read(transaction).await
        })
        .await?)
    }

    async fn sealable(
        &self,
        client: &ClientId,
        which: &Sealable,
    ) -> Result<Vec<StoredLog>, LogStoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM workflow_logs
             WHERE client_id = $1 AND id > $2 AND ($3::timestamptz IS NULL OR received_at < $3)
             ORDER BY id LIMIT $4"
        );
        let rows = self
            .database
            .read_logs(client, READ_LIMIT, async |transaction| {
                let select = transaction.prepare_cached(&sql).await?;
                let after = which.after.map_or(Uuid::nil(), |id| *id.as_uuid());
                let most = i64::try_from(which.rows).unwrap_or(i64::MAX);
                let parameters: [&(dyn ToSql + Sync); 4] =
                    [&client.as_str(), &after, &which.received_before, &most];
                let portal = transaction.bind(&select, &parameters).await?;
                let (mut found, mut text_bytes) = (Vec::new(), 0);
                loop {
                    let rows = transaction.query_portal(&portal, PART).await?;
                    for row in &rows {
                        let log = logs::read(client, &PgRow(row))?;
                        text_bytes += Entry::from(&log).text_len();
                        found.push(log);
                    }
                    if rows.len() < PART as usize || text_bytes >= which.text_bytes {
                        return Ok(found);
                    }
                }
            });
        Ok(rows.await?)
    }

    fn rows_at_once(&self) -> usize {
        ROWS
    }

    async fn fresh_blocks(
        &self,
        client: &ClientId,
        after: Option<LogId>,
        most: usize,
    ) -> Result<Vec<StoredBlock>, LogStoreError> {
        let sql = "SELECT number, header, NULL::bytea, NULL::bytea, first_id, last_id, entries
                   FROM log_blocks
                   WHERE client_id = $1 AND first_id > $2 AND fresh_since IS NOT NULL
                   ORDER BY first_id LIMIT $3";
        let after = after.map_or(Uuid::nil(), |id| *id.as_uuid());
        let most = most as i64;
        let parameters: [&(dyn ToSql + Sync); 3] = [&client.as_str(), &after, &most];
        Ok(self.blocks(client, sql, &parameters).await?)
    }

    async fn small_blocks(
        &self,
        client: &ClientId,
        ids: RangeInclusive<LogId>,
        smaller_than: Limits,
        most: usize,
    ) -> Result<Vec<StoredBlock>, LogStoreError> {
        let sql = "SELECT number, header, NULL::bytea, NULL::bytea, first_id, last_id, entries
                   FROM log_blocks
                   WHERE client_id = $1 AND first_id >= $2 AND first_id <= $3 AND entries < $4
                     AND text_bytes < $5 AND fresh_since IS NULL
                   ORDER BY first_id DESC LIMIT $6";
        let (entries, text_bytes) = (smaller_than.entries as i64, smaller_than.text_bytes as i64);
        let most = most as i64;
        let parameters: [&(dyn ToSql + Sync); 6] = [
            &client.as_str(),
            ids.start().as_uuid(),
            ids.end().as_uuid(),
            &entries,
            &text_bytes,
            &most,
        ];
        Ok(self.blocks(client, sql, &parameters).await?)
    }

    async fn contents(
        &self,
        client: &ClientId,
        block: &StoredBlock,
    ) -> Result<Option<KeptContents>, LogStoreError> {
        let sql = "SELECT filters, counts, block FROM log_block_contents
                   WHERE client_id = $1 AND first_id = $2 AND number = $3";
        let found = self
            .database
            .read_logs(client, READ_LIMIT, async |transaction| {
                let select = transaction.prepare_cached(sql).await?;
                let (first, number) = (block.header.first(), blocks::number_of(block));
                let parameters: [&(dyn ToSql + Sync); 3] =
                    [&client.as_str(), first.as_uuid(), &number];
                let row = transaction.query_opt(&select, &parameters).await?;
                let contents = row.map(|row| {
                    Ok(KeptContents {
                        filters: row.try_get(0)?,
                        counts: row.try_get(1)?,
                        block: row.try_get::<_, Vec<u8>>(2)?.into(),
                    })
                });
                contents.transpose()
            });
        Ok(found.await?)
    }

    async fn swap(&self, client: &ClientId, swap: Swap) -> Result<Swapped, LogStoreError> {
        let swapped = self.database.run_change(async |connection, committing| {
            let transaction = connection.transaction().await?;
            if !swap.sealed.is_empty() && !need_programs_with_blocks(&transaction).await? {
                return Ok(Swapped::TooEarly);
            }
            transaction
                .batch_execute(&keeper_of(&self.database, client))
                .await?;
            if !swapping::take_out(&transaction, client, &swap).await? {
                return Ok(Swapped::Overtaken);
            }
            for block in &swap.sealed {
                swapping::put_in(&transaction, client, block).await?;
            }
            committing.store(true, Ordering::Relaxed);
            transaction.commit().await?;
            Ok(Swapped::Done)
        });
        Ok(swapped.await?)
    }

    async fn earliest_block(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<Option<StoredBlock>, LogStoreError> {
        let before = before.map_or(Uuid::max(), |id| *id.as_uuid());
        let found = as_keeper(&self.database, async |transaction| {
            let sql = "SELECT number, header, NULL::bytea, NULL::bytea, first_id, last_id, entries
                       FROM log_blocks
                       WHERE client_id = $1 AND first_id < $2 ORDER BY first_id LIMIT 1";
            let select = transaction.prepare_cached(sql).await?;
            let row = transaction
                .query_opt(&select, &[&client.as_str(), &before])
                .await?;
            row.as_ref().map(blocks::read).transpose()
        });
        Ok(found.await?)
    }

    async fn delete_rows(
        &self,
        client: &ClientId,
        before: Option<LogId>,
    ) -> Result<usize, LogStoreError> {
        Ok(delete_rows(&self.database, client, before).await?)
    }
}

impl PostgresLogs {
    /// Returns the blocks of `client` that a statement selects.
    async fn blocks(
        &self,
        client: &ClientId,
        sql: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<StoredBlock>, StatementError> {
        self.database
            .read_logs(client, READ_LIMIT, async |transaction| {
                let select = transaction.prepare_cached(sql).await?;
                let rows = transaction.query(&select, parameters).await?;
                rows.iter().map(blocks::read).collect()
            })
            .await
    }
}
