use super::{arrivals, idempotency};
use crate::{error::FileError, file::File, row::unix_ms};
use central_logger_log_store::{Append, Appended, LogStoreError};
use rusqlite::{ErrorCode, Transaction};
use std::{collections::BTreeMap, sync::Arc};

const INSERT: &str = "
    INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status,
                               workflow, message, event_id, extra)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// Stores a group of appends in one transaction.
pub(super) async fn append(file: &File, group: Arc<[Append]>) -> Result<Vec<Appended>, FileError> {
    let room = file.clone();
    file.write(move |transaction| {
        room.need_room(transaction)?;
        let mut new = BTreeMap::new();
        let mut all = Vec::with_capacity(group.len());
        for append in group.iter() {
            let appended = idempotency::claim(transaction, append)?;
            if appended == Appended::Stored {
                let ids = new.entry(&append.client).or_default();
                insert(transaction, append, ids)?;
            }
            all.push(appended);
        }
        new.retain(|_, ids| !ids.is_empty());
        arrivals::note(transaction, new)?;
        Ok(all)
    })
    .await
}

/// Adds the ids of what was not there before to `new`.
fn insert(
    transaction: &Transaction<'_>,
    append: &Append,
    new: &mut Vec<u8>,
) -> Result<(), FileError> {
    let mut insert = transaction.prepare_cached(INSERT)?;
    for entry in &append.entries {
        let id = entry.id();
        let inserted = insert.execute((
            append.client.as_str(),
            id.as_uuid().as_bytes(),
            unix_ms(append.received_at),
            entry.environment(),
            entry.executed_at().as_str(),
            entry.status(),
            entry.workflow(),
            entry.message(),
            entry.event_id(),
            entry.extra(),
        ));
        match inserted {
            Ok(_) => new.extend(id.as_uuid().as_bytes()),
            Err(error) if !is_taken(&error) => return Err(error.into()),
            // The event is there already.
            Err(_) if entry.event_id().is_some() => {}
            Err(_) => return Err(LogStoreError::IdTaken.into()),
        }
    }
    Ok(())
}

fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}
