use super::LogStoreError;
use crate::{
    entries::{LogId, StoredLog},
    queries::Cursor,
};
use serde::Serialize;
use std::ops::ControlFlow;

/// A page of a client's entries, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogPage {
    /// The entries in the order asked for.
    pub logs: Vec<StoredLog>,
    /// The position to ask on from; `None` when there are no more.
    pub next_cursor: Option<Cursor>,
}

/// A page that a store fills with the entries it finds, in order.
#[derive(Debug)]
pub struct PageBuilder {
    limit: usize,
    room: usize,
    logs: Vec<StoredLog>,
    /// The position of the last entry that was looked at.
    position: Option<Cursor>,
    is_full: bool,
}

impl LogPage {
    /// The most text on one page, in bytes: a page ends before the entry that would go beyond it,
    /// however many were asked for.
    pub const MAX_BYTES: usize = 4 << 20;
}

impl PageBuilder {
    /// Returns an empty page for at most `limit` entries.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            room: LogPage::MAX_BYTES,
            logs: Vec::new(),
            position: None,
            is_full: false,
        }
    }

    /// Puts the next entry on the page, unless it has no room: then there is no use in reading on.
    pub fn push(&mut self, log: StoredLog) -> ControlFlow<()> {
        let len = log.text_len();
        // One entry alone always has room, or there would be no way past it.
        if self.logs.len() == self.limit || (len > self.room && !self.logs.is_empty()) {
            self.is_full = true;
            return ControlFlow::Break(());
        }
        self.room = self.room.saturating_sub(len);
        self.position = Some(Cursor(log.id));
        self.logs.push(log);
        ControlFlow::Continue(())
    }

    /// Passes over an entry that is not asked for.
    pub fn pass(&mut self, id: LogId) {
        self.position = Some(Cursor(id));
    }

    pub(crate) fn pass_to(&mut self, position: Cursor) {
        self.position = Some(position);
    }

    pub(crate) fn missing(&self) -> usize {
        self.limit - self.logs.len()
    }

    /// Returns the page as far as it has got, when there may be more behind the last entry looked at.
    ///
    /// # Errors
    /// [`LogStoreError::TooSlow`] when nothing was looked at.
    pub fn cut_short(self) -> Result<LogPage, LogStoreError> {
        let position = self.position.ok_or(LogStoreError::TooSlow)?;
        Ok(LogPage {
            next_cursor: Some(position),
            logs: self.logs,
        })
    }

    /// Returns the page, when there is nothing behind the last entry looked at but what had no room.
    pub fn build(self) -> LogPage {
        LogPage {
            next_cursor: self.position.filter(|_| self.is_full),
            logs: self.logs,
        }
    }
}
