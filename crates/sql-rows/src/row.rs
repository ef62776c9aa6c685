use central_logger_times::Timestamp;
use std::{collections::BTreeSet, fmt::Display};
use uuid::Uuid;

/// A row that a database has returned. Columns have numbers, from 0.
pub trait Row {
    /// Text.
    ///
    /// # Errors
    /// When the column holds no text.
    fn text(&self, column: usize) -> Result<&str, ColumnError>;

    /// Text, or null.
    ///
    /// # Errors
    /// When the column holds something else.
    fn text_or_null(&self, column: usize) -> Result<Option<&str>, ColumnError>;

    /// A whole number, of whatever size the column has.
    ///
    /// # Errors
    /// When the column holds no number.
    fn integer(&self, column: usize) -> Result<i64, ColumnError>;

    /// A whole number, or null.
    ///
    /// # Errors
    /// When the column holds something else.
    fn integer_or_null(&self, column: usize) -> Result<Option<i64>, ColumnError>;

    /// Yes or no.
    ///
    /// # Errors
    /// When the column holds neither.
    fn flag(&self, column: usize) -> Result<bool, ColumnError>;

    /// Bytes, or null.
    ///
    /// # Errors
    /// When the column holds something else.
    fn bytes_or_null(&self, column: usize) -> Result<Option<&[u8]>, ColumnError>;

    /// A UUID.
    ///
    /// # Errors
    /// When the column holds none.
    fn uuid(&self, column: usize) -> Result<Uuid, ColumnError>;

    /// A point in time, or null. The error names the column.
    ///
    /// # Errors
    /// When the column holds something else, or a time that is no `Timestamp`.
    fn time_or_null(&self, column: usize) -> Result<Option<Timestamp>, ColumnError>;

    /// A set of names.
    ///
    /// # Errors
    /// When the column holds something else.
    fn names(&self, column: usize) -> Result<BTreeSet<String>, ColumnError>;

    /// Whether the column holds null, and not something that cannot be read.
    fn is_null(&self, column: usize) -> bool;
}

/// Error returned when a column cannot be read: what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ColumnError(pub String);

/// Error returned when a row cannot be read as a record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the row of {id} cannot be read: {reason}")]
#[non_exhaustive]
pub struct UnreadableRow {
    /// The id of the record, as it is stored.
    pub id: String,
    /// What is wrong.
    pub reason: String,
}

impl UnreadableRow {
    /// The record `id` cannot be read.
    pub fn new(id: &str, reason: impl Display) -> Self {
        Self {
            id: id.to_owned(),
            reason: reason.to_string(),
        }
    }
}

impl ColumnError {
    /// Whatever was wrong.
    pub fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }
}

/// Returns the records that can be read. The log tells of the others, which hide none of these.
pub fn readable<T, C: FromIterator<T>>(
    rows: impl IntoIterator<Item = Result<T, UnreadableRow>>,
) -> C {
    rows.into_iter().filter_map(readable_or_log).collect()
}

/// Returns the record if it can be read, and tells the log otherwise.
pub fn readable_or_log<T>(row: Result<T, UnreadableRow>) -> Option<T> {
    row.inspect_err(|error| tracing::error!(%error, "a row is left out"))
        .ok()
}
