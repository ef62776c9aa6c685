use super::COLUMNS;
use crate::{database::Database, error::StatementError, wall};
use central_logger_keys::ClientId;
use central_logger_log_store::LogEntry;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use uuid::Uuid;

pub(super) async fn append(
    database: &Database,
    client: &ClientId,
    received_at: OffsetDateTime,
    entries: &[LogEntry],
) -> Result<(), StatementError> {
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
    let done = database.run(async |connection| {
        let role = database.take_role(wall::WRITER);
        let transaction = connection.transaction().await?;
        transaction
            .batch_execute(&format!("{role}SET LOCAL synchronous_commit = on"))
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
    done.await
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
