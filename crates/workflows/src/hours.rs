//! Counts of runs by the hour in which they started.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// The counts of the last days.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hours(BTreeMap<i64, Hour>);

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Hour {
    runs: u64,
    #[serde(skip_serializing_if = "is_zero", default)]
    failed: u64,
    /// How many runs took so many milliseconds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    took: BTreeMap<u64, u64>,
}

/// What one run adds to the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) started_at: OffsetDateTime,
    pub(crate) failed: bool,
    pub(crate) duration_ms: Option<u64>,
}

/// The counts of some hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunCounts {
    /// The runs that started.
    pub runs: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Half of the runs that ended took at most so many milliseconds.
    pub p50_ms: Option<u64>,
    /// Nineteen of twenty took at most so many.
    pub p95_ms: Option<u64>,
}

/// How long counts are kept.
const KEPT: Duration = Duration::days(8);
/// How many different durations of an hour are told apart. More are rounded to two digits.
const EXACT: usize = 64;

impl Hours {
    pub(crate) fn add(&mut self, run: Counted) {
        let hour = self.0.entry(hour(run.started_at)).or_default();
        hour.runs += 1;
        hour.failed += u64::from(run.failed);
        if let Some(ms) = run.duration_ms {
            hour.add(ms);
        }
    }

    /// Takes back what was added of a run.
    pub(crate) fn remove(&mut self, run: Counted) {
        let Some(hour) = self.0.get_mut(&hour(run.started_at)) else {
            return;
        };
        hour.runs = hour.runs.saturating_sub(1);
        hour.failed = hour.failed.saturating_sub(u64::from(run.failed));
        if let Some(ms) = run.duration_ms {
            hour.remove(ms);
        }
    }

    /// Forgets what is older than is ever asked for.
    pub(crate) fn trim(&mut self, now: OffsetDateTime) {
        self.0 = self.0.split_off(&hour(now - KEPT));
    }

    /// The runs of each of so many hours until now, and those of them that failed.
    pub(crate) fn each(&self, now: OffsetDateTime, hours: i64) -> Vec<(u64, u64)> {
        let last = hour(now);
        let each = (last - hours + 1)..=last;
        let counts = each.map(|hour| self.0.get(&hour));
        let counts = counts.map(|hour| hour.map_or((0, 0), |hour| (hour.runs, hour.failed)));
        counts.collect()
    }

    /// The counts of what started since then, to the hour.
    pub(crate) fn since(&self, since: OffsetDateTime) -> RunCounts {
        let mut counts = RunCounts::default();
        let mut took = BTreeMap::<u64, u64>::new();
        for hour in self.0.range(hour(since)..).map(|(_, hour)| hour) {
            counts.runs += hour.runs;
            counts.failed += hour.failed;
            for (ms, runs) in &hour.took {
                *took.entry(*ms).or_default() += runs;
            }
        }
        counts.p50_ms = percentile(&took, 50);
        counts.p95_ms = percentile(&took, 95);
        counts
    }
}

impl Hour {
    fn add(&mut self, ms: u64) {
        // So many there are only after they were rounded: to do that again for each run would be most of the work.
        let ms = match self.took.len() > EXACT {
            true => two_digits(ms),
            false => ms,
        };
        let before = self.took.len();
        *self.took.entry(ms).or_default() += 1;
        if before <= EXACT && self.took.len() > EXACT {
            for (ms, runs) in std::mem::take(&mut self.took) {
                *self.took.entry(two_digits(ms)).or_default() += runs;
            }
        }
    }

    fn remove(&mut self, ms: u64) {
        let found = [ms, two_digits(ms)].into_iter();
        let found = found.into_iter().find(|ms| self.took.contains_key(ms));
        let Some(found) = found else { return };
        match self.took.get_mut(&found) {
            Some(runs) if *runs > 1 => *runs -= 1,
            _ => drop(self.took.remove(&found)),
        }
    }
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn hour(time: OffsetDateTime) -> i64 {
    time.unix_timestamp().div_euclid(3600)
}

/// 1234 is 1200, and 1250 is 1300.
fn two_digits(ms: u64) -> u64 {
    let unit = 10u64.pow(ms.checked_ilog10().unwrap_or(0).saturating_sub(1));
    (ms + unit / 2) / unit * unit
}

/// The least value that so many of a hundred do not exceed.
fn percentile(took: &BTreeMap<u64, u64>, percent: u64) -> Option<u64> {
    let all: u64 = took.values().sum();
    let rank = (all * percent).div_ceil(100);
    let mut seen = 0;
    let mut values = took.iter();
    let found = values.find(|(_, runs)| {
        seen += **runs;
        seen >= rank
    });
    found.map(|(ms, _)| *ms)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    fn run(minutes_ago: i64, failed: bool, ms: u64) -> Counted {
        Counted {
            started_at: NOON - Duration::minutes(minutes_ago),
            failed,
            duration_ms: Some(ms),
        }
    }

    #[test]
    fn counts_are_those_of_the_hours_since_then() {
        let mut hours = Hours::default();
        for (minutes, failed, ms) in [(5, false, 100), (70, true, 200), (3000, true, 1234)] {
            hours.add(run(minutes, failed, ms));
        }
        let day = hours.since(NOON - Duration::DAY);
        assert_eq!((day.runs, day.failed), (2, 1));
        assert_eq!((day.p50_ms, day.p95_ms), (Some(100), Some(200)));
        assert_eq!(hours.each(NOON, 3), [(1, 1), (1, 0), (0, 0)]);
        hours.remove(run(70, true, 200));
        assert_eq!(hours.since(NOON - Duration::DAY).failed, 0);
        let week = hours.since(NOON - Duration::WEEK);
        assert_eq!((week.runs, week.p95_ms), (2, Some(1234)));
        hours.trim(NOON + Duration::days(9));
        assert_eq!(hours, Hours::default());
    }

    #[test]
    fn many_durations_of_an_hour_are_rounded() {
        let mut hours = Hours::default();
        (1..=1000).for_each(|ms| hours.add(run(0, false, ms)));
        let counts = hours.since(NOON);
        assert_eq!((counts.p50_ms, counts.p95_ms), (Some(500), Some(950)));
        let kept = hours.0.values().map(|hour| hour.took.len()).sum::<usize>();
        assert!(kept <= 2 * EXACT + 90, "{kept}");
        (1..=1000).for_each(|ms| hours.remove(run(0, false, ms)));
        assert_eq!(hours.since(NOON).p50_ms, None);
    }
}
