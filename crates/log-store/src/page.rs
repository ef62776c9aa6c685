use crate::{Cursor, StoredLog};
use serde::Serialize;

/// Some of a client's entries, and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogPage {
    /// The entries in the order asked for.
    pub logs: Vec<StoredLog>,
    /// The position to ask on from; nothing when these were the last.
    pub next_cursor: Option<Cursor>,
}

impl LogPage {
    /// Makes a page of `limit` entries out of the rows that a store found when it asked for one
    /// more than that.
    pub fn from_rows(mut rows: Vec<StoredLog>, limit: usize) -> Self {
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| has_more);
        Self {
            next_cursor: last.map(|log| Cursor(log.id)),
            logs: rows,
        }
    }
}
