use crate::{
    blocks::Seen,
    conditions::{Conditions, column},
    reading::{self, too_slow},
};
use central_logger_block_store::{self as block_store, OpenBlocks};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogStats, StatsQuery,
    entries::LogField,
    store::{Counted, ScanBudget, Tally},
};
use central_logger_postgres_database::{Database, StatementError};
use central_logger_sql_rows::UnreadableRow;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

pub(crate) async fn count(
    database: &Database,
    opened: &OpenBlocks,
    client: &ClientId,
    query: &StatsQuery,
    after: Option<LogId>,
    budget: ScanBudget,
) -> Result<Counted, StatementError> {
    if query.filter().reads_text() {
        let search = query.search_after(after);
        let page = reading::scan(database, opened, client, &search, budget).await?;
        return Ok(Counted::from_page(query, &page)?);
    }
    let ids = query.ids();
    let starts = query.bucket_starts().map(LogId::first_of);
    let starts: Vec<Uuid> = starts.map(|id| *id.as_uuid()).collect();
    let mut stats = LogStats::new(query);
    if starts.is_empty() {
        return Ok(Counted { stats, last: None });
    }
    let client_name = client.as_str();
    // No id is as small as this one.
    let behind = after.map_or(Uuid::nil(), |id| *id.as_uuid());
    let entries = i64::try_from(budget.entries).unwrap_or(i64::MAX);
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![
        &client_name,
        ids.start.as_uuid(),
        ids.end.as_uuid(),
        &starts,
        &behind,
        &entries,
    ];
    let mut conditions = Conditions::from_number(parameters.len() + 1);
    conditions.add_fields(query.filter());
    let (is_asked_for, values) = conditions.into_parts();
    parameters.extend(values);
    let by = query.by();
    let [first, second] = [Some(by.first), by.second].map(value);
    // What is not asked for is counted as no value, so that it is known how far this has got.
    let sql = format!(
        "SELECT width_bucket(id, $4::uuid[]), CASE WHEN {is_asked_for} THEN {first} END,
                CASE WHEN {is_asked_for} THEN {second} END, count(*), max(id::text COLLATE \"C\")
         FROM (SELECT id, environment, status, workflow FROM workflow_logs
               WHERE client_id = $1 AND id >= $2 AND id < $3 AND id > $5
               ORDER BY id LIMIT $6) AS part
         GROUP BY 1, 2, 3"
    );
    let counted = database.read_logs(client, budget.time, async |transaction| {
        let seen = Seen {
            transaction,
            client,
            opened,
        };
        if let Some(counted) = block_store::count(&seen, client, query, after, budget).await? {
            return Ok(Ok(counted));
        }
        let select = transaction.prepare_cached(&sql).await?;
        Ok(Err(transaction.query(&select, &parameters).await?))
    });
    let counted = match too_slow(counted.await)? {
        Ok(counted) => return Ok(counted),
        Err(rows) => rows,
    };
    let (mut looked_at, mut last) = (0, None);
    for row in counted {
        let (bucket, count): (i32, i64) = (row.try_get(0)?, row.try_get(3)?);
        let greatest: LogId = row
            .try_get::<_, &str>(4)?
            .parse()
            .map_err(|error| UnreadableRow::new("an entry", error))?;
        looked_at += count;
        last = last.max(Some(greatest));
        if let (Some(first), Some(second)) = (row.try_get(1)?, row.try_get(2)?) {
            // The first bucket has the number 1.
            let bucket = usize::try_from(bucket - 1).unwrap_or(usize::MAX);
            let count = u64::try_from(count).unwrap_or(0);
            let last = greatest;
            stats.add(bucket, [first, second], Tally { count, last })?;
        }
    }
    Ok(Counted {
        stats,
        last: last.filter(|_| looked_at == entries),
    })
}

/// The value of a field, which is empty where there is none.
fn value(field: Option<LogField>) -> String {
    match field {
        Some(field) => format!("COALESCE({}, '')", column(field)),
        None => "''".to_owned(),
    }
}
