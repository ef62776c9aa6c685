use super::blocks::{Seen, now};
use crate::{error::FileError, file::File, row::SqliteRow};
use central_logger_block_store::{self as block_store, OpenBlocks};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogPage, LogSearch, Order, StoredLog,
    entries::Candidate,
    store::{PageBuilder, ScanBudget},
};
use central_logger_sql_rows::logs::{self, COLUMNS};
use rusqlite::{OptionalExtension, Row};
use std::{collections::BTreeSet, ops::ControlFlow, sync::Arc, time::Instant};
use uuid::Uuid;

/// Goes down the primary key, and judges each entry here, so that it is known at any moment how far it
/// has got.
pub(super) async fn scan(
    file: &File,
    opened: &Arc<OpenBlocks>,
    client: &ClientId,
    search: &LogSearch,
    budget: ScanBudget,
) -> Result<LogPage, FileError> {
    let Some((first, last)) = search.query.ids() else {
        return Ok(PageBuilder::new(search.query.limit).build());
    };
    let (client, search, opened) = (client.clone(), search.clone(), Arc::clone(opened));
    let order = match search.query.order {
        Order::Asc => "ASC",
        Order::Desc => "DESC",
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM workflow_logs
         WHERE client_id = ?1 AND id >= ?2 AND id <= ?3 ORDER BY id {order} LIMIT ?4"
    );
    let scanned = file.read_while_asked(move |connection| {
        let began = Instant::now();
        let snapshot = connection.unchecked_transaction()?;
        let seen = Seen {
            connection: &snapshot,
            client: &client,
            opened: &opened,
        };
        if let Some(page) = now(block_store::scan(&seen, &client, &search, budget))? {
            return Ok(page);
        }
        let mut statement = snapshot.prepare_cached(&sql)?;
        let entries = i64::try_from(budget.entries).unwrap_or(i64::MAX);
        let mut rows = statement.query((
            client.as_str(),
            first.as_uuid().as_bytes(),
            last.as_uuid().as_bytes(),
            entries,
        ))?;
        let mut page = PageBuilder::new(search.query.limit);
        let mut looked_at = 0;
        loop {
            let Some(row) = rows.next()? else {
                return match looked_at == entries {
                    true => Ok(page.cut_short()?),
                    false => Ok(page.build()),
                };
            };
            looked_at += 1;
            if look_at(&client, row, &search, &mut page)?.is_break() {
                return Ok(page.build());
            }
            if began.elapsed() >= budget.time {
                return Ok(page.cut_short()?);
            }
        }
    });
    scanned.await
}

fn look_at(
    client: &ClientId,
    row: &Row<'_>,
    search: &LogSearch,
    page: &mut PageBuilder,
) -> Result<ControlFlow<()>, FileError> {
    if search.matches(&candidate(row)?) {
        return Ok(page.push(logs::read(client, &SqliteRow(row))?));
    }
    page.pass(Uuid::from_bytes(row.get(0)?).into());
    Ok(ControlFlow::Continue(()))
}

/// Without copying anything, since most entries are not asked for.
fn candidate<'a>(row: &'a Row<'_>) -> rusqlite::Result<Candidate<'a>> {
    Ok(Candidate {
        environment: row.get_ref(2)?.as_str()?,
        status: row.get_ref(4)?.as_str()?,
        workflow: row.get_ref(5)?.as_str_or_null()?,
        message: row.get_ref(6)?.as_str_or_null()?,
        extra: row.get_ref(8)?.as_str_or_null()?,
    })
}

pub(super) async fn get(
    file: &File,
    opened: &Arc<OpenBlocks>,
    client: &ClientId,
    id: LogId,
) -> Result<Option<StoredLog>, FileError> {
    Ok(get_many(file, opened, client, &[id]).await?.pop())
}

/// One by one: SQLite has them within the process.
pub(super) async fn get_many(
    file: &File,
    opened: &Arc<OpenBlocks>,
    client: &ClientId,
    ids: &[LogId],
) -> Result<Vec<StoredLog>, FileError> {
    let opened = Arc::clone(opened);
    let (client, mut missing) = (client.clone(), BTreeSet::from_iter(ids.iter().copied()));
    let sql = format!("SELECT {COLUMNS} FROM workflow_logs WHERE client_id = ?1 AND id = ?2");
    let found = file.read(move |connection| {
        let snapshot = connection.transaction()?;
        let mut statement = snapshot.prepare_cached(&sql)?;
        let mut found = Vec::with_capacity(missing.len());
        for id in &missing {
            let parameters = (client.as_str(), id.as_uuid().as_bytes());
            let log =
                statement.query_row(parameters, |row| Ok(logs::read(&client, &SqliteRow(row))));
            found.extend(log.optional()?.transpose()?);
        }
        for log in &found {
            missing.remove(&log.id);
        }
        let seen = Seen {
            connection: &snapshot,
            client: &client,
            opened: &opened,
        };
        found.extend(now(block_store::find(&seen, &client, &missing))?);
        Ok(found)
    });
    found.await
}
