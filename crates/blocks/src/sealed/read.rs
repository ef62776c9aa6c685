use super::{
    columns::{self, Texts},
    schema::{Column, PAGE_ROWS},
};
use crate::{Entry, Unreadable, contents::Part, entry};
use bytes::Bytes;
use central_logger_log_store::LogId;
use parquet::{
    data_type::{ByteArray, FixedLenByteArray},
    file::{
        metadata::page_index::RowGroupPageIndex,
        page_index::column_index::ColumnIndexMetaData,
        reader::{FileReader, RowGroupReader},
        serialized_reader::{ReadOptionsBuilder, SerializedFileReader},
    },
};
use std::{
    fmt,
    ops::Range,
    slice::from_ref,
    sync::{Arc, OnceLock},
    vec,
};
use uuid::Uuid;

/// A sealed block. What is read of it is decompressed each time, but for ids that are looked for.
#[derive(Clone)]
pub(crate) struct Sealed {
    file: Arc<SerializedFileReader<Bytes>>,
    /// The rows of each row group.
    groups: Vec<Range<usize>>,
    pages: Arc<[Page]>,
}

/// Entries whose ids are decompressed together.
struct Page {
    first: LogId,
    /// The row of the first entry.
    start: usize,
    /// All of its ids, once somebody has asked for one of them: who looks for events does so again and again.
    ids: OnceLock<Box<[LogId]>>,
}

const NO_INDEX: Unreadable = Unreadable::Contents("it has no index of its pages");
const MISSING: Unreadable = Unreadable::Contents("an entry has not all that it must have");

impl Sealed {
    pub(crate) fn open(bytes: Bytes) -> Result<Self, Unreadable> {
        let options = ReadOptionsBuilder::new().with_page_index().build();
        let file = SerializedFileReader::new_with_options(bytes, options)?;
        let (mut groups, mut pages, mut start) = (Vec::new(), Vec::new(), 0);
        for (place, group) in file.metadata().row_groups().iter().enumerate() {
            let rows = usize::try_from(group.num_rows()).map_err(|_| Unreadable::Length)?;
            let index = file.metadata().page_index_for_row_group(place);
            let of_group = pages_of(&index)?.into_iter();
            pages.extend(of_group.map(|(first, row)| Page {
                first,
                start: start + row,
                ids: OnceLock::new(),
            }));
            groups.push(start..start + rows);
            start += rows;
        }
        Ok(Self {
            file: Arc::new(file),
            groups,
            pages: pages.into(),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.groups.last().map_or(0, |group| group.end)
    }

    /// Returns the place of the first entry with this id or a later one.
    pub(crate) fn first_from(&self, id: LogId) -> Result<usize, Unreadable> {
        let behind = self.pages.partition_point(|page| page.first < id);
        let page = behind.checked_sub(1).and_then(|page| self.pages.get(page));
        let Some(page) = page else {
            return Ok(self.start_of(behind));
        };
        let ids = self.ids(page, self.start_of(behind))?;
        Ok(page.start + ids.partition_point(|other| *other < id))
    }

    pub(crate) fn has(&self, id: LogId) -> Result<bool, Unreadable> {
        let behind = self.pages.partition_point(|page| page.first <= id);
        let page = behind.checked_sub(1).and_then(|page| self.pages.get(page));
        let Some(page) = page else {
            return Ok(false);
        };
        let ids = self.ids(page, self.start_of(behind))?;
        Ok(ids.binary_search(&id).is_ok())
    }

    /// Returns the row with which a page begins, or the number of rows behind all of them.
    fn start_of(&self, page: usize) -> usize {
        let page = self.pages.get(page);
        page.map_or(self.len(), |page| page.start)
    }

    /// Returns the ids of a page that goes up to `end`.
    fn ids<'a>(&self, page: &'a Page, end: usize) -> Result<&'a [LogId], Unreadable> {
        if let Some(ids) = page.ids.get() {
            return Ok(ids);
        }
        let mut ids = Vec::with_capacity(PAGE_ROWS);
        self.visit(from_ref(&(page.start..end)), Part::Ids, |_, entry| {
            ids.push(entry.id);
        })?;
        Ok(page.ids.get_or_init(|| ids.into()))
    }

    /// Gives `take` a part of each entry in these places, which rise.
    pub(crate) fn visit(
        &self,
        selected: &[Range<usize>],
        part: Part,
        mut take: impl FnMut(usize, Entry<'_>),
    ) -> Result<(), Unreadable> {
        for (place, group) in self.groups.iter().enumerate() {
            let within = |rows: &Range<usize>| {
                let (start, end) = (rows.start.max(group.start), rows.end.min(group.end));
                (start < end).then(|| start - group.start..end - group.start)
            };
            let rows: Vec<_> = selected.iter().filter_map(within).collect();
            if rows.is_empty() {
                continue;
            }
            let reader = self.file.get_row_group(place)?;
            let mut columns = Columns::read(&*reader, part, &rows)?;
            for row in rows.into_iter().flatten() {
                columns.visit_next(|entry| take(group.start + row, entry))?;
            }
        }
        Ok(())
    }
}

/// The first id and the first row of each page of a row group.
fn pages_of(index: &RowGroupPageIndex) -> Result<Vec<(LogId, usize)>, Unreadable> {
    let column = Column::Id as usize;
    let (Some(ColumnIndexMetaData::FIXED_LEN_BYTE_ARRAY(ids)), Some(locations)) =
        (index.column_index(column), index.page_locations(column))
    else {
        return Err(NO_INDEX);
    };
    let pages = locations.iter().zip(ids.min_values_iter());
    let page = pages.map(|(location, first)| {
        let row = usize::try_from(location.first_row_index).map_err(|_| NO_INDEX)?;
        Ok((id_of(first.ok_or(NO_INDEX)?)?, row))
    });
    page.collect()
}

fn id_of(bytes: &[u8]) -> Result<LogId, Unreadable> {
    let uuid = Uuid::from_slice(bytes);
    uuid.map(LogId::from)
        .map_err(|_| Unreadable::Contents("an id has another length"))
}

/// What is read of the columns of some rows.
struct Columns {
    ids: vec::IntoIter<FixedLenByteArray>,
    labels: Option<[Texts; 3]>,
    message: Option<[Texts; 1]>,
    attributes: Option<[Texts; 1]>,
    rest: Option<(vec::IntoIter<i64>, [Texts; 2])>,
}

impl Columns {
    fn read(
        group: &dyn RowGroupReader,
        part: Part,
        rows: &[Range<usize>],
    ) -> Result<Self, Unreadable> {
        let texts = |column| Texts::read(group, column, rows);
        let mut columns = Self {
            ids: columns::ids(group, rows)?.into_iter(),
            labels: None,
            message: None,
            attributes: None,
            rest: None,
        };
        if part >= Part::Labels {
            let labels = [Column::Environment, Column::Status, Column::Workflow];
            let [environment, status, workflow] = labels.map(texts);
            columns.labels = Some([environment?, status?, workflow?]);
        }
        if part >= Part::Message {
            columns.message = Some([texts(Column::Message)?]);
        }
        if part >= Part::Attributes {
            columns.attributes = Some([texts(Column::Attributes)?]);
        }
        if part >= Part::Whole {
            let times = columns::times(group, rows)?.into_iter();
            let rest = [texts(Column::ExecutedAt)?, texts(Column::EventId)?];
            columns.rest = Some((times, rest));
        }
        Ok(columns)
    }

    /// Gives `take` the entry of the next row.
    fn visit_next(&mut self, take: impl FnOnce(Entry<'_>)) -> Result<(), Unreadable> {
        let id = self.ids.next().ok_or(MISSING)?;
        let [environment, status, workflow] = next_of(self.labels.as_mut())?;
        let [message] = next_of(self.message.as_mut())?;
        let [attributes] = next_of(self.attributes.as_mut())?;
        let (received, [executed_at, event_id]) = match &mut self.rest {
            Some((times, texts)) => (times.next().ok_or(MISSING)?, next_of(Some(texts))?),
            None => (0, [None, None]),
        };
        let entry = Entry {
            id: id_of(id.data())?,
            received_at: entry::time_of(received).ok_or(MISSING)?,
            environment: text(environment.as_ref())?.unwrap_or_default(),
            executed_at: text(executed_at.as_ref())?.unwrap_or_default(),
            status: text(status.as_ref())?.unwrap_or_default(),
            workflow: text(workflow.as_ref())?,
            message: text(message.as_ref())?,
            event_id: text(event_id.as_ref())?,
            extra: text(attributes.as_ref())?,
        };
        take(entry);
        Ok(())
    }
}

/// Returns the texts of the next row, or none of columns that are not read.
fn next_of<const N: usize>(
    columns: Option<&mut [Texts; N]>,
) -> Result<[Option<ByteArray>; N], Unreadable> {
    let mut texts = [const { None }; N];
    for (text, column) in texts.iter_mut().zip(columns.into_iter().flatten()) {
        *text = column.next()?;
    }
    Ok(texts)
}

fn text(bytes: Option<&ByteArray>) -> Result<Option<&str>, Unreadable> {
    let text = bytes.map(|bytes| str::from_utf8(bytes.data())).transpose();
    text.map_err(|_| Unreadable::Contents("it has a text that is not UTF-8"))
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("entries", &self.len())
            .finish_non_exhaustive()
    }
}
