//! The values of a column, for some rows of a row group.

use super::schema::Column;
use crate::Unreadable;
use parquet::{
    column::reader::{ColumnReader, ColumnReaderImpl},
    data_type::{ByteArray, DataType, FixedLenByteArray},
    file::reader::RowGroupReader,
};
use std::{ops::Range, vec};

/// Texts in the order of their rows.
pub(super) struct Texts {
    values: vec::IntoIter<ByteArray>,
    /// 1 where there is a text; none when all are there.
    levels: vec::IntoIter<i16>,
    is_optional: bool,
}

const OTHER_COLUMNS: Unreadable = Unreadable::Contents("its columns are others");
const TOO_FEW: Unreadable = Unreadable::Contents("it has too few values");

pub(super) fn ids(
    group: &dyn RowGroupReader,
    rows: &[Range<usize>],
) -> Result<Vec<FixedLenByteArray>, Unreadable> {
    match group.get_column_reader(Column::Id as usize)? {
        ColumnReader::FixedLenByteArrayColumnReader(reader) => {
            read(reader, rows, false).map(|(ids, _)| ids)
        }
        _ => Err(OTHER_COLUMNS),
    }
}

pub(super) fn times(
    group: &dyn RowGroupReader,
    rows: &[Range<usize>],
) -> Result<Vec<i64>, Unreadable> {
    match group.get_column_reader(Column::ReceivedAt as usize)? {
        ColumnReader::Int64ColumnReader(reader) => {
            read(reader, rows, false).map(|(times, _)| times)
        }
        _ => Err(OTHER_COLUMNS),
    }
}

impl Texts {
    pub(super) fn read(
        group: &dyn RowGroupReader,
        column: Column,
        rows: &[Range<usize>],
    ) -> Result<Self, Unreadable> {
        let ColumnReader::ByteArrayColumnReader(reader) =
            group.get_column_reader(column as usize)?
        else {
            return Err(OTHER_COLUMNS);
        };
        let is_optional = column.is_optional();
        let (values, levels) = read(reader, rows, is_optional)?;
        Ok(Self {
            values: values.into_iter(),
            levels: levels.into_iter(),
            is_optional,
        })
    }

    /// Returns the text of the next row, if it has one.
    pub(super) fn next(&mut self) -> Result<Option<ByteArray>, Unreadable> {
        let is_there = !self.is_optional || self.levels.next().ok_or(TOO_FEW)? > 0;
        match is_there {
            true => self.values.next().ok_or(TOO_FEW).map(Some),
            false => Ok(None),
        }
    }
}

/// Reads the values of these rows, which rise, and whether each row has one.
fn read<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: &[Range<usize>],
    is_optional: bool,
) -> Result<(Vec<T::T>, Vec<i16>), Unreadable> {
    let count = rows.iter().map(ExactSizeIterator::len).sum();
    let mut values = Vec::with_capacity(count);
    let mut levels = Vec::with_capacity(if is_optional { count } else { 0 });
    let mut at = 0;
    for rows in rows {
        reader.skip_records(rows.start - at)?;
        let mut missing = rows.len();
        while missing > 0 {
            let found = is_optional.then_some(&mut levels);
            match reader.read_records(missing, found, None, &mut values)? {
                (0, ..) => return Err(TOO_FEW),
                (records, ..) => missing -= records,
            }
        }
        at = rows.end;
    }
    Ok((values, levels))
}
