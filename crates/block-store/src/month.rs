//! Months in UTC, by ids. No block has entries of two of them.

use central_logger_log_store::LogId;
use std::ops::Range;
use time::{Date, Month, OffsetDateTime};
use uuid::Uuid;

/// Returns the range of the ids of the month in which `id` lies. The end of the last month of all is the
/// largest id.
pub(crate) fn month_of(id: LogId) -> Range<LogId> {
    let time = i64::try_from(id.executed_at_ms() / 1000)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let Some(date) = time.map(OffsetDateTime::date) else {
        return LogId::from(Uuid::nil())..LogId::from(Uuid::max());
    };
    let next = match date.month() {
        Month::December => (date.year() + 1, Month::January),
        month => (date.year(), month.next()),
    };
    let start = first_of(date.year(), date.month()).unwrap_or(LogId::from(Uuid::nil()));
    start..first_of(next.0, next.1).unwrap_or(LogId::from(Uuid::max()))
}

/// Returns the smallest of all ids of that month.
fn first_of(year: i32, month: Month) -> Option<LogId> {
    let first = Date::from_calendar_date(year, month, 1).ok()?;
    let seconds = u128::try_from(first.midnight().assume_utc().unix_timestamp()).ok()?;
    Some(Uuid::from_u128((seconds * 1000) << 80).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn id(time: OffsetDateTime) -> LogId {
        LogId::first_of(u64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap())
    }

    #[test]
    fn a_month_has_the_ids_of_its_time() {
        let december = month_of(id(datetime!(2026-12-31 23:59:59.999 UTC)));
        assert!(december.contains(&id(datetime!(2026-12-01 0:00 UTC))));
        assert!(!december.contains(&id(datetime!(2026-11-30 23:59:59.999 UTC))));
        let january = month_of(id(datetime!(2027-01-01 0:00 UTC)));
        assert_eq!(december.end, january.start);
    }

    #[test]
    fn every_id_has_a_month() {
        for id in [Uuid::nil(), Uuid::max()].map(LogId::from) {
            let month = month_of(id);
            assert!(month.start <= id && id <= month.end);
        }
    }
}
