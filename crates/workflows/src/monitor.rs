use crate::{CronSchedule, InvalidSchedule, Schedule, phase::failed_by_default};
use central_logger_log_store::{LogEntry, ValidationError, ValidationErrors};
use central_logger_times::UnitDuration;
use serde_json::{Map, Value, json};
use std::num::NonZeroU32;

/// What is expected of the runs of a workflow.
///
/// # Examples
///
/// ```
/// use central_logger_workflows::Monitor;
/// use serde_json::json;
///
/// let members = json!({"cron": "0 3 * * *", "time_zone": "Europe/Berlin", "grace": "1h"});
/// let monitor = Monitor::of_members(members.as_object().unwrap())?;
/// assert_eq!(monitor.members()["fail_after"], 1);
/// # Ok::<(), central_logger_log_store::ValidationErrors>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Monitor {
    /// When runs are expected.
    pub schedule: Schedule,
    /// How much later a run may start.
    pub grace: UnitDuration,
    /// How long a run may take, if that is limited.
    pub max_runtime: Option<UnitDuration>,
    /// How many runs in a row may fail, with the one that is an incident.
    pub fail_after: NonZeroU32,
    /// The statuses that are failures.
    pub failed: Vec<String>,
}

impl Monitor {
    /// The names of the members that say what it is.
    pub const MEMBERS: [&str; 7] = [
        "every",
        "cron",
        "time_zone",
        "grace",
        "max_runtime",
        "fail_after",
        "failed",
    ];
    /// The most failures in a row that a monitor may wait for.
    pub const MOST_FAILURES: u64 = 100;
    /// The most statuses that it may name.
    pub const MOST_STATUSES: usize = 32;
    /// The longest duration that it may have, in days.
    pub const MOST_DAYS: u64 = 400;
    /// The grace of a monitor that names none.
    pub const GRACE: &str = "10m";

    /// Reads the members of a JSON object.
    ///
    /// # Errors
    /// When a member is unknown, missing or has no value that there can be.
    pub fn of_members(members: &Map<String, Value>) -> Result<Self, ValidationErrors> {
        let mut reading = Reading {
            members,
            faults: ValidationErrors::default(),
        };
        let schedule = reading.schedule();
        let grace = reading.duration("grace");
        let max_runtime = reading.duration("max_runtime");
        let fail_after = reading.fail_after();
        let failed = reading.failed();
        reading.refuse_unknown();
        let default = Self::GRACE.parse().ok();
        match (schedule, grace.or(default)) {
            (Some(schedule), Some(grace)) if reading.faults.is_empty() => Ok(Self {
                schedule,
                grace,
                max_runtime,
                fail_after,
                failed,
            }),
            _ => Err(reading.faults),
        }
    }

    /// Returns the members from which it can be read again.
    pub fn members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        match &self.schedule {
            Schedule::Every(every) => {
                members.insert("every".to_owned(), every.to_string().into());
            }
            Schedule::Cron(cron) => {
                let cron: &CronSchedule = cron;
                members.insert("cron".to_owned(), cron.line().into());
                members.insert("time_zone".to_owned(), cron.zone().into());
            }
        }
        let max_runtime = self.max_runtime.map(|limit| limit.to_string());
        members.insert("grace".to_owned(), self.grace.to_string().into());
        members.insert("max_runtime".to_owned(), max_runtime.into());
        members.insert("fail_after".to_owned(), self.fail_after.get().into());
        members.insert("failed".to_owned(), json!(self.failed));
        members
    }
}

struct Reading<'a> {
    members: &'a Map<String, Value>,
    faults: ValidationErrors,
}

impl<'a> Reading<'a> {
    fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.faults.push(ValidationError::new(name, message));
    }

    /// The value of a member; null is as good as none.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &str) -> Option<&'a str> {
        let value = self.value(name)?;
        if value.as_str().is_none() {
            self.fault(name, "must be a string");
        }
        value.as_str()
    }

    fn schedule(&mut self) -> Option<Schedule> {
        let (every, cron) = (self.duration("every"), self.text("cron"));
        let zone = self.text("time_zone");
        match (self.value("every"), cron) {
            (Some(_), Some(_)) => {
                self.fault("cron", "must not stand beside every");
                None
            }
            (Some(_), None) if zone.is_some() => {
                self.fault("time_zone", "is for a cron line only");
                None
            }
            (Some(_), None) => {
                let schedule = Schedule::every(every?);
                schedule
                    .map_err(|error| self.fault("every", error.to_string()))
                    .ok()
            }
            (None, Some(line)) => self.cron(line, zone.unwrap_or("UTC")),
            (None, None) => {
                if self.value("cron").is_none() {
                    self.fault("every", "is required, unless there is a cron line");
                }
                None
            }
        }
    }

    fn cron(&mut self, line: &str, zone: &str) -> Option<Schedule> {
        let schedule = Schedule::cron(line, zone);
        let fault = |error: InvalidSchedule| {
            let name = match error {
                InvalidSchedule::Zone(_) => "time_zone",
                _ => "cron",
            };
            self.fault(name, error.to_string());
        };
        schedule.map_err(fault).ok()
    }

    fn duration(&mut self, name: &str) -> Option<UnitDuration> {
        match self.text(name)?.parse::<UnitDuration>() {
            Ok(duration) if duration.seconds() <= Monitor::MOST_DAYS * 86_400 => Some(duration),
            Ok(_) => {
                self.fault(name, format!("must be at most {}d", Monitor::MOST_DAYS));
                None
            }
            Err(error) => {
                self.fault(name, error.to_string());
                None
            }
        }
    }

    fn fail_after(&mut self) -> NonZeroU32 {
        let Some(value) = self.value("fail_after") else {
            return NonZeroU32::MIN;
        };
        let number = value.as_u64().filter(|n| *n <= Monitor::MOST_FAILURES);
        let number = number.and_then(|number| NonZeroU32::new(u32::try_from(number).ok()?));
        number.unwrap_or_else(|| {
            let most = Monitor::MOST_FAILURES;
            self.fault("fail_after", format!("must be a number from 1 to {most}"));
            NonZeroU32::MIN
        })
    }

    fn failed(&mut self) -> Vec<String> {
        let Some(value) = self.value("failed") else {
            return failed_by_default();
        };
        let statuses = value.as_array().into_iter().flatten();
        let statuses: Vec<_> = statuses.filter_map(status).collect();
        let count = value.as_array().map_or(0, Vec::len);
        if statuses.len() != count || !(1..=Monitor::MOST_STATUSES).contains(&count) {
            let most = Monitor::MOST_STATUSES;
            self.fault(
                "failed",
                format!("must be an array of 1 to {most} statuses"),
            );
        }
        statuses
    }

    fn refuse_unknown(&mut self) {
        let unknown = |name: &&String| !Monitor::MEMBERS.contains(&name.as_str());
        for name in self.members.keys().filter(unknown).collect::<Vec<_>>() {
            self.fault(name, "is no member of a monitor");
        }
    }
}

fn status(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    (1..=LogEntry::MAX_LABEL)
        .contains(&text.chars().count())
        .then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(members: Value) -> Result<Monitor, Vec<String>> {
        let read = Monitor::of_members(members.as_object().unwrap());
        read.map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_monitor_is_read_again_from_what_it_shows() {
        for members in [
            json!({"every": "24h"}),
            json!({"every": "60s", "grace": "30s", "max_runtime": null, "fail_after": 100}),
            json!({"cron": "*/5 8-18 * * 1-5", "time_zone": "Asia/Tokyo", "failed": ["Nope"]}),
        ] {
            let monitor = read(members).unwrap();
            assert_eq!(read(monitor.members().into()), Ok(monitor));
        }
    }

    #[test]
    fn each_fault_is_named() {
        for (members, expected) in [
            (json!({}), "every: is required"),
            (json!({"every": "59s"}), "every: must be at least 60s"),
            (json!({"every": 60}), "every: must be a string"),
            (json!({"every": "401d"}), "every: must be at most 400d"),
            (
                json!({"every": "1h", "cron": "0 3 * * *"}),
                "cron: must not stand beside every",
            ),
            (
                json!({"every": "1h", "time_zone": "UTC"}),
                "time_zone: is for a cron line only",
            ),
            (
                json!({"cron": "0 3 31 2 *"}),
                "cron: never comes: '0 3 31 2 *'",
            ),
            (
                json!({"cron": "0 3 * * *", "time_zone": "Mars"}),
                "time_zone: there is no time zone 'Mars'",
            ),
            (
                json!({"every": "1h", "fail_after": 0}),
                "fail_after: must be a number from 1 to 100",
            ),
            (
                json!({"every": "1h", "failed": []}),
                "failed: must be an array of 1 to 32",
            ),
            (
                json!({"every": "1h", "failed": [1]}),
                "failed: must be an array of 1 to 32",
            ),
            (
                json!({"every": "1h", "gracious": 1}),
                "gracious: is no member of a monitor",
            ),
        ] {
            let faults = read(members.clone()).unwrap_err();
            assert_eq!(faults.len(), 1, "{members}: {faults:?}");
            assert!(faults[0].starts_with(expected), "{members}: {faults:?}");
        }
    }
}
