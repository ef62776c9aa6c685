use crate::{database::Database, error::StatementError};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogEntry, LogId, LogPage, LogQuery, LogStore, LogStoreError, Order, StoredLog,
};
use std::{collections::BTreeMap, ops::Bound, sync::Arc};
use time::OffsetDateTime;
use tokio_postgres::Row;
use uuid::Uuid;

/// Logs in PostgreSQL.
#[derive(Debug)]
pub struct PostgresLogs {
    database: Arc<Database>,
}

const COLUMNS: &str = "id, received_at, environment, executed_at, status, workflow, message, \
     event_id, extra";

impl PostgresLogs {
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self { database }
    }
}

/// The entries of an append, column by column.
#[derive(Default)]
struct Columns<'a> {
    id: Vec<Uuid>,
    environment: Vec<&'a str>,
    executed_at: Vec<&'a str>,
    status: Vec<&'a str>,
    workflow: Vec<Option<&'a str>>,
    message: Vec<Option<&'a str>>,
    event_id: Vec<Option<&'a str>>,
    extra: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    /// In order and each id once, so that appends at the same time never wait for each other in
    /// turn.
    fn of(entries: &'a [LogEntry]) -> Self {
        let mut distinct = BTreeMap::new();
        for entry in entries {
            distinct.entry(entry.id()).or_insert(entry);
        }
        let mut columns = Self::default();
        for (id, entry) in distinct {
            columns.id.push(*id.as_uuid());
            columns.environment.push(entry.environment());
            columns.executed_at.push(entry.executed_at().as_str());
            columns.status.push(entry.status());
            columns.workflow.push(entry.workflow());
            columns.message.push(entry.message());
            columns.event_id.push(entry.event_id());
            columns.extra.push(entry.extra());
        }
        columns
    }
}

#[async_trait]
impl LogStore for PostgresLogs {
    async fn append(
        &self,
        client: &ClientId,
        received_at: OffsetDateTime,
        entries: &[LogEntry],
    ) -> Result<(), LogStoreError> {
        let columns = Columns::of(entries);
        let sql = format!(
            "INSERT INTO workflow_logs (client_id, {COLUMNS})
             SELECT $1, e.id, $2, e.environment, e.executed_at, e.status, e.workflow, e.message,
                    e.event_id, e.extra
             FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                         $9::text[], $10::text[])
                  AS e (id, environment, executed_at, status, workflow, message, event_id, extra)
             ON CONFLICT DO NOTHING"
        );
        let done = self.database.run(async |connection| {
            let transaction = connection.transaction().await?;
            transaction
                .batch_execute("SET LOCAL synchronous_commit = on")
                .await?;
            let insert = transaction.prepare_cached(&sql).await?;
            transaction
                .execute(
                    &insert,
                    &[
                        &client.as_str(),
                        &received_at,
                        &columns.id,
                        &columns.environment,
                        &columns.executed_at,
                        &columns.status,
                        &columns.workflow,
                        &columns.message,
                        &columns.event_id,
                        &columns.extra,
                    ],
                )
                .await?;
            Ok(transaction.commit().await?)
        });
        Ok(done.await?)
    }

    async fn page(&self, client: &ClientId, query: &LogQuery) -> Result<LogPage, LogStoreError> {
        let (lower, upper) = query.bounds();
        let (above, from) = match lower {
            Bound::Unbounded => (">=", Uuid::nil()),
            Bound::Included(id) => (">=", *id.as_uuid()),
            Bound::Excluded(id) => (">", *id.as_uuid()),
        };
        let (below, to) = match upper {
            Bound::Unbounded => ("<=", Uuid::max()),
            Bound::Included(id) => ("<=", *id.as_uuid()),
            Bound::Excluded(id) => ("<", *id.as_uuid()),
        };
        let order = match query.order {
            Order::Asc => "ASC",
            Order::Desc => "DESC",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM workflow_logs
             WHERE client_id = $1 AND id {above} $2 AND id {below} $3
               AND ($4::text IS NULL OR environment = $4)
               AND ($5::text IS NULL OR status = $5)
               AND ($6::text IS NULL OR workflow = $6)
             ORDER BY id {order} LIMIT $7"
        );
        let rows = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let limit = i64::try_from(query.limit + 1).unwrap_or(i64::MAX);
            let rows = connection
                .query(
                    &select,
                    &[
                        &client.as_str(),
                        &from,
                        &to,
                        &query.environment,
                        &query.status,
                        &query.workflow,
                        &limit,
                    ],
                )
                .await?;
            rows.iter().map(|row| read(client, row)).collect()
        });
        Ok(LogPage::from_rows(rows.await?, query.limit))
    }

    async fn get(&self, client: &ClientId, id: LogId) -> Result<Option<StoredLog>, LogStoreError> {
        let sql = format!("SELECT {COLUMNS} FROM workflow_logs WHERE client_id = $1 AND id = $2");
        let found = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let row = connection
                .query_opt(&select, &[&client.as_str(), id.as_uuid()])
                .await?;
            row.map(|row| read(client, &row)).transpose()
        });
        Ok(found.await?)
    }

    async fn ready(&self) -> Result<(), LogStoreError> {
        let answer = self.database.run(async |connection| {
            connection
                .batch_execute("SELECT FROM workflow_logs LIMIT 0")
                .await?;
            Ok(())
        });
        Ok(answer.await?)
    }
}

fn read(client: &ClientId, row: &Row) -> Result<StoredLog, StatementError> {
    Ok(StoredLog {
        id: row.try_get::<_, Uuid>(0)?.into(),
        client_id: client.clone(),
        received_at: row.try_get(1)?,
        environment: row.try_get(2)?,
        executed_at: row.try_get(3)?,
        status: row.try_get(4)?,
        workflow: row.try_get(5)?,
        message: row.try_get(6)?,
        event_id: row.try_get(7)?,
        extra: row.try_get(8)?,
    })
}
