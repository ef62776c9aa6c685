//! A page that is found in several scans.

use super::{LogPage, PageBuilder, ScanBudget};
use crate::queries::LogSearch;
use std::ops::ControlFlow;

/// A page as far as it has been found.
pub(crate) struct PartialPage {
    /// The search for what is still missing.
    search: LogSearch,
    page: PageBuilder,
    /// The number of entries that a scan looks at when all of them are asked for.
    whole: Option<usize>,
    /// The number of entries that may still be looked at, where their text must be read.
    left_to_read: Option<usize>,
}

/// The most entries that are looked at for one page of a search for content: reading their text takes time
/// from others.
const MOST_READ: usize = 20_000;

impl PartialPage {
    pub(crate) fn new(search: &LogSearch) -> Self {
        Self {
            search: search.clone(),
            page: PageBuilder::new(search.query.limit),
            // One more tells whether there is more.
            whole: (!search.has_filter()).then_some(search.query.limit + 1),
            left_to_read: (!search.content.is_empty()).then_some(MOST_READ),
        }
    }

    /// Returns what the next scan looks for, and its budget, which is usually that.
    pub(crate) fn next(&self, usual: ScanBudget) -> (&LogSearch, ScanBudget) {
        let entries = self.whole.unwrap_or(usual.entries);
        let entries = entries.min(self.left_to_read.unwrap_or(usize::MAX));
        (&self.search, ScanBudget { entries, ..usual })
    }

    /// Takes what a scan has found that looked at so many entries, until the page is whole.
    pub(crate) fn take(mut self, part: LogPage, looked_at: usize) -> ControlFlow<LogPage, Self> {
        for log in part.logs {
            if self.page.push(log).is_break() {
                return ControlFlow::Break(self.page.build());
            }
        }
        let Some(position) = part.next_cursor else {
            return ControlFlow::Break(self.page.build());
        };
        self.left_to_read = self
            .left_to_read
            .map(|entries| entries.saturating_sub(looked_at));
        self.page.pass_to(position);
        self.search.query.cursor = Some(position);
        self.search.query.limit = self.page.missing();
        match self.search.query.limit == 0 || self.left_to_read == Some(0) {
            true => ControlFlow::Break(self.end_early()),
            false => ControlFlow::Continue(self),
        }
    }

    /// Returns what has been found so far, and where to go on.
    pub(crate) fn end_early(mut self) -> LogPage {
        let position = self.search.query.position();
        self.page.pass_to(position);
        LogPage {
            next_cursor: Some(position),
            logs: self.page.build().logs,
        }
    }
}
