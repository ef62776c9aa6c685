use crate::{database::Database, error::StatementError};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogStats, LogStoreError, StatsQuery,
    queries::CountedBy,
    store::{Counted, ScanBudget},
};
use central_logger_sql_rows::UnreadableRow;
use std::fmt::Write;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

pub(super) async fn count(
    database: &Database,
    client: &ClientId,
    query: &StatsQuery,
    after: Option<LogId>,
    budget: ScanBudget,
) -> Result<Counted, StatementError> {
    let ids = query.ids();
    let starts = query.bucket_starts().map(LogId::first_of);
    let starts: Vec<Uuid> = starts.map(|id| *id.as_uuid()).collect();
    let mut stats = LogStats::new(query);
    if starts.is_empty() {
        return Ok(Counted { stats, last: None });
    }
    let client_name = client.as_str();
    // No id is as small as this one.
    let after = after.map_or(Uuid::nil(), |id| *id.as_uuid());
    let entries = i64::try_from(budget.entries).unwrap_or(i64::MAX);
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![
        &client_name,
        ids.start.as_uuid(),
        ids.end.as_uuid(),
        &starts,
        &after,
        &entries,
    ];
    let filters = [
        ("environment", query.environment()),
        ("status", query.status()),
        ("workflow", query.workflow()),
    ];
    let mut is_asked_for = "true".to_owned();
    for (column, value) in &filters {
        if let Some(value) = value {
            parameters.push(value);
            // Writing to a text does not fail.
            let _ = write!(is_asked_for, " AND {column} = ${}", parameters.len());
        }
    }
    let value = match query.by() {
        CountedBy::Status => "status",
        CountedBy::Environment => "environment",
        CountedBy::Workflow => "COALESCE(workflow, '')",
    };
    // What is not asked for is counted as no value, so that it is known how far this has got.
    let sql = format!(
        "SELECT width_bucket(id, $4::uuid[]), CASE WHEN {is_asked_for} THEN {value} END, count(*),
                max(id::text COLLATE \"C\")
         FROM (SELECT id, environment, status, workflow FROM workflow_logs
               WHERE client_id = $1 AND id >= $2 AND id < $3 AND id > $5
               ORDER BY id LIMIT $6) AS part
         GROUP BY 1, 2"
    );
    let counted = database.read_logs(client, budget.time, async |transaction| {
        let select = transaction.prepare_cached(&sql).await?;
        Ok(transaction.query(&select, &parameters).await?)
    });
    let counted = match counted.await {
        Err(error) if error.is_cancelled() => return Err(LogStoreError::TooSlow.into()),
        counted => counted?,
    };
    let (mut looked_at, mut last) = (0, None);
    for row in counted {
        let (bucket, count): (i32, i64) = (row.try_get(0)?, row.try_get(2)?);
        let greatest: LogId = row
            .try_get::<_, &str>(3)?
            .parse()
            .map_err(|error| UnreadableRow::new("an entry", error))?;
        looked_at += count;
        last = last.max(Some(greatest));
        if let Some(value) = row.try_get(1)? {
            // The first bucket has the number 1.
            let bucket = usize::try_from(bucket - 1).unwrap_or(usize::MAX);
            stats.add(bucket, value, u64::try_from(count).unwrap_or(0))?;
        }
    }
    Ok(Counted {
        stats,
        last: last.filter(|_| looked_at == entries),
    })
}
