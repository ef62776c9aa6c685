//! How much makes one block.

use crate::{StoredBlock, month::month_of};
use central_logger_blocks::{Entry, Limits};
use central_logger_log_store::StoredLog;

/// Leaves as many of the rows, and at most `most`, as make one block, and returns whether they fill it.
pub(crate) fn fit_rows(rows: &mut Vec<StoredLog>, most: usize, limits: Limits) -> bool {
    let mut room = limits.text_bytes;
    let fits = |row: &StoredLog| {
        let left = room.checked_sub(Entry::from(row).text_len());
        room = left.unwrap_or(0);
        left.is_some()
    };
    let count = rows.iter().map(fits).take_while(|fits| *fits).count();
    let is_full = count < rows.len() || count == most;
    rows.truncate(count.max(1));
    is_full
}

/// Leaves as many of the blocks as make one, of the month of the first, and returns whether they fill it.
pub(crate) fn fit_blocks(blocks: &mut Vec<StoredBlock>, limits: Limits) -> bool {
    let Some(first) = blocks.first() else {
        return false;
    };
    let month = month_of(first.header.first());
    let of_month = |block: &StoredBlock| month.contains(&block.header.first());
    blocks.truncate(blocks.iter().take_while(|block| of_month(block)).count());
    let (mut entries, mut text_bytes) = (0, 0);
    let fits = |block: &StoredBlock| {
        entries += block.header.entries();
        text_bytes += block.header.text_bytes();
        entries <= limits.entries as u64 && text_bytes <= limits.text_bytes as u64
    };
    let count = blocks.iter().map(fits).take_while(|fits| *fits).count();
    let is_full = count < blocks.len();
    blocks.truncate(count.max(1));
    is_full
}
