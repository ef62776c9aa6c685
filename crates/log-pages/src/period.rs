//! The time of which entries are shown. Addresses hold two points in time, so that they show the same to everybody.

use central_logger_times::{Timestamp, UnitDuration};
use time::{Duration, OffsetDateTime};

/// A time from which on, and one before which, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// From this on.
    pub from: Timestamp,
    /// Before this.
    pub to: Timestamp,
}

/// Periods that end now: their names in addresses, and for people.
pub(crate) const LAST: [(&str, &str); 6] = [
    ("15m", "15 min"),
    ("1h", "1 hour"),
    ("6h", "6 hours"),
    ("24h", "24 hours"),
    ("7d", "7 days"),
    ("30d", "30 days"),
];

/// What is shown when nothing else is asked for.
pub(crate) const DEFAULT: Duration = Duration::hours(24);

/// About as many bars are in a chart.
const BARS: i64 = 60;

/// The lengths of bars, in seconds, and their names.
const INTERVALS: [(i64, &str); 17] = [
    (1, "1s"),
    (5, "5s"),
    (15, "15s"),
    (30, "30s"),
    (60, "1m"),
    (300, "5m"),
    (900, "15m"),
    (1_800, "30m"),
    (3_600, "1h"),
    (10_800, "3h"),
    (21_600, "6h"),
    (43_200, "12h"),
    (86_400, "1d"),
    (604_800, "7d"),
    (2_592_000, "30d"),
    (7_776_000, "90d"),
    (31_536_000, "365d"),
];

impl Period {
    /// The time until now, to the second above.
    pub fn until(now: OffsetDateTime, length: Duration) -> Self {
        let to = Timestamp::clamped(now + Duration::SECOND);
        let to = Timestamp::clamped(to.get().truncate_to_second());
        Self {
            from: to.saturating_sub(length),
            to,
        }
    }

    /// The time until now that a duration such as `24h` names.
    pub fn named(name: &str, now: OffsetDateTime) -> Option<Self> {
        let length: UnitDuration = name.parse().ok()?;
        Some(Self::until(now, length.duration()))
    }

    /// How long a bar of a chart of this period is, and its name.
    pub(crate) fn interval(&self) -> (Duration, &'static str) {
        let length = self.length().whole_seconds();
        let fits = |(seconds, _): &&(i64, &str)| length / seconds <= BARS;
        let last = INTERVALS[INTERVALS.len() - 1];
        let (seconds, name) = INTERVALS.iter().find(fits).copied().unwrap_or(last);
        (Duration::seconds(seconds), name)
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        self.to.get() - self.from.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_chart_has_a_moderate_number_of_bars() {
        let now = datetime!(2026-03-01 12:00:00.5 UTC);
        for (length, interval) in [
            (Duration::minutes(15), "15s"),
            (Duration::HOUR, "1m"),
            (Duration::DAY, "30m"),
            (Duration::days(30), "12h"),
            (Duration::days(20_000), "365d"),
        ] {
            assert_eq!(Period::until(now, length).interval().1, interval);
        }
        let hour = Period::named("1h", now).unwrap();
        assert_eq!(hour.to.get(), datetime!(2026-03-01 12:00:01 UTC));
        assert_eq!(Period::named("yesterday", now), None);
    }
}
