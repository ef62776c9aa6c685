use super::SqliteLogs;
use crate::error::FileError;
use central_logger_keys::ClientId;
use central_logger_log_store::{CountedBy, LogStats, StatsQuery};
use rusqlite::named_params;
use uuid::Uuid;

pub(super) async fn stats(
    logs: &SqliteLogs,
    client: &ClientId,
    query: &StatsQuery,
) -> Result<LogStats, FileError> {
    let value = match query.by() {
        CountedBy::Status => "status",
        CountedBy::Environment => "environment",
        CountedBy::Workflow => "COALESCE(workflow, '')",
    };
    let sql = format!(
        "SELECT id, {value} FROM workflow_logs
         WHERE client_id = :client AND id >= :from AND id < :to
           AND (:environment IS NULL OR environment = :environment)
           AND (:status IS NULL OR status = :status)
           AND (:workflow IS NULL OR workflow = :workflow)"
    );
    let (client, query) = (client.clone(), query.clone());
    let counted = logs.file.read_within(logs.read_limit, move |connection| {
        let ids = query.ids();
        let mut select = connection.prepare_cached(&sql)?;
        let mut rows = select.query(named_params! {
            ":client": client.as_str(),
            ":from": ids.start.as_uuid().as_bytes(), ":to": ids.end.as_uuid().as_bytes(),
            ":environment": query.environment(), ":status": query.status(),
            ":workflow": query.workflow(),
        })?;
        let mut stats = LogStats::new(&query);
        while let Some(row) = rows.next()? {
            let id = Uuid::from_bytes(row.get(0)?).into();
            let value = row.get_ref(1)?.as_str();
            stats.count(id, value.map_err(rusqlite::Error::from)?)?;
        }
        Ok(stats)
    });
    counted.await
}
