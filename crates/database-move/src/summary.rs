use serde::Serialize;

/// What was moved, and compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoveSummary {
    /// The identity of the keys, which both databases have now.
    pub store: String,
    /// Whether all was there already, and was compared alone.
    pub was_there: bool,
    /// The number of the last entry of the audit trail.
    pub sequence: i64,
    /// The seal of that entry.
    pub seal: Option<String>,
    /// Each table, in the order in which it was moved.
    pub tables: Vec<MovedTable>,
}

/// A table that is the same in both databases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedTable {
    /// Its name.
    pub table: &'static str,
    /// How many rows it has.
    pub rows: u64,
    /// How long their values are together.
    pub bytes: u64,
    /// The SHA-256 of all rows, added up, in hexadecimal.
    pub sha256: String,
}

/// How far a move has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoveProgress {
    /// Whether the copy is being compared.
    pub is_comparing: bool,
    /// The table at which it is.
    pub table: &'static str,
    /// How many rows are done of all tables.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}
