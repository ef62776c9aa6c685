use std::{num::NonZeroU32, time::Duration};
use time::{Date, OffsetDateTime, Time, UtcOffset};

/// What a limit allows.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{Period, Rule};
///
/// let rule = Rule::quota(100_000, Period::Day);
/// assert_ne!(rule, Rule::quota(100_000, Period::Month));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// So many requests in any time, evenly.
    Rate(RateRule),
    /// So many units in a period of the calendar.
    Quota(QuotaRule),
}

/// A rate with a burst: a bucket of `burst` requests into which `requests` flow in each `period`.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{RateRule, Rule};
/// use std::{num::NonZeroU32, time::Duration};
///
/// let five = NonZeroU32::new(5).unwrap();
/// let rule = RateRule { requests: five, period: Duration::from_secs(60), burst: five };
/// assert_eq!(Rule::Rate(rule), Rule::Rate(rule));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateRule {
    /// The requests of a period.
    pub requests: NonZeroU32,
    /// The period.
    pub period: Duration,
    /// The requests that may come at once after a pause.
    pub burst: NonZeroU32,
}

/// A quota of a day or a month.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{Period, QuotaRule};
///
/// let rule = QuotaRule { most: 1_000_000, period: Period::Month };
/// assert_eq!(rule.most, 1_000_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaRule {
    /// The units of a period.
    pub most: u64,
    /// The period.
    pub period: Period,
}

/// A period of the calendar, in UTC.
///
/// # Examples
///
/// ```
/// use central_logger_limits::Period;
///
/// assert_ne!(Period::Day, Period::Month);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// From midnight to midnight.
    Day,
    /// From the first of a month to the first of the next.
    Month,
}

impl Rule {
    /// A quota.
    pub fn quota(most: u64, period: Period) -> Self {
        Self::Quota(QuotaRule { most, period })
    }
}

impl RateRule {
    /// A request in the unit of levels, into which `requests` flow in each microsecond.
    pub(crate) fn unit(&self) -> u64 {
        u64::try_from(self.period.as_micros())
            .unwrap_or(u64::MAX)
            .max(1)
    }
}

impl Period {
    /// The number of the period at a time, and the time until its end.
    pub(crate) fn at(self, now: OffsetDateTime) -> (i32, Duration) {
        let now = now.to_offset(UtcOffset::UTC);
        let day = now.date();
        let (number, next) = match self {
            Self::Day => (day.to_julian_day(), day.next_day()),
            Self::Month => {
                let (year, month) = (day.year(), day.month());
                let year_of_next = year + i32::from(month == time::Month::December);
                let next = Date::from_calendar_date(year_of_next, month.next(), 1);
                (year * 12 + i32::from(u8::from(month)), next.ok())
            }
        };
        // After the last day that there is, nothing begins anew.
        let end = next.map_or(now, |next| OffsetDateTime::new_utc(next, Time::MIDNIGHT));
        (number, (end - now).try_into().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn periods_end_at_midnight() {
        let second = Duration::from_secs(1);
        for (now, day_ends, month_ends) in [
            (datetime!(2026-02-28 23:59:59 UTC), second, second),
            (datetime!(2026-12-31 23:59:59 UTC), second, second),
            (
                datetime!(2024-02-28 12:00 UTC),
                12 * 3600 * second,
                36 * 3600 * second,
            ),
        ] {
            assert_eq!(Period::Day.at(now).1, day_ends);
            assert_eq!(Period::Month.at(now).1, month_ends);
            let next = now + day_ends;
            assert_eq!(Period::Day.at(next).0, Period::Day.at(now).0 + 1);
            let next = now + month_ends;
            assert_eq!(Period::Month.at(next).0, Period::Month.at(now).0 + 1);
        }
    }
}
