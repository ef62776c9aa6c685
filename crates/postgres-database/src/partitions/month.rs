//! Months, and the tables that are split by them.

use std::fmt;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A table that is split by months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) table: &'static str,
    /// The column with the ids.
    pub(super) id: &'static str,
}

pub(super) const ROWS: Split = Split {
    table: "workflow_logs",
    id: "id",
};
pub(super) const BLOCKS: Split = Split {
    table: "log_block_contents",
    id: "first_id",
};

/// A month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Month {
    year: i32,
    month: time::Month,
}

impl Month {
    pub(super) fn of(time: OffsetDateTime) -> Self {
        let date = time.to_offset(time::UtcOffset::UTC).date();
        Self {
            year: date.year(),
            month: date.month(),
        }
    }

    pub(super) fn next(self) -> Self {
        let month = self.month.next();
        let year = self.year + i32::from(month == time::Month::January);
        Self { year, month }
    }

    pub(super) fn plus(self, months: usize) -> Self {
        (0..months).fold(self, |month, _| month.next())
    }

    pub(super) fn partition(self, split: Split) -> String {
        let month = u8::from(self.month);
        format!("{}_{:04}_{month:02}", split.table, self.year)
    }

    /// The month of a partition, if it is one of ours.
    pub(super) fn of_partition(split: Split, name: &str) -> Option<Self> {
        let (year, month) = name
            .strip_prefix(split.table)?
            .strip_prefix('_')?
            .split_once('_')?;
        let month: u8 = month.parse().ok()?;
        let month = Self {
            year: year.parse().ok()?,
            month: month.try_into().ok()?,
        };
        (month.partition(split) == name).then_some(month)
    }

    /// The first of all ids that begin with a time of this month.
    pub(super) fn first_id(self) -> Uuid {
        let first = Date::from_calendar_date(self.year, self.month, 1).unwrap_or(Date::MIN);
        let unix_ms = first.midnight().assume_utc().unix_timestamp() * 1000;
        Uuid::from_u128(u128::try_from(unix_ms).unwrap_or(0) << 80)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, u8::from(self.month))
    }
}

impl Split {
    /// The partition that takes everything else.
    pub(super) fn default(self) -> String {
        format!("{}_default", self.table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_log_store::LogId;
    use time::macros::datetime;

    #[test]
    fn a_month_is_the_ids_of_its_time() {
        let december = Month::of(datetime!(2026-12-31 23:59:59.999 UTC));
        assert_eq!(december.partition(ROWS), "workflow_logs_2026_12");
        assert_eq!(december.next().partition(ROWS), "workflow_logs_2027_01");
        let id = |time: OffsetDateTime| {
            let unix_ms = time.unix_timestamp_nanos() / 1_000_000;
            *LogId::first_of(u64::try_from(unix_ms).unwrap()).as_uuid()
        };
        assert!(december.first_id() <= id(datetime!(2026-12-01 0:00 UTC)));
        assert!(december.first_id() > id(datetime!(2026-11-30 23:59:59.999 UTC)));
        assert!(december.next().first_id() > id(datetime!(2026-12-31 23:59:59.999 UTC)));
        assert_eq!(Month::of(datetime!(2027-01-01 0:30 +1)), december);
    }

    #[test]
    fn a_partition_with_another_name_is_none_of_ours() {
        let name = "workflow_logs_2026_02";
        let month = Month::of_partition(ROWS, name).unwrap();
        assert_eq!(month.partition(ROWS), name);
        assert_eq!(month.partition(BLOCKS), "log_block_contents_2026_02");
        for name in [
            "workflow_logs_default",
            "workflow_logs_2026_13",
            "workflow_logs_2026_2",
            "workflow_logs_2026_02_old",
            "workflow_logs_+2026_02",
            "other_2026_02",
        ] {
            assert_eq!(Month::of_partition(ROWS, name), None, "{name}");
        }
    }
}
