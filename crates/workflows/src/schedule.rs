use central_logger_times::UnitDuration;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use jiff::{Timestamp, tz::TimeZone};
use std::fmt;
use time::OffsetDateTime;

/// When runs of a workflow are expected.
///
/// A cron line follows the clock of its time zone as cron does: where an hour is skipped, what was due in it
/// is due when it is over; where an hour comes twice, what is due at a time of day is due once.
///
/// # Examples
///
/// ```
/// use central_logger_workflows::Schedule;
/// use time::macros::datetime;
///
/// let schedule = Schedule::cron("30 2 * * *", "Europe/Berlin")?;
/// let next = schedule.next_after(datetime!(2026-03-28 12:00 UTC)).unwrap();
/// assert_eq!(next, datetime!(2026-03-29 01:00 UTC), "02:30 is skipped on that day");
/// # Ok::<(), central_logger_workflows::InvalidSchedule>(())
/// ```
#[derive(Clone)]
pub enum Schedule {
    /// So long after the start of the run before.
    Every(UnitDuration),
    /// At the times of a cron line.
    Cron(Box<CronSchedule>),
}

/// A cron line in a time zone.
#[derive(Clone)]
pub struct CronSchedule {
    line: String,
    cron: Cron,
    zone_name: String,
    zone: TimeZone,
}

/// Error returned when there can be no such schedule.
///
/// # Examples
///
/// ```
/// use central_logger_workflows::{InvalidSchedule, Schedule};
///
/// let error = Schedule::cron("0 3 30 2 *", "UTC").unwrap_err();
/// assert!(matches!(error, InvalidSchedule::Never(_)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSchedule {
    /// A line that cannot be read.
    #[error("is no cron line such as '0 3 * * *': {0}")]
    Line(String),
    /// A line that names no time that there is.
    #[error("never comes: '{0}' names no day that there is")]
    Never(String),
    /// No time zone of that name.
    #[error("there is no time zone '{0}': write a name such as Europe/Berlin or UTC")]
    Zone(String),
    /// An interval below a minute.
    #[error("must be at least 60s")]
    TooOften,
}

/// The longest cron line, in bytes.
const MAX_LINE: usize = 256;
/// A line that comes less often than this never comes, in seconds: 30 years.
const HORIZON: i64 = 30 * 366 * 86_400;

impl Schedule {
    /// The shortest interval, in seconds.
    pub const SHORTEST: u64 = 60;

    /// Runs at the times of the cron line, of five fields, in a time zone of the tz database.
    ///
    /// # Errors
    /// When one of the two is none, or the line never comes.
    pub fn cron(line: &str, zone: &str) -> Result<Self, InvalidSchedule> {
        let shown = || line.chars().take(80).collect::<String>();
        if line.len() > MAX_LINE || line.chars().any(|c| c.is_control()) {
            return Err(InvalidSchedule::Line("it is too long".to_owned()));
        }
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(line);
        let cron = cron.map_err(|error| InvalidSchedule::Line(error.to_string()))?;
        let found = TimeZone::get(zone).ok().filter(|_| zone.len() <= 64);
        let found = found.ok_or_else(|| InvalidSchedule::Zone(zone.chars().take(80).collect()))?;
        let schedule = Self::Cron(Box::new(CronSchedule {
            line: line.to_owned(),
            cron,
            zone_name: zone.to_owned(),
            zone: found,
        }));
        match schedule.next_after(OffsetDateTime::UNIX_EPOCH) {
            Some(_) => Ok(schedule),
            None => Err(InvalidSchedule::Never(shown())),
        }
    }

    /// Runs so long after each other.
    ///
    /// # Errors
    /// When that is less than a minute.
    pub fn every(every: UnitDuration) -> Result<Self, InvalidSchedule> {
        match every.seconds() < Self::SHORTEST {
            true => Err(InvalidSchedule::TooOften),
            false => Ok(Self::Every(every)),
        }
    }

    /// The first time after `time` at which a run is expected, if there is one in 30 years; when the interval
    /// is what counts, that of a run that starts at `time`.
    pub fn next_after(&self, time: OffsetDateTime) -> Option<OffsetDateTime> {
        match self {
            Self::Every(every) => time.checked_add(every.duration()),
            Self::Cron(cron) => cron.next_after(time),
        }
    }

    /// The next times after `now` at which runs are expected, when the last one started at `last`, if one did.
    pub fn next_runs(
        &self,
        last: Option<OffsetDateTime>,
        now: OffsetDateTime,
        count: usize,
    ) -> Vec<OffsetDateTime> {
        let first = match (self, last) {
            (Self::Every(_), Some(last)) => self.next_after(last).filter(|next| *next > now),
            _ => None,
        };
        let first = first.or_else(|| self.next_after(now));
        let next = std::iter::successors(first, |time| self.next_after(*time));
        next.take(count).collect()
    }

    /// The time zone by which its times are told.
    pub fn zone(&self) -> &str {
        match self {
            Self::Every(_) => "UTC",
            Self::Cron(cron) => &cron.zone_name,
        }
    }

    /// Returns the time as people in its time zone write it.
    pub fn tell(&self, time: OffsetDateTime) -> String {
        let zone = match self {
            Self::Every(_) => &TimeZone::UTC,
            Self::Cron(cron) => &cron.zone,
        };
        let time = Timestamp::from_second(time.unix_timestamp()).unwrap_or_default();
        let time = time.to_zoned(zone.clone());
        format!("{} {}", time.strftime("%Y-%m-%d %H:%M"), self.zone())
    }
}

impl CronSchedule {
    /// The line.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The name of the time zone.
    pub fn zone(&self) -> &str {
        &self.zone_name
    }

    fn next_after(&self, time: OffsetDateTime) -> Option<OffsetDateTime> {
        let from = Timestamp::from_second(time.unix_timestamp()).ok()?;
        let next = self
            .cron
            .find_next_occurrence(&from.to_zoned(self.zone.clone()), false)
            .ok()?;
        let next = next.timestamp().as_second();
        let is_near = next - time.unix_timestamp() <= HORIZON;
        let next = OffsetDateTime::from_unix_timestamp(next).ok()?;
        (is_near && next > time).then_some(next)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(every) => f.debug_tuple("Every").field(every).finish(),
            Self::Cron(cron) => f.debug_tuple("Cron").field(&cron.line).finish(),
        }
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Every(a), Self::Every(b)) => a == b,
            (Self::Cron(a), Self::Cron(b)) => (&a.line, &a.zone_name) == (&b.line, &b.zone_name),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn berlin(line: &str, from: OffsetDateTime, count: usize) -> Vec<OffsetDateTime> {
        let schedule = Schedule::cron(line, "Europe/Berlin").unwrap();
        let mut time = from;
        let mut next = || {
            time = schedule.next_after(time).unwrap();
            time
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn a_time_that_is_skipped_is_due_when_the_hour_is_over() {
        assert_eq!(
            berlin("30 2 * * *", datetime!(2026-03-28 00:00 UTC), 3),
            [
                datetime!(2026-03-28 01:30 UTC),
                datetime!(2026-03-29 01:00 UTC),
                datetime!(2026-03-30 00:30 UTC),
            ]
        );
    }

    #[test]
    fn a_time_that_comes_twice_is_due_once() {
        assert_eq!(
            berlin("30 2 * * *", datetime!(2026-10-24 12:00 UTC), 2),
            [
                datetime!(2026-10-25 00:30 UTC),
                datetime!(2026-10-26 01:30 UTC),
            ]
        );
    }

    #[test]
    fn what_is_due_each_quarter_of_an_hour_is_so_in_every_hour_there_is() {
        for day in [
            datetime!(2026-03-28 22:00 UTC),
            datetime!(2026-10-24 22:00 UTC),
        ] {
            let times = berlin("*/15 * * * *", day, 24);
            let gaps = times
                .windows(2)
                .map(|pair| (pair[1] - pair[0]).whole_minutes());
            assert!(gaps.into_iter().all(|gap| gap == 15), "{times:?}");
        }
    }

    #[test]
    fn lines_that_never_come_and_zones_that_are_none_are_named() {
        for (line, zone, expected) in [
            (
                "0 3 30 2 *",
                "UTC",
                "never comes: '0 3 30 2 *' names no day that there is",
            ),
            ("0 3 * *", "UTC", "is no cron line"),
            ("0 25 * * *", "UTC", "is no cron line"),
            ("", "UTC", "is no cron line"),
            ("0 0 3 * * *", "UTC", "is no cron line"),
            (
                "0 3 * * *",
                "Europe/Atlantis",
                "there is no time zone 'Europe/Atlantis'",
            ),
            ("0 3 * * *", "", "there is no time zone ''"),
        ] {
            let error = Schedule::cron(line, zone).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}");
        }
        assert!(Schedule::cron("0 3 29 2 *", "UTC").is_ok());
        assert!(Schedule::every("59s".parse().unwrap()).is_err());
    }
}
