//! Cells in the types of PostgreSQL.

use crate::{Cell, Column, Kind, Record};
use bytes::BytesMut;
use central_logger_postgres_database::StatementError;
use std::error::Error;
use time::{OffsetDateTime, error::ComponentRange};
use tokio_postgres::{
    Row,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};
use uuid::Uuid;

/// A cell that is bound in a statement.
#[derive(Debug, Clone)]
pub(super) struct Param<'a>(pub(super) &'a Cell);

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Text(text) => text.to_sql(ty, out),
            Cell::Integer(number) => number.to_sql(ty, out),
            Cell::Flag(flag) => flag.to_sql(ty, out),
            Cell::Bytes(bytes) => bytes.as_slice().to_sql(ty, out),
            Cell::Time(ms) => time_of(*ms)?.to_sql(ty, out),
            Cell::Uuid(bytes) => Uuid::from_bytes(*bytes).to_sql(ty, out),
            Cell::Names(names) => serde_json::to_string(names)?.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

pub(super) fn time_of(ms: i64) -> Result<OffsetDateTime, ComponentRange> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
}

/// Reads a column of a row.
pub(super) fn cell(row: &Row, place: usize, kind: Kind) -> Result<Cell, StatementError> {
    match kind {
        Kind::Text => get(row, place, Cell::Text),
        Kind::Integer => get(row, place, Cell::Integer),
        Kind::Flag => get(row, place, Cell::Flag),
        Kind::Bytes => get(row, place, Cell::Bytes),
        Kind::Time => get(row, place, |time: OffsetDateTime| {
            // A time of this type, of the years ±9999, fits by far.
            Cell::Time(time.unix_timestamp_nanos().div_euclid(1_000_000) as i64)
        }),
        Kind::Uuid => get(row, place, |uuid: Uuid| Cell::Uuid(*uuid.as_bytes())),
        Kind::Names => get(row, place, |mut names: Vec<String>| {
            names.sort_unstable();
            Cell::Names(names)
        }),
    }
}

fn get<'r, T: FromSql<'r>>(
    row: &'r Row,
    place: usize,
    cell: impl FnOnce(T) -> Cell,
) -> Result<Cell, StatementError> {
    let value: Option<T> = row.try_get(place)?;
    Ok(value.map_or(Cell::Null, cell))
}

pub(super) fn read_row(row: &Row, columns: &[Column]) -> Result<Record, StatementError> {
    let cells = columns.iter().enumerate();
    cells
        .map(|(place, column)| cell(row, place, column.kind))
        .collect()
}

/// A column of the rows that are written.
#[derive(Clone)]
pub(super) struct Given<'a> {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) cells: Vec<Param<'a>>,
}
