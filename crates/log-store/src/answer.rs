//! A page that is found in several turns.

use crate::{LogPage, LogSearch, PageBuilder, Reach};
use std::ops::ControlFlow;

/// A page as far as it has been found.
pub(crate) struct Answer {
    /// What is still asked for.
    search: LogSearch,
    page: PageBuilder,
    /// How far a turn goes when all that is looked at is asked for.
    whole: Option<usize>,
    /// How many entries may still be looked at, where their text must be read.
    effort: Option<usize>,
}

/// How many entries are looked at for one answer that asks for content: what is read is lost time for
/// others.
const EFFORT: usize = 20_000;

impl Answer {
    pub(crate) fn new(search: &LogSearch) -> Self {
        Self {
            search: search.clone(),
            page: PageBuilder::new(search.query.limit),
            // One more tells whether there is more.
            whole: (!search.has_filter()).then_some(search.query.limit + 1),
            effort: (!search.content.is_empty()).then_some(EFFORT),
        }
    }

    /// What is to be looked at next, where a turn usually goes so far.
    pub(crate) fn next(&self, usual: Reach) -> (&LogSearch, Reach) {
        let entries = self.whole.unwrap_or(usual.entries);
        let entries = entries.min(self.effort.unwrap_or(usize::MAX));
        (&self.search, Reach { entries, ..usual })
    }

    /// Takes what was found in a turn that went so far, until the answer is whole.
    pub(crate) fn take(mut self, part: LogPage, looked_at: usize) -> ControlFlow<LogPage, Self> {
        for log in part.logs {
            if self.page.push(log).is_break() {
                return ControlFlow::Break(self.page.build());
            }
        }
        let Some(position) = part.next_cursor else {
            return ControlFlow::Break(self.page.build());
        };
        self.effort = self.effort.map(|entries| entries.saturating_sub(looked_at));
        self.page.pass_to(position);
        self.search.query.cursor = Some(position);
        self.search.query.limit = self.page.missing();
        match self.search.query.limit == 0 || self.effort == Some(0) {
            true => ControlFlow::Break(self.end_early()),
            false => ControlFlow::Continue(self),
        }
    }

    /// What has been found so far, and where to go on.
    pub(crate) fn end_early(mut self) -> LogPage {
        let position = self.search.query.position();
        self.page.pass_to(position);
        LogPage {
            next_cursor: Some(position),
            logs: self.page.build().logs,
        }
    }
}
