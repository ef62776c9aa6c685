use super::idempotency;
use crate::{error::FileError, file::File, keys::unix_ms};
use central_logger_log_store::{Append, Appended};
use rusqlite::Transaction;
use std::sync::Arc;

const INSERT: &str = "
    INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status,
                               workflow, message, event_id, extra)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
    ON CONFLICT DO NOTHING";

/// Stores a group of appends in one transaction.
pub(super) async fn append(file: &File, group: Arc<[Append]>) -> Result<Vec<Appended>, FileError> {
    file.write(move |transaction| {
        group
            .iter()
            .map(|append| {
                let appended = idempotency::claim(transaction, append)?;
                if appended == Appended::Stored {
                    insert(transaction, append)?;
                }
                Ok(appended)
            })
            .collect()
    })
    .await
}

fn insert(transaction: &Transaction<'_>, append: &Append) -> Result<(), FileError> {
    let mut insert = transaction.prepare_cached(INSERT)?;
    for entry in &append.entries {
        insert.execute((
            append.client.as_str(),
            entry.id().as_uuid().as_bytes(),
            unix_ms(append.received_at),
            entry.environment(),
            entry.executed_at().as_str(),
            entry.status(),
            entry.workflow(),
            entry.message(),
            entry.event_id(),
            entry.extra(),
        ))?;
    }
    Ok(())
}
