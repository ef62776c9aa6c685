use super::PostgresLogs;
use crate::error::StatementError;
use central_logger_keys::ClientId;
use central_logger_log_store::{CountedBy, LogId, LogStats, LogStoreError, StatsQuery};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

pub(super) async fn stats(
    logs: &PostgresLogs,
    client: &ClientId,
    query: &StatsQuery,
) -> Result<LogStats, StatementError> {
    let value = match query.by() {
        CountedBy::Status => "status",
        CountedBy::Environment => "environment",
        CountedBy::Workflow => "COALESCE(workflow, '')",
    };
    let sql = format!(
        "SELECT width_bucket(id, $4::uuid[]), {value}, count(*) FROM workflow_logs
         WHERE client_id = $1 AND id >= $2 AND id < $3
           AND ($5::text IS NULL OR environment = $5)
           AND ($6::text IS NULL OR status = $6)
           AND ($7::text IS NULL OR workflow = $7)
         GROUP BY 1, 2 LIMIT $8"
    );
    let ids = query.ids();
    let starts = query.bucket_starts().map(LogId::first_of);
    let starts: Vec<Uuid> = starts.map(|id| *id.as_uuid()).collect();
    let mut stats = LogStats::new(query);
    if starts.is_empty() {
        return Ok(stats);
    }
    let limit = i64::try_from(LogStats::MAX_COUNTS + 1).unwrap_or(i64::MAX);
    let counted = logs
        .database
        .read_logs(client, logs.read_limit, async |transaction| {
            let select = transaction.prepare_cached(&sql).await?;
            let parameters: [&(dyn ToSql + Sync); 8] = [
                &client.as_str(),
                ids.start.as_uuid(),
                ids.end.as_uuid(),
                &starts,
                &query.environment(),
                &query.status(),
                &query.workflow(),
                &limit,
            ];
            Ok(transaction.query(&select, &parameters).await?)
        });
    let counted = match counted.await {
        Err(error) if error.is_cancelled() => return Err(LogStoreError::TooSlow.into()),
        counted => counted?,
    };
    for row in counted {
        let (bucket, count): (i32, i64) = (row.try_get(0)?, row.try_get(2)?);
        // The first bucket has the number 1.
        let bucket = usize::try_from(bucket - 1).unwrap_or(usize::MAX);
        stats.add(bucket, row.try_get(1)?, u64::try_from(count).unwrap_or(0))?;
    }
    Ok(stats)
}
