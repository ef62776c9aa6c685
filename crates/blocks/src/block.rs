use crate::{
    BlockError, BlockHeader, Entry, Scan, Unreadable,
    contents::{Contents, Part},
    sealed::PAGE_ROWS,
};
use bytes::Bytes;
use central_logger_keys::ClientId;
use central_logger_log_store::{LogId, LogSearch, StoredLog, entries::Candidate};
use std::{
    collections::BTreeSet,
    ops::{Range, RangeInclusive},
    slice::from_ref,
};
use uuid::Uuid;

/// A block that is read. It is not changed any more, so all threads may read it.
#[derive(Debug, Clone)]
pub struct Block {
    pub(crate) client: ClientId,
    first: LogId,
    last: LogId,
    contents: Contents,
}

impl Block {
    /// Opens a block of `client`. Its bytes are compared with their checksum.
    ///
    /// # Errors
    /// When `bytes` are not those that `header` was made of.
    pub fn open(client: &ClientId, header: &BlockHeader, bytes: Bytes) -> Result<Self, BlockError> {
        let contents = Contents::open(client, header, bytes).map_err(|cause| BlockError {
            first: header.first,
            last: header.last,
            cause,
        })?;
        Ok(Self {
            client: client.clone(),
            first: header.first,
            last: header.last,
            contents,
        })
    }

    /// Reads all that there is, which proves that it can be read.
    ///
    /// # Errors
    /// When something cannot be read, or does not belong here.
    pub fn check(&self) -> Result<(), BlockError> {
        let (mut previous, mut is_sorted) = (None, true);
        for rows in pages(0..self.contents.len()) {
            self.visit(from_ref(&rows), Part::Whole, |_, entry| {
                is_sorted &= previous < Some(entry.id);
                previous = Some(entry.id);
            })?;
        }
        let ends_well = previous == Some(self.last) && self.has(self.first)?;
        match is_sorted && ends_well {
            true => Ok(()),
            false => Err(self.error(Unreadable::Contents("its entries are not in their order"))),
        }
    }

    /// Goes through the entries that `search` asks for, in its order. Its limit means nothing here.
    ///
    /// # Errors
    /// When the block cannot be read.
    pub fn scan<'a>(&'a self, search: &'a LogSearch) -> Result<Scan<'a>, BlockError> {
        let rows = match search.query.ids() {
            Some((first, last)) => self.rows(first..=last)?,
            None => 0..0,
        };
        Ok(Scan::new(self, rows, search))
    }

    /// Goes through all entries with these ids, in their order.
    ///
    /// # Errors
    /// When the block cannot be read.
    pub fn entries(
        &self,
        ids: RangeInclusive<LogId>,
    ) -> Result<impl Iterator<Item = Result<StoredLog, BlockError>>, BlockError> {
        let rows = self.rows(ids)?;
        let steps = pages(rows).map(|rows| {
            let mut entries = Vec::with_capacity(rows.len());
            let visited = self.visit(from_ref(&rows), Part::Whole, |_, entry| {
                entries.push(Ok(entry.of_client(&self.client)));
            });
            entries.extend(visited.err().map(Err));
            entries
        });
        Ok(steps.flatten())
    }

    /// Gives `take` the id and the filtered fields of each entry with these ids, in their order; message and
    /// attributes only with `content`.
    ///
    /// # Errors
    /// When the block cannot be read.
    pub fn candidates(
        &self,
        ids: RangeInclusive<LogId>,
        content: bool,
        mut take: impl FnMut(LogId, &Candidate<'_>),
    ) -> Result<(), BlockError> {
        let part = match content {
            true => Part::Attributes,
            false => Part::Labels,
        };
        for rows in pages(self.rows(ids)?) {
            self.visit(from_ref(&rows), part, |_, entry| {
                let mut candidate = entry.candidate();
                if !content {
                    (candidate.message, candidate.extra) = (None, None);
                }
                take(entry.id, &candidate);
            })?;
        }
        Ok(())
    }

    /// Returns the entry with this id.
    ///
    /// # Errors
    /// When the block cannot be read.
    pub fn get(&self, id: LogId) -> Result<Option<StoredLog>, BlockError> {
        self.entries(id..=id)?.next().transpose()
    }

    /// Returns whether it has an entry with this id.
    ///
    /// # Errors
    /// When the block cannot be read.
    pub fn has(&self, id: LogId) -> Result<bool, BlockError> {
        self.contents.has(id).map_err(|cause| self.error(cause))
    }

    /// Returns those of `ids` that its entries have.
    ///
    /// # Errors
    /// When the block cannot be read.
    pub fn those_of(&self, ids: &BTreeSet<LogId>) -> Result<Vec<LogId>, BlockError> {
        let mut found = Vec::new();
        for id in ids.range(self.first..=self.last) {
            if self.has(*id)? {
                found.push(*id);
            }
        }
        Ok(found)
    }

    /// Returns the places of the entries with these ids.
    fn rows(&self, ids: RangeInclusive<LogId>) -> Result<Range<usize>, BlockError> {
        let first_from = |id: LogId| match id {
            _ if id <= self.first => Ok(0),
            _ if id > self.last => Ok(self.contents.len()),
            _ => self
                .contents
                .first_from(id)
                .map_err(|cause| self.error(cause)),
        };
        let start = first_from(*ids.start())?;
        let end = match successor(*ids.end()) {
            Some(behind) => first_from(behind)?,
            None => self.contents.len(),
        };
        Ok(start..end.max(start))
    }

    pub(crate) fn visit(
        &self,
        selected: &[Range<usize>],
        part: Part,
        take: impl FnMut(usize, Entry<'_>),
    ) -> Result<(), BlockError> {
        let visited = self.contents.visit(selected, part, take);
        visited.map_err(|cause| self.error(cause))
    }

    fn error(&self, cause: Unreadable) -> BlockError {
        BlockError {
            first: self.first,
            last: self.last,
            cause,
        }
    }
}

/// Takes places apart where pages end.
fn pages(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let Range { mut start, end } = rows;
    std::iter::from_fn(move || {
        let next = start..end.min((start / PAGE_ROWS + 1) * PAGE_ROWS);
        start = next.end;
        (!next.is_empty()).then_some(next)
    })
}

fn successor(id: LogId) -> Option<LogId> {
    let behind = id.as_uuid().as_u128().checked_add(1)?;
    Some(Uuid::from_u128(behind).into())
}
