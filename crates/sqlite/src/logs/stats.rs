use crate::{error::FileError, file::File};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogStats, StatsQuery,
    queries::CountedBy,
    store::{Counted, ScanBudget},
};
use rusqlite::named_params;
use std::time::Instant;
use uuid::Uuid;

pub(super) async fn count(
    file: &File,
    client: &ClientId,
    query: &StatsQuery,
    after: Option<LogId>,
    budget: ScanBudget,
) -> Result<Counted, FileError> {
    let value = match query.by() {
        CountedBy::Status => "status",
        CountedBy::Environment => "environment",
        CountedBy::Workflow => "COALESCE(workflow, '')",
    };
    let sql = format!(
        "SELECT id, CASE WHEN (:environment IS NULL OR environment = :environment)
                          AND (:status IS NULL OR status = :status)
                          AND (:workflow IS NULL OR workflow = :workflow) THEN {value} END
         FROM workflow_logs
         WHERE client_id = :client AND id >= :from AND id > :after AND id < :to
         ORDER BY id LIMIT :entries"
    );
    let (client, query) = (client.clone(), query.clone());
    let counted = file.read_while_asked(move |connection| {
        let began = Instant::now();
        let ids = query.ids();
        let entries = i64::try_from(budget.entries).unwrap_or(i64::MAX);
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query(named_params! {
            ":client": client.as_str(), ":entries": entries,
            ":from": ids.start.as_uuid().as_bytes(), ":to": ids.end.as_uuid().as_bytes(),
            ":after": after.as_ref().map_or(&[0; 16], |id| id.as_uuid().as_bytes()),
            ":environment": query.environment(), ":status": query.status(),
            ":workflow": query.workflow(),
        })?;
        let (mut stats, mut last, mut looked_at) = (LogStats::new(&query), None, 0);
        while let Some(row) = rows.next()? {
            let id = Uuid::from_bytes(row.get(0)?).into();
            (last, looked_at) = (Some(id), looked_at + 1);
            let value = row.get_ref(1)?.as_str_or_null();
            if let Some(value) = value.map_err(rusqlite::Error::from)? {
                stats.count(id, value)?;
            }
            if began.elapsed() >= budget.time {
                return Ok(Counted { stats, last });
            }
        }
        let last = last.filter(|_| looked_at == entries);
        Ok(Counted { stats, last })
    });
    counted.await
}
