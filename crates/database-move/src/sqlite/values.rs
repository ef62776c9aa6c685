//! Cells in the types of SQLite.

use crate::{Cell, Column, Kind, RawError, Record};
use rusqlite::{
    ToSql,
    types::{ToSqlOutput, Value, ValueRef},
};

/// A cell that is bound in a statement.
pub(super) struct Param<'a>(pub(super) &'a Cell);

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0 {
            Cell::Null => ValueRef::Null,
            Cell::Text(text) => ValueRef::from(&**text),
            Cell::Integer(number) | Cell::Time(number) => ValueRef::Integer(*number),
            Cell::Flag(flag) => ValueRef::Integer((*flag).into()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
            Cell::Uuid(bytes) => ValueRef::Blob(bytes),
            Cell::Names(names) => {
                let json = serde_json::to_string(names);
                let json =
                    json.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
                return Ok(ToSqlOutput::Owned(Value::Text(json)));
            }
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

pub(super) fn record(row: &rusqlite::Row<'_>, columns: &[Column]) -> Result<Record, RawError> {
    let cells = columns.iter().enumerate();
    cells
        .map(|(place, column)| {
            let value = row.get_ref(place)?;
            cell(value, column.kind)
        })
        .collect()
}

fn cell(value: ValueRef<'_>, kind: Kind) -> Result<Cell, RawError> {
    if value == ValueRef::Null {
        return Ok(Cell::Null);
    }
    Ok(match kind {
        Kind::Text => Cell::Text(value.as_str()?.to_owned()),
        Kind::Integer => Cell::Integer(value.as_i64()?),
        Kind::Flag => Cell::Flag(value.as_i64()? != 0),
        Kind::Bytes => Cell::Bytes(value.as_blob()?.to_vec()),
        Kind::Time => Cell::Time(value.as_i64()?),
        Kind::Uuid => Cell::Uuid(value.as_blob()?.try_into()?),
        Kind::Names => {
            let mut names: Vec<String> = serde_json::from_str(value.as_str()?)?;
            names.sort_unstable();
            Cell::Names(names)
        }
    })
}
