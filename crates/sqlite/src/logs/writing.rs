use super::{
    SqliteLogs, arrivals, idempotency,
    repeats::{self, Events},
    sealing::OLDER_PROGRAMS_STOP,
    swapping::put_in,
};
use crate::{error::FileError, row::unix_ms};
use central_logger_block_store::{FreshBlock, Packed, Place, events_of, pack};
use central_logger_keys::ClientId;
use central_logger_log_store::{Append, Appended, LogEntry, LogStoreError};
use rusqlite::{ErrorCode, Transaction};
use std::{collections::BTreeMap, sync::Arc};
use tokio::task::spawn_blocking;

const INSERT: &str = "
    INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status,
                               workflow, message, event_id, extra)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// What a transaction brings each client: 16 bytes for each entry.
type New<'a> = BTreeMap<&'a ClientId, Vec<u8>>;

/// Stores a group of appends in one transaction.
pub(super) async fn append(
    logs: &SqliteLogs,
    group: Arc<[Append]>,
) -> Result<Vec<Appended>, FileError> {
    let packed = pack_ahead(logs, &group).await?;
    let (file, opened) = (logs.file.clone(), Arc::clone(&logs.opened));
    let enough = logs.enough_for_a_block;
    logs.file
        .write(move |transaction| {
            file.need_room(transaction)?;
            let events = events_of(group.iter());
            let mut known = repeats::in_blocks(transaction, &opened, &events)?;
            let claims = group
                .iter()
                .map(|append| idempotency::claim(transaction, append));
            let appended = claims.collect::<Result<Vec<_>, _>>()?;
            let is_wanted = |append: usize, entry: &LogEntry, known: &Events<'_>| {
                appended[append] == Appended::Stored
                    && !is_known(&group[append].client, entry, known)
            };
            let packed = match packed {
                None => pack(&group, usize::MAX, |append, entry| {
                    is_wanted(append, entry, &known)
                })?,
                Some(packed) => {
                    repeats::add_those_in_rows(transaction, &events, &mut known)?;
                    let is_all_new = known.values().all(|ids| ids.is_empty());
                    match is_all_new && appended.iter().all(|a| *a == Appended::Stored) {
                        true => packed,
                        false => pack(&group, enough, |append, entry| {
                            is_wanted(append, entry, &known)
                        })?,
                    }
                }
            };
            let mut new = New::new();
            insert_rows(transaction, &group, &packed.rows, &mut new)?;
            insert_blocks(transaction, &packed.blocks, &mut new)?;
            arrivals::note(transaction, new)?;
            Ok(appended)
        })
        .await
}

/// Packs the group into blocks before others wait for it, on the assumption that every entry is new.
/// Returns `None` when none are to be written.
async fn pack_ahead(logs: &SqliteLogs, group: &Arc<[Append]>) -> Result<Option<Packed>, FileError> {
    let enough = logs.enough_for_a_block;
    let entries: usize = group.iter().map(|append| append.entries.len()).sum();
    if entries < enough || !logs.all_read_blocks().await? {
        return Ok(None);
    }
    let group = Arc::clone(group);
    let packed = spawn_blocking(move || pack(&group, enough, |_, _| true));
    let packed = packed.await??;
    Ok((!packed.blocks.is_empty()).then_some(packed))
}

fn is_known(client: &ClientId, entry: &LogEntry, known: &Events<'_>) -> bool {
    let known = known.get(client);
    entry.event_id().is_some() && known.is_some_and(|known| known.contains(&entry.id()))
}

fn insert_rows<'a>(
    transaction: &Transaction<'_>,
    group: &'a [Append],
    rows: &[Place],
    new: &mut New<'a>,
) -> Result<(), FileError> {
    let mut insert = transaction.prepare_cached(INSERT)?;
    for (append, entry) in rows.iter().filter_map(|place| place.of(group)) {
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
            Ok(_) => new
                .entry(&append.client)
                .or_default()
                .extend(id.as_uuid().as_bytes()),
            Err(error) if !is_taken(&error) => return Err(error.into()),
            // The event is there already.
            Err(_) if entry.event_id().is_some() => {}
            Err(_) => return Err(LogStoreError::IdTaken.into()),
        }
    }
    Ok(())
}

fn insert_blocks<'a>(
    transaction: &Transaction<'_>,
    blocks: &'a [FreshBlock],
    new: &mut New<'a>,
) -> Result<(), FileError> {
    if !blocks.is_empty() {
        transaction.execute_batch(OLDER_PROGRAMS_STOP)?;
    }
    for FreshBlock {
        client,
        ids,
        encoded,
    } in blocks
    {
        put_in(transaction, client, encoded)?;
        let new = new.entry(client).or_default();
        ids.iter()
            .for_each(|id| new.extend(id.as_uuid().as_bytes()));
    }
    Ok(())
}

fn is_taken(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}
