use crate::{Block, BlockError, contents::Part, sealed::PAGE_ROWS};
use central_logger_log_store::{LogId, LogSearch, StoredLog, queries::Order};
use std::{collections::VecDeque, mem, ops::Range, slice::from_ref};

/// A search through a block, a page at a time where something has to be decided.
#[derive(Debug)]
pub struct Scan<'a> {
    block: &'a Block,
    search: &'a LogSearch,
    /// What decides whether an entry is asked for.
    decides: Part,
    /// The places that are left.
    rows: Range<usize>,
    /// What has been found, in the order asked for.
    ready: VecDeque<Scanned>,
}

/// What a scan comes upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanned {
    /// An entry that is asked for.
    Found(StoredLog),
    /// Entries that are not.
    Passed {
        /// The id of the last of them, in the order asked for.
        to: LogId,
        /// How many they are.
        entries: usize,
    },
}

impl<'a> Scan<'a> {
    pub(crate) fn new(block: &'a Block, rows: Range<usize>, search: &'a LogSearch) -> Self {
        let decides = match &search.filter {
            filter if filter.is_empty() => Part::Ids,
            filter if !filter.attributes().is_empty() => Part::Attributes,
            filter if filter.reads_text() => Part::Message,
            _ => Part::Labels,
        };
        Self {
            block,
            search,
            decides,
            rows,
            ready: VecDeque::new(),
        }
    }

    /// Reads no more than the first so many entries where all are asked for: who takes only these does not pay for
    /// a whole page.
    #[must_use]
    pub fn at_most(mut self, entries: usize) -> Self {
        if self.decides == Part::Ids {
            let Range { start, end } = self.rows;
            self.rows = match self.search.query.order {
                Order::Asc => start..end.min(start.saturating_add(entries)),
                Order::Desc => start.max(end.saturating_sub(entries))..end,
            };
        }
        self
    }

    /// Takes the next places in the order asked for, to the border of a page; all of them where nothing has to be
    /// decided.
    fn next_places(&mut self) -> Range<usize> {
        let Range { start, end } = self.rows;
        match self.search.query.order {
            _ if self.decides == Part::Ids => mem::take(&mut self.rows),
            Order::Asc => {
                let next = start..end.min((start / PAGE_ROWS + 1) * PAGE_ROWS);
                self.rows.start = next.end;
                next
            }
            Order::Desc => {
                let next = start.max((end - 1) / PAGE_ROWS * PAGE_ROWS)..end;
                self.rows.end = next.start;
                next
            }
        }
    }

    fn look_at(&mut self, rows: Range<usize>) -> Result<(), BlockError> {
        match self.decides {
            Part::Ids => self.take_all(rows),
            _ => self.take_matching(rows),
        }
    }

    fn take_all(&mut self, rows: Range<usize>) -> Result<(), BlockError> {
        let mut found = self.read(from_ref(&rows), rows.len())?;
        if self.search.query.order == Order::Desc {
            found.make_contiguous().reverse();
        }
        self.ready.extend(found.into_iter().map(Scanned::Found));
        Ok(())
    }

    fn read(&self, rows: &[Range<usize>], count: usize) -> Result<VecDeque<StoredLog>, BlockError> {
        let mut found = VecDeque::with_capacity(count);
        self.block.visit(rows, Part::Whole, |_, entry| {
            found.push_back(entry.of_client(&self.block.client));
        })?;
        Ok(found)
    }

    /// Reads of the entries in these places what decides, and then those that are asked for.
    fn take_matching(&mut self, rows: Range<usize>) -> Result<(), BlockError> {
        let mut ids = Vec::with_capacity(rows.len());
        let mut matching: Vec<Range<usize>> = Vec::new();
        self.block
            .visit(from_ref(&rows), self.decides, |row, entry| {
                let is_match = self.search.matches(&entry.candidate());
                ids.push((entry.id, is_match));
                match matching.last_mut() {
                    _ if !is_match => {}
                    Some(run) if run.end == row => run.end += 1,
                    _ => matching.push(row..row + 1),
                }
            })?;
        let count = matching.iter().map(ExactSizeIterator::len).sum();
        let mut found = self.read(&matching, count)?;
        if self.search.query.order == Order::Desc {
            ids.reverse();
            found.make_contiguous().reverse();
        }
        for (id, is_match) in ids {
            match (is_match, self.ready.back_mut()) {
                (true, _) => self.ready.extend(found.pop_front().map(Scanned::Found)),
                (false, Some(Scanned::Passed { to, entries })) => {
                    *to = id;
                    *entries += 1;
                }
                (false, _) => self.ready.push_back(Scanned::Passed { to: id, entries: 1 }),
            }
        }
        Ok(())
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<Scanned, BlockError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() && !self.rows.is_empty() {
            let rows = self.next_places();
            if let Err(error) = self.look_at(rows) {
                self.rows = 0..0;
                return Some(Err(error));
            }
        }
        self.ready.pop_front().map(Ok)
    }
}
