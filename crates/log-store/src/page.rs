use crate::{Cursor, LogStoreError, StoredLog};
use serde::Serialize;
use std::ops::ControlFlow;

/// Some of a client's entries, and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogPage {
    /// The entries in the order asked for.
    pub logs: Vec<StoredLog>,
    /// The position to ask on from; nothing when these were the last.
    pub next_cursor: Option<Cursor>,
}

/// A page that a store fills with the rows it finds, in order.
#[derive(Debug)]
pub struct PageBuilder {
    limit: usize,
    room: usize,
    logs: Vec<StoredLog>,
    has_more: bool,
}

impl LogPage {
    /// The most text on one page, in bytes: a page ends before the entry that would go beyond it,
    /// however many were asked for.
    pub const MAX_BYTES: usize = 4 << 20;
}

impl PageBuilder {
    /// An empty page for at most `limit` entries.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            room: LogPage::MAX_BYTES,
            logs: Vec::new(),
            has_more: false,
        }
    }

    /// Puts the next entry on the page, unless it has no room: then there is no use in reading on.
    pub fn push(&mut self, log: StoredLog) -> ControlFlow<()> {
        let len = log.text_len();
        // One entry alone always has room, or there would be no way past it.
        if self.logs.len() == self.limit || (len > self.room && !self.logs.is_empty()) {
            self.has_more = true;
            return ControlFlow::Break(());
        }
        self.room = self.room.saturating_sub(len);
        self.logs.push(log);
        ControlFlow::Continue(())
    }

    /// The page as far as it has got, when the store may not read any longer.
    ///
    /// # Errors
    /// [`LogStoreError::TooSlow`] when nothing was found so far.
    pub fn cut_short(self) -> Result<LogPage, LogStoreError> {
        match self.logs.is_empty() {
            true => Err(LogStoreError::TooSlow),
            false => Ok(Self {
                has_more: true,
                ..self
            }
            .build()),
        }
    }

    /// The page.
    pub fn build(self) -> LogPage {
        let last = self.logs.last().filter(|_| self.has_more);
        LogPage {
            next_cursor: last.map(|log| Cursor(log.id)),
            logs: self.logs,
        }
    }
}
