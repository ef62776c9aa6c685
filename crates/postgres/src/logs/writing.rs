use super::idempotency;
use crate::{database::Database, error::StatementError, wall};
use central_logger_log_store::{Append, Appended, LogEntry};
use time::OffsetDateTime;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

const INSERT: &str = "
    INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status,
                               workflow, message, event_id, extra)
    SELECT * FROM unnest($1::text[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[],
                         $6::text[], $7::text[], $8::text[], $9::text[], $10::text[])
    ON CONFLICT DO NOTHING";

/// Stores a group of appends in one transaction.
pub(super) async fn append(
    database: &Database,
    group: &[Append],
) -> Result<Vec<Appended>, StatementError> {
    if group.iter().any(|append| append.claim.is_some()) {
        return append_claimed(database, group).await;
    }
    let columns = Columns::of(group.iter());
    database
        .run(async |connection| {
            let insert = connection.prepare_cached(INSERT).await?;
            let begin = format!("BEGIN; {}", settings(database));
            // All is sent before anything is waited for, in this order. When a part of it fails,
            // PostgreSQL refuses what follows and takes COMMIT for ROLLBACK.
            let parameters = columns.parameters();
            let (begun, inserted, committed) = tokio::join!(
                biased;
                connection.batch_execute(&begin),
                connection.execute(&insert, &parameters),
                connection.batch_execute("COMMIT"),
            );
            begun?;
            inserted?;
            committed?;
            Ok(vec![Appended::Stored; group.len()])
        })
        .await
}

/// Stores those whose idempotency keys are not taken; of the others it is known only then that they
/// have to be left out.
async fn append_claimed(
    database: &Database,
    group: &[Append],
) -> Result<Vec<Appended>, StatementError> {
    database
        .run(async |connection| {
            let transaction = connection.transaction().await?;
            transaction.batch_execute(&settings(database)).await?;
            let appended = idempotency::claim(&transaction, group).await?;
            let stored = group.iter().zip(&appended);
            let stored = stored.filter(|(_, appended)| **appended == Appended::Stored);
            let columns = Columns::of(stored.map(|(append, _)| append));
            let insert = transaction.prepare_cached(INSERT).await?;
            transaction.execute(&insert, &columns.parameters()).await?;
            transaction.commit().await?;
            Ok(appended)
        })
        .await
}

fn settings(database: &Database) -> String {
    let role = database.take_role(wall::WRITER);
    format!(
        "SET LOCAL citus.propagate_set_commands = 'local'; {role}SET LOCAL synchronous_commit = on"
    )
}

/// Entries, column by column.
#[derive(Default)]
struct Columns<'a> {
    client: Vec<&'a str>,
    id: Vec<Uuid>,
    received_at: Vec<OffsetDateTime>,
    environment: Vec<&'a str>,
    executed_at: Vec<&'a str>,
    status: Vec<&'a str>,
    workflow: Vec<Option<&'a str>>,
    message: Vec<Option<&'a str>>,
    event_id: Vec<Option<&'a str>>,
    extra: Vec<Option<&'a str>>,
}

impl<'a> Columns<'a> {
    /// In order and each once, so that appends at the same time never wait for each other in turn.
    fn of(appends: impl Iterator<Item = &'a Append>) -> Self {
        let mut entries: Vec<(&Append, &LogEntry)> = appends
            .flat_map(|append| append.entries.iter().map(move |entry| (append, entry)))
            .collect();
        // Of equal ones the first stays the first.
        entries.sort_by(|(a, x), (b, y)| (&a.client, x.id()).cmp(&(&b.client, y.id())));
        entries.dedup_by(|(a, x), (b, y)| (&a.client, x.id()) == (&b.client, y.id()));
        let mut columns = Self::default();
        for (append, entry) in entries {
            columns.client.push(append.client.as_str());
            columns.id.push(*entry.id().as_uuid());
            columns.received_at.push(append.received_at);
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

    fn parameters(&self) -> [&(dyn ToSql + Sync); 10] {
        [
            &self.client,
            &self.id,
            &self.received_at,
            &self.environment,
            &self.executed_at,
            &self.status,
            &self.workflow,
            &self.message,
            &self.event_id,
            &self.extra,
        ]
    }
}
