use crate::{ColumnError, Row, UnreadableRow, unsigned};
use central_logger_times::Timestamp;
use std::{collections::BTreeSet, fmt::Display, str::FromStr};
use time::OffsetDateTime;
use uuid::Uuid;

/// The columns of one row, and the id by which errors name it.
pub(crate) struct Columns<'r, R> {
    row: &'r R,
    id: &'r str,
}

type Read<T> = Result<T, UnreadableRow>;

impl<'r, R: Row> Columns<'r, R> {
    /// Those of a row whose id is in a column.
    pub(crate) fn with_id_in(row: &'r R, column: usize) -> Read<Self> {
        let id = row.text(column);
        let id = id.map_err(|error| UnreadableRow::new("unknown id", error))?;
        Ok(Self { row, id })
    }

    /// Those of a row that is called `id`.
    pub(crate) fn of(row: &'r R, id: &'r str) -> Self {
        Self { row, id }
    }

    pub(crate) fn unreadable(&self, reason: impl Display) -> UnreadableRow {
        UnreadableRow::new(self.id, reason)
    }

    pub(crate) fn text(&self, column: usize) -> Read<&'r str> {
        self.named(self.row.text(column))
    }

    pub(crate) fn string(&self, column: usize) -> Read<String> {
        self.text(column).map(str::to_owned)
    }

    pub(crate) fn string_or_null(&self, column: usize) -> Read<Option<String>> {
        let text = self.named(self.row.text_or_null(column))?;
        Ok(text.map(str::to_owned))
    }

    /// Text, where an empty one stands for none.
    pub(crate) fn string_or_empty(&self, column: usize) -> Read<Option<String>> {
        let text = self.text(column)?;
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    pub(crate) fn parse<T: FromStr<Err: Display>>(&self, column: usize) -> Read<T> {
        self.parse_text(self.text(column)?)
    }

    pub(crate) fn parse_or_null<T: FromStr<Err: Display>>(&self, column: usize) -> Read<Option<T>> {
        let text = self.named(self.row.text_or_null(column))?;
        text.map(|text| self.parse_text(text)).transpose()
    }

    /// A name, where an empty text stands for none.
    pub(crate) fn parse_or_empty<T: FromStr<Err: Display>>(
        &self,
        column: usize,
    ) -> Read<Option<T>> {
        let text = Some(self.text(column)?).filter(|text| !text.is_empty());
        text.map(|text| self.parse_text(text)).transpose()
    }

    pub(crate) fn parse_text<T: FromStr<Err: Display>>(&self, text: &str) -> Read<T> {
        text.parse().map_err(|error| self.unreadable(error))
    }

    pub(crate) fn number(&self, column: usize) -> Read<u64> {
        self.named(self.row.integer(column)).map(unsigned)
    }

    pub(crate) fn integer_or_null(&self, column: usize) -> Read<Option<i64>> {
        self.named(self.row.integer_or_null(column))
    }

    pub(crate) fn flag(&self, column: usize) -> Read<bool> {
        self.named(self.row.flag(column))
    }

    pub(crate) fn bytes(&self, column: usize) -> Read<&'r [u8]> {
        let bytes = self.bytes_or_null(column)?;
        bytes.ok_or_else(|| self.unreadable("bytes are missing"))
    }

    pub(crate) fn bytes_or_null(&self, column: usize) -> Read<Option<&'r [u8]>> {
        self.named(self.row.bytes_or_null(column))
    }

    pub(crate) fn uuid(&self, column: usize) -> Read<Uuid> {
        self.named(self.row.uuid(column))
    }

    pub(crate) fn time(&self, column: usize) -> Read<OffsetDateTime> {
        let time = self.time_or_null(column)?;
        time.ok_or_else(|| self.unreadable("a time is missing"))
    }

    pub(crate) fn time_or_null(&self, column: usize) -> Read<Option<OffsetDateTime>> {
        let time = self.named(self.row.time_or_null(column))?;
        Ok(time.map(Timestamp::get))
    }

    pub(crate) fn names(&self, column: usize) -> Read<BTreeSet<String>> {
        self.named(self.row.names(column))
    }

    fn named<T>(&self, column: Result<T, ColumnError>) -> Read<T> {
        column.map_err(|error| self.unreadable(error))
    }
}
