//! Blocks beside rows, within one transaction.

use crate::{error::FileError, row::SqliteRow};
use bytes::Bytes;
use central_logger_block_store::{
    KeptBlock, KeptContents, List, OpenBlocks, Snapshot, StoredBlock, may_be_in,
};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, Order, StoredLog};
use central_logger_sql_rows::{
    logs::{self, COLUMNS},
    unsigned,
};
use rusqlite::{Connection, OptionalExtension, Params, Row};
use std::{collections::BTreeSet, future::Future, ops::RangeInclusive};
use tokio::runtime::Handle;
use uuid::Uuid;

/// The logs of one client, as a transaction sees them.
pub(super) struct Seen<'a> {
    pub(super) connection: &'a Connection,
    pub(super) client: &'a ClientId,
    pub(super) opened: &'a OpenBlocks,
}

/// Waits for work on a connection, which never waits for anything itself.
pub(super) fn now<T>(work: impl Future<Output = T>) -> T {
    Handle::current().block_on(work)
}

impl Snapshot for Seen<'_> {
    type Error = FileError;

    async fn blocks(&self, list: &List) -> Result<Vec<StoredBlock>, FileError> {
        // A + keeps SQLite from going down an index by this column.
        let order = match list.order {
            Order::Asc => {
                "first_id > ?2 AND first_id <= ?3 AND +last_id >= ?4 AND +last_id <= ?5
                           ORDER BY first_id"
            }
            Order::Desc => {
                "+first_id > ?2 AND +first_id <= ?3 AND last_id >= ?4 AND last_id <= ?5
                            ORDER BY last_id DESC"
            }
        };
        let filters = column_of_contents("filters", list.with_filters);
        let counts = column_of_contents("counts", list.with_counts);
        let sql = format!(
            "SELECT number, header, {filters}, {counts}, first_id, last_id, entries FROM log_blocks AS b
             WHERE client_id = ?1 AND {order} LIMIT ?6"
        );
        let most = i64::try_from(list.most).unwrap_or(i64::MAX);
        let (behind, ends_until) = (list.behind(), list.ends_until());
        let parameters = (
            self.client.as_str(),
            behind.as_uuid().as_bytes(),
            list.ids.end().as_uuid().as_bytes(),
            list.ids.start().as_uuid().as_bytes(),
            ends_until.as_uuid().as_bytes(),
            most,
        );
        select(self.connection, &sql, parameters)
    }

    async fn blocks_of_events(
        &self,
        events: &BTreeSet<LogId>,
    ) -> Result<Vec<StoredBlock>, FileError> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Ok(Vec::new());
        };
        let list = List::of(*first..=*last, Order::Asc, 1);
        let filters = column_of_contents("filters", true);
        // One by one: there may be too many of them to hold. Most events are new, so few blocks end behind them.
        let sql = format!(
            "SELECT number, header, {filters}, NULL, first_id, last_id, entries FROM log_blocks AS b
             WHERE client_id = ?1 AND +first_id > ?2 AND +first_id <= ?3
               AND last_id >= ?4 AND last_id <= ?5"
        );
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut rows = select.query((
            self.client.as_str(),
            list.behind().as_uuid().as_bytes(),
            last.as_uuid().as_bytes(),
            first.as_uuid().as_bytes(),
            list.ends_until().as_uuid().as_bytes(),
        ))?;
        let mut blocks = Vec::new();
        while let Some(row) = rows.next()? {
            let block = read(row)?;
            let may_have_some = may_be_in(&block, events).next().is_some();
            blocks.extend(may_have_some.then_some(block));
        }
        Ok(blocks)
    }

    async fn contents(&self, block: &StoredBlock) -> Result<Option<Bytes>, FileError> {
        let kept = contents(self.connection, self.client, block)?;
        Ok(kept.map(|kept| kept.block))
    }

    fn opened(&self) -> &OpenBlocks {
        self.opened
    }

    /// The thread is one that may be kept.
    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, FileError> {
        Ok(work())
    }

    async fn rows(
        &self,
        ids: RangeInclusive<LogId>,
        order: Order,
        most: usize,
    ) -> Result<Vec<StoredLog>, FileError> {
        let order = match order {
            Order::Asc => "ASC",
            Order::Desc => "DESC",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM workflow_logs
             WHERE client_id = ?1 AND id >= ?2 AND id <= ?3 ORDER BY id {order} LIMIT ?4"
        );
        let mut select = self.connection.prepare_cached(&sql)?;
        let mut rows = select.query((
            self.client.as_str(),
            ids.start().as_uuid().as_bytes(),
            ids.end().as_uuid().as_bytes(),
            i64::try_from(most).unwrap_or(i64::MAX),
        ))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(logs::read(self.client, &SqliteRow(row))?);
        }
        Ok(found)
    }
}

/// What is in another table, since most who look for blocks do not ask for it.
fn column_of_contents(name: &str, is_asked_for: bool) -> String {
    match is_asked_for {
        true => format!(
            "(SELECT {name} FROM log_block_contents AS c
              WHERE c.number = b.number AND c.client_id = b.client_id)"
        ),
        false => "NULL".to_owned(),
    }
}

/// Returns the blocks that a statement selects: number, header, perhaps filters and counts, first and last id, entries.
pub(super) fn select(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
) -> Result<Vec<StoredBlock>, FileError> {
    let mut select = connection.prepare_cached(sql)?;
    let mut rows = select.query(parameters)?;
    let mut blocks = Vec::new();
    while let Some(row) = rows.next()? {
        blocks.push(read(row)?);
    }
    Ok(blocks)
}

fn read(row: &Row<'_>) -> Result<StoredBlock, FileError> {
    let bytes =
        |column: usize| -> rusqlite::Result<_> { Ok(row.get_ref(column)?.as_blob_or_null()?) };
    let number: i64 = row.get(0)?;
    Ok(StoredBlock::from(KeptBlock {
        number: u128::try_from(number).unwrap_or_default(),
        header: bytes(1)?.unwrap_or_default(),
        filters: bytes(2)?,
        counts: bytes(3)?,
        first: Uuid::from_bytes(row.get(4)?).into(),
        last: Uuid::from_bytes(row.get(5)?).into(),
        entries: unsigned(row.get(6)?),
    }))
}

/// Returns the contents of a block of `client`, if they are still there: all, since what stands before the block is
/// passed on the way to it.
pub(super) fn contents(
    connection: &Connection,
    client: &ClientId,
    block: &StoredBlock,
) -> Result<Option<KeptContents>, FileError> {
    let sql = "SELECT filters, counts, block FROM log_block_contents
               WHERE number = ?1 AND client_id = ?2";
    let mut select = connection.prepare_cached(sql)?;
    let contents = select.query_row((number_of(block), client.as_str()), |row| {
        Ok(KeptContents {
            filters: row.get(0)?,
            counts: row.get(1)?,
            block: row.get::<_, Vec<u8>>(2)?.into(),
        })
    });
    Ok(contents.optional()?)
}

/// Returns the number by which SQLite knows a block.
pub(super) fn number_of(block: &StoredBlock) -> i64 {
    i64::try_from(block.number).unwrap_or(i64::MAX)
}
