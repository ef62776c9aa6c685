//! Blocks beside rows, within one transaction.

use bytes::Bytes;
use central_logger_block_store::{KeptBlock, List, OpenBlocks, Snapshot, StoredBlock, may_be_in};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogStoreError, Order, StoredLog};
use central_logger_postgres_database::{PgRow, StatementError};
use central_logger_sql_rows::{
    logs::{self, COLUMNS},
    unsigned,
};
use deadpool_postgres::Transaction;
use futures_util::StreamExt;
use std::{collections::BTreeSet, ops::RangeInclusive, pin::pin, sync::Arc};
use tokio::task::spawn_blocking;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

/// The logs of one client, as a transaction sees them that reads as this client.
pub(crate) struct Seen<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) client: &'a ClientId,
    pub(crate) opened: &'a OpenBlocks,
}

impl Snapshot for Seen<'_> {
    type Error = StatementError;

    async fn blocks(&self, list: &List) -> Result<Vec<StoredBlock>, StatementError> {
        let order = match list.order {
            Order::Asc => "first_id",
            Order::Desc => "last_id DESC",
        };
        let filters = column_of_contents("filters", list.with_filters);
        let counts = column_of_contents("counts", list.with_counts);
        let sql = format!(
            "SELECT number, header, {filters}, {counts}, first_id, last_id, entries FROM log_blocks AS b
             WHERE client_id = $1 AND first_id > $2 AND first_id <= $3
               AND last_id >= $4 AND last_id <= $5
             ORDER BY {order} LIMIT $6"
        );
        let select = self.transaction.prepare_cached(&sql).await?;
        let (behind, ends_until) = (list.behind(), list.ends_until());
        let most = i64::try_from(list.most).unwrap_or(i64::MAX);
        let parameters: [&(dyn ToSql + Sync); 6] = [
            &self.client.as_str(),
            behind.as_uuid(),
            list.ids.end().as_uuid(),
            list.ids.start().as_uuid(),
            ends_until.as_uuid(),
            &most,
        ];
        let rows = self.transaction.query(&select, &parameters).await?;
        rows.iter().map(read).collect()
    }

    async fn blocks_of_events(
        &self,
        events: &BTreeSet<LogId>,
    ) -> Result<Vec<StoredBlock>, StatementError> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(Vec::new());
        };
        let filters = column_of_contents("filters", true);
        let sql = format!(
            "SELECT number, header, {filters}, NULL::bytea, first_id, last_id, entries
             FROM log_blocks AS b
             WHERE client_id = $1 AND first_id > $2 AND first_id <= $3 AND last_id >= $4"
        );
        let select = self.transaction.prepare_cached(&sql).await?;
        let behind = List::of(*first..=*last, Order::Asc, 1).behind();
        let parameters: [&(dyn ToSql + Sync); 4] = [
            &self.client.as_str(),
            behind.as_uuid(),
            last.as_uuid(),
            first.as_uuid(),
        ];
        // Not all at once: there may be too many of them to hold.
        let rows = self.transaction.query_raw(&select, parameters).await?;
        let (mut rows, mut blocks) = (pin!(rows), Vec::new());
        while let Some(row) = rows.next().await {
            let block = read(&row?)?;
            if may_be_in(&block, events).next().is_some() {
                blocks.push(block);
            }
        }
        Ok(blocks)
    }

    async fn contents(&self, block: &StoredBlock) -> Result<Option<Bytes>, StatementError> {
        let sql = "SELECT block FROM log_block_contents
                   WHERE client_id = $1 AND first_id = $2 AND number = $3";
        let select = self.transaction.prepare_cached(sql).await?;
        let (first, number) = (block.header.first(), number_of(block));
        let parameters: [&(dyn ToSql + Sync); 3] =
            [&self.client.as_str(), first.as_uuid(), &number];
        let row = self.transaction.query_opt(&select, &parameters).await?;
        row.map(|row| Ok(row.try_get::<_, Vec<u8>>(0)?.into()))
            .transpose()
    }

    fn opened(&self) -> &OpenBlocks {
        self.opened
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, StatementError> {
        let done = spawn_blocking(work).await;
        Ok(done.map_err(|error| LogStoreError::Failed(Arc::new(error)))?)
    }

    async fn rows(
        &self,
        ids: RangeInclusive<LogId>,
        order: Order,
        most: usize,
    ) -> Result<Vec<StoredLog>, StatementError> {
        let order = match order {
            Order::Asc => "ASC",
            Order::Desc => "DESC",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM workflow_logs
             WHERE client_id = $1 AND id >= $2 AND id <= $3 ORDER BY id {order} LIMIT $4"
        );
        let select = self.transaction.prepare_cached(&sql).await?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let parameters: [&(dyn ToSql + Sync); 4] = [
            &self.client.as_str(),
            ids.start().as_uuid(),
            ids.end().as_uuid(),
            &most,
        ];
        let rows = self.transaction.query(&select, &parameters).await?;
        let rows = rows.iter();
        let rows = rows.map(|row| Ok(logs::read(self.client, &PgRow(row))?));
        rows.collect()
    }
}

/// What is in another table, since most who look for blocks do not ask for it.
fn column_of_contents(name: &str, is_asked_for: bool) -> String {
    match is_asked_for {
        true => format!(
            "(SELECT {name} FROM log_block_contents AS c
              WHERE c.client_id = $1 AND c.first_id = b.first_id AND c.number = b.number)"
        ),
        false => "NULL::bytea".to_owned(),
    }
}

/// Reads number, header, perhaps filters and counts, first and last id, entries.
pub(crate) fn read(row: &Row) -> Result<StoredBlock, StatementError> {
    let (number, first, last): (Uuid, Uuid, Uuid) =
        (row.try_get(0)?, row.try_get(4)?, row.try_get(5)?);
    Ok(StoredBlock::from(KeptBlock {
        number: number.as_u128(),
        header: row.try_get(1)?,
        filters: row.try_get(2)?,
        counts: row.try_get(3)?,
        first: first.into(),
        last: last.into(),
        entries: unsigned(row.try_get(6)?),
    }))
}

/// Returns the number by which PostgreSQL knows a block.
pub(crate) fn number_of(block: &StoredBlock) -> Uuid {
    Uuid::from_u128(block.number)
}
