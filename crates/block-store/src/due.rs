//! When it is worth sealing.

use crate::StoredBlock;
use central_logger_log_store::StoredLog;
use time::{Duration, OffsetDateTime};

/// Which logs are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All that can be.
    All,
    /// Those that are worth it at this time: many, or old.
    Due(OffsetDateTime),
}

/// The age below which rows stay: they may still be followed, and sent again.
const YOUNG: Duration = Duration::minutes(5);
/// The least rows that make a block before they are old.
const ENOUGH: usize = 1000;
/// The age from which any number of entries makes a block. A server looks each minute.
const OLD: Duration = Duration::minutes(13);

impl Which {
    pub(crate) fn received_before(self) -> Option<OffsetDateTime> {
        match self {
            Self::All => None,
            Self::Due(now) => now.checked_sub(YOUNG),
        }
    }

    /// Returns whether rows of one month make a block now.
    pub(crate) fn has_due_rows(self, rows: &[StoredLog]) -> bool {
        rows.len() >= ENOUGH || rows.iter().any(|row| self.is_old(row.received_at))
    }

    /// Returns whether fresh blocks of one month make a sealed one now, although they do not fill it.
    pub(crate) fn has_due_blocks(self, blocks: &[StoredBlock]) -> bool {
        let mut blocks = blocks.iter();
        blocks.any(|block| self.is_old(*block.header.received().start()))
    }

    /// Returns how many small blocks are merged, where `many` are otherwise.
    pub(crate) fn blocks_worth_merging(self, many: usize) -> usize {
        match self {
            Self::All => 2,
            Self::Due(_) => many,
        }
    }

    fn is_old(self, received_at: OffsetDateTime) -> bool {
        match self {
            Self::All => true,
            Self::Due(now) => now - received_at >= OLD,
        }
    }
}
