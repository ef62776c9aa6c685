use crate::{blocks::Seen, select::Select};
use central_logger_block_store::{self as block_store, OpenBlocks};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogPage, LogSearch, LogStoreError, StoredLog,
    store::{PageBuilder, ScanBudget},
};
use central_logger_postgres_database::{Database, PgRow, READ_LIMIT, StatementError};
use central_logger_sql_rows::logs::{self, COLUMNS};
use futures_util::StreamExt;
use std::{collections::BTreeSet, pin::pin, time::Instant};

/// How many entries are fetched at once, since a thousand may be too large to hold.
const PART: usize = 64;

pub(crate) async fn scan(
    database: &Database,
    opened: &OpenBlocks,
    client: &ClientId,
    search: &LogSearch,
    budget: ScanBudget,
) -> Result<LogPage, StatementError> {
    let mut page = PageBuilder::new(search.query.limit);
    let Some(ids) = search.query.ids() else {
        return Ok(page.build());
    };
    let select = Select::new(client, search, ids, budget);
    // Where every entry is asked for, one more than asked for tells whether there is more.
    let part = PART.min(search.query.limit + 1);
    let scanned = database.read_logs(client, budget.time, async |transaction| {
        let began = Instant::now();
        let seen = Seen {
            transaction,
            client,
            opened,
        };
        if let Some(page) = block_store::scan(&seen, client, search, budget).await? {
            return Ok(page);
        }
        let statement = transaction.prepare_cached(select.sql()).await?;
        let portal = transaction.bind(&statement, &select.parameters()).await?;
        loop {
            let rows = transaction.query_portal_raw(&portal, part as i32).await?;
            let (mut rows, mut count, mut last) = (pin!(rows), 0, None);
            while let Some(row) = rows.next().await {
                let row = match row.map_err(StatementError::from) {
                    // What came before is not lost.
                    Err(error) if error.is_cancelled() => return Ok(page.cut_short()?),
                    row => row?,
                };
                (count, last) = (count + 1, Some(row.try_get::<_, i64>(9)?));
                let log = logs::read(client, &PgRow(&row))?;
                if !search.matches(&log.candidate()) {
                    page.pass(log.id);
                } else if page.push(log).is_break() {
                    return Ok(page.build());
                }
            }
            if count < part {
                return match last == Some(select.entries()) {
                    true => Ok(page.cut_short()?),
                    false => Ok(page.build()),
                };
            }
            if began.elapsed() >= budget.time {
                return Ok(page.cut_short()?);
            }
        }
    });
    too_slow(scanned.await)
}

/// Returns that a limit of time has ended a read as what it is.
pub(crate) fn too_slow<T>(read: Result<T, StatementError>) -> Result<T, StatementError> {
    match read {
        Err(error) if error.is_cancelled() => Err(LogStoreError::TooSlow.into()),
        read => read,
    }
}

pub(crate) async fn get(
    database: &Database,
    opened: &OpenBlocks,
    client: &ClientId,
    id: LogId,
) -> Result<Option<StoredLog>, StatementError> {
    Ok(get_many(database, opened, client, &[id]).await?.pop())
}

pub(crate) async fn get_many(
    database: &Database,
    opened: &OpenBlocks,
    client: &ClientId,
    ids: &[LogId],
) -> Result<Vec<StoredLog>, StatementError> {
    // The range names the partitions that they lie in.
    let sql = format!(
        "SELECT {COLUMNS} FROM workflow_logs
         WHERE client_id = $1 AND id = ANY ($2) AND id >= $3 AND id <= $4"
    );
    let mut missing: BTreeSet<_> = ids.iter().copied().collect();
    let ids: Vec<_> = missing.iter().map(|id| *id.as_uuid()).collect();
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
        return Ok(Vec::new());
    };
    let found = database.read_logs(client, READ_LIMIT, async |transaction| {
        let select = transaction.prepare_cached(&sql).await?;
        let rows = transaction
            .query(&select, &[&client.as_str(), &ids, first, last])
            .await?;
        let logs = rows.iter().map(|row| logs::read(client, &PgRow(row)));
        let mut found: Vec<_> = logs.collect::<Result<_, _>>()?;
        for log in &found {
            missing.remove(&log.id);
        }
        let seen = Seen {
            transaction,
            client,
            opened,
        };
        found.extend(block_store::find(&seen, client, &missing).await?);
        Ok(found)
    });
    found.await
}
