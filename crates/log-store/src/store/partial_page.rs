//! A page that is found in several scans.

use super::{LogPage, PageBuilder, ScanBudget};
use crate::queries::LogSearch;
use std::ops::ControlFlow;

/// A page as far as it has been found.
#[derive(Debug)]
pub struct PartialPage {
    /// The search for what is still missing.
    search: LogSearch,
    page: PageBuilder,
    /// The number of entries that a scan looks at when all of them are asked for.
    whole: Option<usize>,
}

impl PartialPage {
    /// Returns a page of which nothing has been found.
    pub fn new(search: &LogSearch) -> Self {
        Self {
            search: search.clone(),
            page: PageBuilder::new(search.query.limit),
            // One more tells whether there is more.
            whole: search.filter.is_empty().then_some(search.query.limit + 1),
        }
    }

    /// Returns what the next scan looks for, and its budget, which is usually that.
    pub fn next(&self, usual: ScanBudget) -> (&LogSearch, ScanBudget) {
        let entries = self.whole.unwrap_or(usual.entries);
        (&self.search, ScanBudget { entries, ..usual })
    }

    /// Takes what a scan has found, until the page is whole.
    pub fn take(mut self, part: LogPage) -> ControlFlow<LogPage, Self> {
        for log in part.logs {
            if self.page.push(log).is_break() {
                return ControlFlow::Break(self.page.build());
            }
        }
        let Some(position) = part.next_cursor else {
            return ControlFlow::Break(self.page.build());
        };
        self.page.pass_to(position);
        self.search.query.cursor = Some(position);
        self.search.query.limit = self.page.missing();
        match self.search.query.limit == 0 {
            true => ControlFlow::Break(self.end_early()),
            false => ControlFlow::Continue(self),
        }
    }

    /// Returns what has been found so far, and where to go on.
    pub fn end_early(mut self) -> LogPage {
        let position = self.search.query.position();
        self.page.pass_to(position);
        LogPage {
            next_cursor: Some(position),
            logs: self.page.build().logs,
        }
    }
}
