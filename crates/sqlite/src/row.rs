//! Rows and values in the types of SQLite.

use central_logger_sql_rows::{ColumnError, Row, Value};
use central_logger_times::Timestamp;
use rusqlite::{
    Params, ToSql, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};
use std::collections::BTreeSet;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row as it is looked at.
pub(crate) struct SqliteRow<'r>(pub(crate) &'r rusqlite::Row<'r>);

impl SqliteRow<'_> {
    fn get(&self, column: usize) -> Result<ValueRef<'_>, ColumnError> {
        self.0.get_ref(column).map_err(ColumnError::new)
    }
}

impl Row for SqliteRow<'_> {
    fn text(&self, column: usize) -> Result<&str, ColumnError> {
        self.get(column)?.as_str().map_err(ColumnError::new)
    }

    fn text_or_null(&self, column: usize) -> Result<Option<&str>, ColumnError> {
        self.get(column)?.as_str_or_null().map_err(ColumnError::new)
    }

    fn integer(&self, column: usize) -> Result<i64, ColumnError> {
        self.get(column)?.as_i64().map_err(ColumnError::new)
    }

    fn integer_or_null(&self, column: usize) -> Result<Option<i64>, ColumnError> {
        self.get(column)?.as_i64_or_null().map_err(ColumnError::new)
    }

    fn flag(&self, column: usize) -> Result<bool, ColumnError> {
        Ok(self.integer(column)? != 0)
    }

    fn bytes_or_null(&self, column: usize) -> Result<Option<&[u8]>, ColumnError> {
        self.get(column)?
            .as_bytes_or_null()
            .map_err(ColumnError::new)
    }

    fn uuid(&self, column: usize) -> Result<Uuid, ColumnError> {
        let bytes = self.get(column)?.as_bytes().map_err(ColumnError::new)?;
        Uuid::from_slice(bytes).map_err(ColumnError::new)
    }

    fn time_or_null(&self, column: usize) -> Result<Option<Timestamp>, ColumnError> {
        let time = self
            .integer_or_null(column)?
            .map(Timestamp::from_unix_ms)
            .transpose();
        time.map_err(|error| {
            let name = self.0.as_ref().column_name(column).unwrap_or_default();
            ColumnError::new(format!("{name} {error}"))
        })
    }

    fn names(&self, column: usize) -> Result<BTreeSet<String>, ColumnError> {
        serde_json::from_str(self.text(column)?).map_err(ColumnError::new)
    }

    fn is_null(&self, column: usize) -> bool {
        matches!(self.get(column), Ok(ValueRef::Null))
    }
}

/// The values of a statement.
pub(crate) fn params<'a>(values: impl IntoIterator<Item = Value<'a>>) -> impl Params {
    params_from_iter(values.into_iter().map(Param))
}

struct Param<'a>(Value<'a>);

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match &self.0 {
            Value::Text(text) => text.as_deref().map(ValueRef::from),
            Value::Integer(number) => number.map(ValueRef::Integer),
            Value::Flag(flag) => Some(ValueRef::Integer((*flag).into())),
            Value::Bytes(bytes) => bytes.as_deref().map(ValueRef::Blob),
            Value::Time(time) => time.map(|time| ValueRef::Integer(unix_ms(time))),
        };
        Ok(ToSqlOutput::Borrowed(value.unwrap_or(ValueRef::Null)))
    }
}

/// How times are stored.
pub(crate) fn unix_ms(time: OffsetDateTime) -> i64 {
    // A time of this type, of the years ±9999, fits by far.
    (time.unix_timestamp_nanos() / 1_000_000) as i64
}
