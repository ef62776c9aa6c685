use crate::month::month_of;
use central_logger_log_store::{LogId, Order};
use std::ops::RangeInclusive;

/// Which blocks of a client are asked for: those that may have entries with some ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The ids.
    pub ids: RangeInclusive<LogId>,
    /// Whether they are asked for by their first entry, the earliest first, or by their last entry, the
    /// latest first.
    pub order: Order,
    /// The most blocks.
    pub most: usize,
    /// The first entry of a block, behind which theirs must lie.
    pub behind: Option<LogId>,
    /// Whether their filters are asked for too.
    pub with_filters: bool,
    /// Whether their counts are asked for too.
    pub with_counts: bool,
}

impl List {
    /// Returns the question for at most so many blocks, without anything beside their headers.
    pub fn of(ids: RangeInclusive<LogId>, order: Order, most: usize) -> Self {
        Self {
            ids,
            order,
            most,
            behind: None,
            with_filters: false,
            with_counts: false,
        }
    }

    /// Returns the id behind which the first entry of each of them lies, since none has entries of two
    /// months.
    pub fn behind(&self) -> LogId {
        let month = before(month_of(*self.ids.start()).start);
        self.behind.unwrap_or(month).max(month)
    }

    /// Returns an id up to which each of them ends, for the same reason.
    pub fn ends_until(&self) -> LogId {
        month_of(*self.ids.end()).end
    }
}

fn before(id: LogId) -> LogId {
    let number = id.as_uuid().as_u128().saturating_sub(1);
    uuid::Uuid::from_u128(number).into()
}
