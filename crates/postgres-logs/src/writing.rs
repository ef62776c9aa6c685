use crate::{
    PostgresLogs, idempotency, packing, repeats,
    rows::{Rows, Statements},
    turns::{self, Turn},
};
use central_logger_block_store::{self as block_store, OpenBlocks};
use central_logger_keys::ClientId;
use central_logger_log_store::{Append, Appended, LogId};
use central_logger_postgres_database::{Database, Roles, StatementError};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Stores a group of appends in one transaction.
pub(crate) async fn append(
    logs: &PostgresLogs,
    group: Arc<[Append]>,
) -> Result<Vec<Appended>, StatementError> {
    if let Some(packed) = packing::pack_ahead(logs, &group).await? {
        return packing::append(logs, group, packed).await;
    }
    let (database, group) = (&logs.database, &*group);
    let events = block_store::events_of(group);
    if !events.is_empty() || group.iter().any(|append| append.claim.is_some()) {
        return append_unless_repeated(database, &logs.opened, group, &events).await;
    }
    let rows = Rows::of(group.iter());
    database
        .run(async |connection| {
            let statements = Statements::prepare(&*connection).await?;
            let begin = format!("BEGIN; {}", settings(database));
            // All is sent before anything is waited for, in this order. When a part of it fails,
            // PostgreSQL refuses what follows and takes COMMIT for ROLLBACK.
            let (begun, inserted, committed) = tokio::join!(
                biased;
                connection.batch_execute(&begin),
                rows.insert(&*connection, &statements),
                connection.batch_execute("COMMIT"),
            );
            begun?;
            inserted?;
            committed?;
            Ok(vec![Appended::Stored; group.len()])
        })
        .await
}

/// Stores those whose idempotency keys are not taken, and events that no block has; of the others it is known
/// only then that they have to be left out.
async fn append_unless_repeated(
    database: &Database,
    opened: &OpenBlocks,
    group: &[Append],
    events: &BTreeMap<&ClientId, BTreeSet<LogId>>,
) -> Result<Vec<Appended>, StatementError> {
    database
        .run(async |connection| {
            let transaction = connection.transaction().await?;
            let statements = Statements::prepare(&transaction).await?;
            let settings = settings(database);
            let settings = transaction.batch_execute(&settings);
            let turn = turns::take(
                &transaction,
                &statements,
                events.keys().copied(),
                Turn::WithOthers,
            );
            if group.iter().all(|append| append.claim.is_none()) {
                let rows = Rows::of(group.iter());
                // Sent in this order, before anything is waited for.
                let (set, taken, inserted, taken_out) = tokio::join!(
                    biased;
                    settings,
                    turn,
                    rows.insert(&transaction, &statements),
                    repeats::take_out(database, opened, &transaction, events),
                );
                set?;
                taken?;
                inserted?;
                taken_out?;
                transaction.commit().await?;
                return Ok(vec![Appended::Stored; group.len()]);
            }
            settings.await?;
            turn.await?;
            let appended = idempotency::claim(&transaction, &statements, group).await?;
            let stored = group.iter().zip(&appended);
            let stored = stored.filter(|(_, appended)| **appended == Appended::Stored);
            let rows = Rows::of(stored.map(|(append, _)| append));
            rows.insert(&transaction, &statements).await?;
            repeats::take_out(database, opened, &transaction, events).await?;
            transaction.commit().await?;
            Ok(appended)
        })
        .await
}

pub(crate) fn settings(database: &Database) -> String {
    let role = database.take(Roles::writer);
    format!(
        "SET LOCAL citus.propagate_set_commands = 'local'; {role}SET LOCAL synchronous_commit = on"
    )
}
