use std::sync::{Arc, Mutex, PoisonError};
use time::OffsetDateTime;

/// How much there is in blocks, and what is not sealed yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlockTotals {
    /// The number of blocks.
    pub blocks: u64,
    /// The number of their entries.
    pub entries: u64,
    /// How long the texts of these entries are, in bytes.
    pub text_bytes: u64,
    /// How long the blocks and their filters are, in bytes.
    pub bytes: u64,
    /// The number of those blocks that are fresh.
    pub fresh_blocks: u64,
    /// The number of entries in fresh blocks.
    pub fresh_entries: u64,
    /// The number of rows, which are counted up to [`MOST_ROWS`](Self::MOST_ROWS).
    pub rows: u64,
    /// When the first of the entries was received that are in no sealed block, as far as rows are counted.
    pub oldest_unsealed: Option<OffsetDateTime>,
}

impl BlockTotals {
    /// How many rows are counted at most: where there are more, sealing has only just begun.
    pub const MOST_ROWS: u64 = 1_000_000;
}

/// The totals as they were found last, for metrics.
#[derive(Debug, Clone, Default)]
pub struct LastTotals(Arc<Mutex<BlockTotals>>);

impl LastTotals {
    /// Returns them; zero when nobody has looked yet.
    pub fn get(&self) -> BlockTotals {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was found.
    pub fn set(&self, totals: BlockTotals) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = totals;
    }
}
