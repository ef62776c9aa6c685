//! Making blocks, and reading them once before they are trusted.

use crate::snapshot::unreadable;
use bytes::Bytes;
use central_logger_blocks::{
    Block, BlockBuilder, BlockKind, EncodeError, Encoded, Entry, Limits, merged,
};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogStoreError, StoredLog};
use std::{io, sync::Arc};
use tokio::task::spawn_blocking;

/// Puts the entries of several sources, each in the order of its ids, into sealed blocks; one that several have, once. This
/// takes its time, so others have the thread meanwhile.
pub(crate) async fn seal(
    client: &ClientId,
    sources: Vec<Vec<StoredLog>>,
    limits: Limits,
) -> Result<Vec<Encoded>, LogStoreError> {
    let client = client.clone();
    let sealed = spawn_blocking(move || {
        let sources = sources.into_iter().map(|source| source.into_iter().map(Ok));
        let entries: Result<Vec<StoredLog>, _> = merged(sources).collect();
        let mut entries = entries.map_err(unreadable)?;
        for entry in &mut entries {
            // More is not kept of it, also where a database could.
            entry.received_at = entry.received_at.truncate_to_millisecond();
        }
        seal_here(&client, &entries, limits)
    });
    sealed
        .await
        .map_err(|error| LogStoreError::Failed(Arc::new(error)))?
}

fn seal_here(
    client: &ClientId,
    entries: &[StoredLog],
    limits: Limits,
) -> Result<Vec<Encoded>, LogStoreError> {
    let mut sealed = Vec::new();
    let mut rest = entries;
    while !rest.is_empty() {
        let mut builder = BlockBuilder::new(BlockKind::Sealed, client, limits);
        let mut count = 0;
        for entry in rest.iter().map(Entry::from) {
            if !builder.has_room_for(&entry) {
                break;
            }
            builder.push(entry).map_err(unencodable)?;
            count += 1;
        }
        let (these, behind) = rest.split_at(count);
        let encoded = builder.finish().map_err(unencodable)?;
        need_equal(client, &encoded, these)?;
        sealed.push(encoded);
        rest = behind;
    }
    Ok(sealed)
}

/// Fails unless the block gives back what was put in.
fn need_equal(
    client: &ClientId,
    encoded: &Encoded,
    entries: &[StoredLog],
) -> Result<(), LogStoreError> {
    let contents = Bytes::copy_from_slice(&encoded.bytes);
    let block = Block::open(client, &encoded.header, contents).map_err(unreadable)?;
    let ids = encoded.header.first()..=encoded.header.last();
    let mut expected = entries.iter();
    for read in block.entries(ids).map_err(unreadable)? {
        if expected.next() != Some(&read.map_err(unreadable)?) {
            return Err(unequal());
        }
    }
    match expected.next() {
        None => Ok(()),
        Some(_) => Err(unequal()),
    }
}

fn unequal() -> LogStoreError {
    let error = io::Error::other("a block does not give back the entries that were put into it");
    LogStoreError::Failed(Arc::new(error))
}

pub(crate) fn unencodable(error: EncodeError) -> LogStoreError {
    LogStoreError::Failed(Arc::new(error))
}
