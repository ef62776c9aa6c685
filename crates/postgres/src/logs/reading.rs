use super::select::Select;
use crate::{
    database::{Database, READ_LIMIT},
    error::StatementError,
    row::PgRow,
};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogPage, LogSearch, StoredLog,
    store::{PageBuilder, ScanBudget},
};
use central_logger_sql_rows::logs::{self, COLUMNS};
use futures_util::StreamExt;
use std::{pin::pin, time::Instant};

/// How many entries are fetched at once, since a thousand may be too large to hold.
const PART: usize = 64;

pub(super) async fn scan(
    database: &Database,
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
    scanned.await
}

pub(super) async fn get(
    database: &Database,
    client: &ClientId,
    id: LogId,
) -> Result<Option<StoredLog>, StatementError> {
    let sql = format!("SELECT {COLUMNS} FROM workflow_logs WHERE client_id = $1 AND id = $2");
    let found = database.read_logs(client, READ_LIMIT, async |transaction| {
        let select = transaction.prepare_cached(&sql).await?;
        let row = transaction
            .query_opt(&select, &[&client.as_str(), id.as_uuid()])
            .await?;
        let log = row.map(|row| logs::read(client, &PgRow(&row)));
        Ok(log.transpose()?)
    });
    found.await
}

pub(super) async fn get_many(
    database: &Database,
    client: &ClientId,
    ids: &[LogId],
) -> Result<Vec<StoredLog>, StatementError> {
    // The range names the partitions that they lie in.
    let sql = format!(
        "SELECT {COLUMNS} FROM workflow_logs
         WHERE client_id = $1 AND id = ANY ($2) AND id >= $3 AND id <= $4"
    );
    let ids: Vec<_> = ids.iter().map(|id| *id.as_uuid()).collect();
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
        return Ok(Vec::new());
    };
    let found = database.read_logs(client, READ_LIMIT, async |transaction| {
        let select = transaction.prepare_cached(&sql).await?;
        let rows = transaction
            .query(&select, &[&client.as_str(), &ids, first, last])
            .await?;
        let logs = rows.iter().map(|row| logs::read(client, &PgRow(row)));
        Ok(logs.collect::<Result<_, _>>()?)
    });
    found.await
}
