use crate::{BlockStore, StoredBlock, Swap, Swapped, seal::seal, snapshot::unreadable};
use central_logger_blocks::{Block, Limits};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogStoreError};

/// Deletes about a thousand of the earliest entries of `client` with an id below `before`, or of all, or
/// the earliest block of them, and returns how many. When it returns zero, none are left.
///
/// A block that has later entries, too, makes room for one with these alone.
///
/// # Errors
/// When the store is not available or fails, or a block cannot be read that has later entries.
pub async fn delete(
    store: &dyn BlockStore,
    client: &ClientId,
    before: Option<LogId>,
) -> Result<usize, LogStoreError> {
    loop {
        let block = store.earliest_block(client, before).await?;
        let start = block.as_ref().map(|block| block.header.first());
        let removed = store.delete_rows(client, start.or(before)).await?;
        if removed > 0 {
            return Ok(removed);
        }
        // Rows that others were sealing may be in a block by now.
        let Some(block) = block else {
            match store.earliest_block(client, before).await? {
                None => return Ok(0),
                Some(_) => continue,
            }
        };
        if let Some(removed) = delete_from_block(store, client, block, before).await? {
            return Ok(removed);
        }
    }
}

/// Returns how many entries of the block were deleted, or `None` when others came first.
async fn delete_from_block(
    store: &dyn BlockStore,
    client: &ClientId,
    block: StoredBlock,
    before: Option<LogId>,
) -> Result<Option<usize>, LogStoreError> {
    let mut kept = Vec::new();
    if let Some(before) = before.filter(|before| block.header.last() >= *before) {
        let Some(contents) = store.contents(client, &block).await? else {
            return Ok(None);
        };
        let opened = Block::open(client, &block.header, contents.block).map_err(unreadable)?;
        let entries = opened.entries(before..=block.header.last());
        for entry in entries.map_err(unreadable)? {
            kept.push(entry.map_err(unreadable)?);
        }
    }
    let entries = usize::try_from(block.header.entries()).unwrap_or(usize::MAX);
    let removed = entries.saturating_sub(kept.len());
    let swap = Swap {
        rows: Vec::new(),
        sealed: seal(client, vec![kept], Limits::default()).await?,
        blocks: vec![block],
    };
    match store.swap(client, swap).await? {
        Swapped::Done => Ok(Some(removed)),
        // Where there are blocks already, it is never too early.
        Swapped::Overtaken | Swapped::TooEarly => Ok(None),
    }
}
