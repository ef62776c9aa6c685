//! A page that is found in several turns.

use crate::{LogPage, LogSearch, PageBuilder, Reach};
use std::{ops::ControlFlow, time::Duration};

/// A page as far as it has been found.
pub(crate) struct Answer {
    /// What is still asked for.
    search: LogSearch,
    page: PageBuilder,
    reach: Reach,
    /// How many entries may still be looked at, where their text must be read.
    effort: Option<usize>,
}

/// How many entries are looked at for one answer that asks for content: what is read is lost time for
/// others.
const EFFORT: usize = 20_000;

impl Answer {
    pub(crate) fn new(search: &LogSearch) -> Self {
        // Without a filter all that is looked at is asked for, and one more tells whether there is more.
        let entries = match search.has_filter() {
            true => Reach::FIRST.entries,
            false => search.query.limit + 1,
        };
        Self {
            search: search.clone(),
            page: PageBuilder::new(search.query.limit),
            reach: Reach {
                entries,
                ..Reach::MOST
            },
            effort: (!search.content.is_empty()).then_some(EFFORT),
        }
    }

    /// What is to be looked at next.
    pub(crate) fn next(&self) -> (&LogSearch, Reach) {
        let entries = self.effort.unwrap_or(usize::MAX).min(self.reach.entries);
        (
            &self.search,
            Reach {
                entries,
                ..self.reach
            },
        )
    }

    /// Takes what a turn has found, until the answer is whole.
    pub(crate) fn take(mut self, part: LogPage, took: Duration) -> ControlFlow<LogPage, Self> {
        for log in part.logs {
            if self.page.push(log).is_break() {
                return ControlFlow::Break(self.page.build());
            }
        }
        let Some(position) = part.next_cursor else {
            return ControlFlow::Break(self.page.build());
        };
        let looked_at = self.next().1.entries;
        self.effort = self.effort.map(|entries| entries.saturating_sub(looked_at));
        self.page.pass_to(position);
        self.search.query.cursor = Some(position);
        self.search.query.limit = self.page.missing();
        self.reach.adapt(took);
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
