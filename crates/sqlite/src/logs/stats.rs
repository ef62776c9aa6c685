use super::blocks::{Seen, now};
use crate::{error::FileError, file::File};
use central_logger_block_store::{self as block_store, OpenBlocks};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogStats, StatsQuery,
    entries::Candidate,
    store::{Counted, ScanBudget},
};
use rusqlite::{Row, named_params};
use std::{sync::Arc, time::Instant};
use uuid::Uuid;

pub(super) async fn count(
    file: &File,
    opened: &Arc<OpenBlocks>,
    client: &ClientId,
    query: &StatsQuery,
    after: Option<LogId>,
    budget: ScanBudget,
) -> Result<Counted, FileError> {
    // Text that decides nothing is not read.
    let text = match query.filter().reads_text() {
        true => "message, extra",
        false => "NULL, NULL",
    };
    let sql = format!(
        "SELECT id, environment, status, workflow, {text} FROM workflow_logs
         WHERE client_id = :client AND id >= :from AND id > :after AND id < :to
         ORDER BY id LIMIT :entries"
    );
    let (client, query, opened) = (client.clone(), query.clone(), Arc::clone(opened));
    let counted = file.read_while_asked(move |connection| {
        let began = Instant::now();
        let snapshot = connection.unchecked_transaction()?;
        let seen = Seen {
            connection: &snapshot,
            client: &client,
            opened: &opened,
        };
        if let Some(counted) = now(block_store::count(&seen, &client, &query, after, budget))? {
            return Ok(counted);
        }
        let ids = query.ids();
        let entries = i64::try_from(budget.entries).unwrap_or(i64::MAX);
        let mut select = snapshot.prepare_cached(&sql)?;
        let mut rows = select.query(named_params! {
            ":client": client.as_str(), ":entries": entries,
            ":from": ids.start.as_uuid().as_bytes(), ":to": ids.end.as_uuid().as_bytes(),
            ":after": after.as_ref().map_or(&[0; 16], |id| id.as_uuid().as_bytes()),
        })?;
        let (mut stats, mut last, mut looked_at) = (LogStats::new(&query), None, 0);
        while let Some(row) = rows.next()? {
            let id = Uuid::from_bytes(row.get(0)?).into();
            (last, looked_at) = (Some(id), looked_at + 1);
            stats.look_at(id, &candidate(row)?)?;
            if began.elapsed() >= budget.time {
                return Ok(Counted { stats, last });
            }
        }
        let last = last.filter(|_| looked_at == entries);
        Ok(Counted { stats, last })
    });
    counted.await
}

fn candidate<'a>(row: &'a Row<'_>) -> rusqlite::Result<Candidate<'a>> {
    Ok(Candidate {
        environment: row.get_ref(1)?.as_str()?,
        status: row.get_ref(2)?.as_str()?,
        workflow: row.get_ref(3)?.as_str_or_null()?,
        message: row.get_ref(4)?.as_str_or_null()?,
        extra: row.get_ref(5)?.as_str_or_null()?,
    })
}
