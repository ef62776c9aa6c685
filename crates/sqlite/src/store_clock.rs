//! Whether the clock can be relied on when something is removed by its age.
//!
//! SQLite has no clock but that of the machine. So each lease writes down what the clock showed and how
//! much time had elapsed since the machine was started, which nobody can set. While the machine runs, the
//! one follows from the other, also when no program ran for long. Over a restart of the machine nobody
//! knows how long it was off: then anything up to [`OFF`] is believed.

use crate::{error::FileError, row::unix_ms};
use central_logger_key_store::feed::StoreTime;
use central_logger_times::Clock;
use rusqlite::{Connection, OptionalExtension};
use time::Duration;

/// How far ahead the clock may be set while the machine runs.
const STEP: Duration = Duration::MINUTE;

/// How long a machine may have been off.
const OFF: Duration = Duration::days(30);

/// How long after its start a machine may still learn what time it is, as those must that keep none
/// while they are off.
const SETTLING: Duration = Duration::minutes(15);

/// What the clocks show.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reading {
    shown: i64,
    start: Option<String>,
    elapsed: i64,
}

impl Reading {
    fn of(clock: &dyn Clock) -> Self {
        Self {
            shown: unix_ms(clock.now()),
            start: clock.origin(),
            elapsed: i64::try_from(clock.elapsed().as_millis()).unwrap_or(i64::MAX),
        }
    }

    /// What is to be remembered in the place of `last`; how far the clock is ahead when it has jumped.
    ///
    /// A clock that is set back removes nothing too early. What it showed before stays remembered, so
    /// that it may be set right again.
    fn after(mut self, last: &Self) -> Result<Self, Duration> {
        let is_same_start = self.start.is_some() && self.start == last.start;
        let (expected, tolerance) = match is_same_start {
            true => (last.shown + self.elapsed - last.elapsed, STEP),
            false => (last.shown, OFF),
        };
        let is_settling = Duration::milliseconds(self.elapsed) < SETTLING;
        let tolerance = if is_settling { OFF } else { tolerance };
        let ahead = Duration::milliseconds(self.shown - expected);
        if ahead > tolerance {
            return Err(ahead);
        }
        self.shown = self.shown.max(expected);
        Ok(self)
    }
}

/// Holds the clock against what is remembered, and remembers it.
pub(crate) fn check(connection: &Connection, clock: &dyn Clock) -> Result<StoreTime, FileError> {
    let now = Reading::of(clock);
    let next = match last(connection)? {
        Some(last) => now.after(&last),
        None => Ok(now),
    };
    match next {
        Ok(next) => {
            remember(connection, &next)?;
            Ok(StoreTime::Shows(clock.now()))
        }
        Err(ahead) => Ok(StoreTime::Jumped(ahead)),
    }
}

/// How far the clock is ahead, if it has jumped. Remembers nothing.
pub(crate) fn jump(
    connection: &Connection,
    clock: &dyn Clock,
) -> Result<Option<Duration>, FileError> {
    let last = last(connection)?;
    Ok(last.and_then(|last| Reading::of(clock).after(&last).err()))
}

/// Believes the clock from now on.
pub(crate) fn accept(connection: &Connection, clock: &dyn Clock) -> Result<(), FileError> {
    remember(connection, &Reading::of(clock))
}

fn last(connection: &Connection) -> Result<Option<Reading>, FileError> {
    let sql = "SELECT shown, start, elapsed_ms FROM store_clock";
    let last = connection.query_row(sql, [], |row| {
        Ok(Reading {
            shown: row.get(0)?,
            start: row.get(1)?,
            elapsed: row.get(2)?,
        })
    });
    Ok(last.optional()?)
}

fn remember(connection: &Connection, reading: &Reading) -> Result<(), FileError> {
    let sql = "INSERT OR REPLACE INTO store_clock (id, shown, start, elapsed_ms)
               VALUES (1, ?1, ?2, ?3)";
    let Reading {
        shown,
        start,
        elapsed,
    } = reading;
    connection.execute(sql, (shown, start, elapsed))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_times::ManualClock;
    use time::macros::datetime;

    struct Fixture {
        file: Connection,
        clock: ManualClock,
    }

    impl Fixture {
        fn new() -> Self {
            let file = Connection::open_in_memory().unwrap();
            let sql = include_str!("../../../migrations/sqlite/keys/0009_lease_renewals.sql");
            let (_, table) = sql.split_once("CREATE TABLE").unwrap();
            file.execute_batch(&format!("CREATE TABLE{table}")).unwrap();
            let clock = ManualClock::new(datetime!(2026-03-01 12:00 UTC));
            // It has settled.
            clock.advance(SETTLING);
            let fixture = Self { file, clock };
            assert!(fixture.is_believed());
            fixture
        }

        fn is_believed(&self) -> bool {
            match check(&self.file, &self.clock).unwrap() {
                StoreTime::Shows(time) => {
                    assert_eq!(time, self.clock.now());
                    true
                }
                _ => false,
            }
        }
    }

    #[test]
    fn time_that_goes_by_is_no_jump_however_long_nothing_runs() {
        let f = Fixture::new();
        for gone_by in [Duration::SECOND, Duration::DAY, Duration::days(400)] {
            f.clock.advance(gone_by);
            assert!(f.is_believed(), "{gone_by}");
        }
    }

    #[test]
    fn a_clock_that_is_set_ahead_has_jumped_until_that_is_undone_or_accepted() {
        let f = Fixture::new();
        for by in [Duration::minutes(2), Duration::days(400)] {
            f.clock.step(by);
            assert!(!f.is_believed(), "{by}");
            f.clock.advance(Duration::HOUR);
            assert!(!f.is_believed(), "time does not heal it");
            assert_eq!(jump(&f.file, &f.clock).unwrap(), Some(by));
            f.clock.step(-by);
            assert!(f.is_believed());
        }
        f.clock.step(Duration::DAY);
        accept(&f.file, &f.clock).unwrap();
        assert!(f.is_believed());
    }

    #[test]
    fn small_steps_and_steps_back_and_forth_are_no_jumps() {
        let f = Fixture::new();
        for step in [
            Duration::seconds(59),
            -Duration::DAY,
            Duration::DAY,
            Duration::MINUTE,
        ] {
            f.clock.step(step);
            assert!(f.is_believed(), "{step}");
        }
    }

    #[test]
    fn a_machine_may_be_off_for_a_month() {
        let f = Fixture::new();
        f.clock.restart(Duration::days(30));
        assert!(f.is_believed());
        f.clock.restart(Duration::days(31));
        assert!(!f.is_believed());
    }

    #[test]
    fn a_machine_may_learn_the_time_when_it_has_started() {
        let f = Fixture::new();
        f.clock.restart(-Duration::days(20_000));
        assert!(f.is_believed());
        f.clock.step(Duration::days(20_001));
        assert!(f.is_believed());
        f.clock.advance(SETTLING);
        f.clock.step(Duration::DAY);
        assert!(!f.is_believed());
    }

    #[test]
    fn a_day_without_a_known_start_is_time_off() {
        let reading = |shown| Reading {
            shown,
            start: None,
            elapsed: 10_000_000,
        };
        let day = 86_400_000;
        assert!(reading(day).after(&reading(0)).is_ok());
        assert!(reading(31 * day).after(&reading(0)).is_err());
    }
}
