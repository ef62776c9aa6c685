//! Monitors that would fit the runs that there were.

use crate::WorkflowState;
use serde::Serialize;
use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime, Time};

/// A monitor that the latest runs of a workflow would have kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suggestion {
    /// How it runs, for people: `runs daily at 03:00 UTC, give or take 4 minutes`.
    pub text: String,
    /// The members of the monitor.
    pub monitor: Map<String, Value>,
}

/// How many runs must have been regular.
const RUNS: usize = 5;
/// Of the intervals in use, those that people choose, in seconds.
const USUAL: [i64; 12] = [
    60, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 604_800, 1_209_600,
];
const DAY: i64 = 86_400;
const WEEK: i64 = 604_800;

impl WorkflowState {
    /// Returns a monitor that the latest runs would have kept, if they were regular.
    pub fn suggestion(&self) -> Option<Suggestion> {
        let starts = self.runs().iter().rev().map(|run| run.started_at);
        let starts: Vec<_> = starts.take(2 * RUNS).collect();
        if starts.len() < RUNS {
            return None;
        }
        let gaps = starts.windows(2).map(|pair| pair[0] - pair[1]);
        let mut gaps: Vec<_> = gaps.map(Duration::whole_seconds).collect();
        gaps.sort_unstable();
        let median = gaps[gaps.len() / 2];
        let near = |gap: &i64, interval: i64| (gap - interval).abs() * 10 <= interval;
        let every = USUAL.into_iter().find(|usual| near(&median, *usual))?;
        if !gaps.iter().all(|gap| near(gap, every)) {
            return None;
        }
        let spread = gaps.iter().map(|gap| (gap - every).abs()).max()?;
        // For what runs daily this is more than summer time makes of it.
        let grace = (spread * 3 / 60).max(every / 600).max(1);
        let members = json!({"every": text(every), "grace": format!("{grace}m")});
        Some(Suggestion {
            text: format!(
                "runs {}, give or take {}",
                times(every, middle(&starts, every)),
                about(spread)
            ),
            monitor: members.as_object()?.clone(),
        })
    }
}

/// The time of the last run, if it had started when runs mostly do.
fn middle(starts: &[OffsetDateTime], every: i64) -> OffsetDateTime {
    let last = starts[0];
    let late = |start: &OffsetDateTime| {
        let off = (last - *start).whole_seconds().rem_euclid(every);
        if off > every / 2 { every - off } else { -off }
    };
    let mut late: Vec<_> = starts.iter().map(late).collect();
    late.sort_unstable();
    last + Duration::seconds(late[late.len() / 2])
}

fn times(every: i64, at: OffsetDateTime) -> String {
    // To the nearest minute.
    let at = at + Duration::seconds(30);
    let time: Time = at.time();
    let time = format!("{:02}:{:02} UTC", time.hour(), time.minute());
    match every {
        60 => "every minute".to_owned(),
        3600 => "hourly".to_owned(),
        DAY => format!("daily at {time}"),
        WEEK => format!("weekly on {} at {time}", at.weekday()),
        _ if every % WEEK == 0 => format!("every {} weeks", every / WEEK),
        _ if every % 3600 == 0 => format!("every {} hours", every / 3600),
        _ => format!("every {} minutes", every / 60),
    }
}

fn about(seconds: i64) -> String {
    match (seconds, (seconds + 59) / 60) {
        (..60, _) => format!("{} seconds", seconds.max(1)).replace("1 seconds", "a second"),
        (_, 1) => "a minute".to_owned(),
        (_, minutes) => format!("{minutes} minutes"),
    }
}

fn text(seconds: i64) -> String {
    for (unit, letter) in [(DAY, 'd'), (3600, 'h'), (60, 'm')] {
        if seconds % unit == 0 {
            return format!("{}{letter}", seconds / unit);
        }
    }
    format!("{seconds}s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Monitor, Observation, phase::failed_by_default};
    use time::macros::datetime;
    use uuid::Uuid;

    fn state(starts: &[OffsetDateTime]) -> WorkflowState {
        let mut state = WorkflowState::default();
        for start in starts {
            let observed = Observation {
                entry: Uuid::new_v4(),
                executed_at: *start,
                received_at: *start,
                status: "SUCCESS".to_owned(),
                run_id: None,
                duration_ms: None,
            };
            state.add(observed, &failed_by_default());
        }
        state
    }

    /// Runs so many seconds after each other, each so many seconds late.
    fn every(seconds: i64, late: &[i64]) -> WorkflowState {
        let first = datetime!(2026-03-02 03:00 UTC);
        let starts = (0..).zip(late);
        let starts = starts.map(|(run, late)| first + Duration::seconds(run * seconds + late));
        state(&starts.collect::<Vec<_>>())
    }

    #[test]
    fn what_runs_regularly_is_offered_to_be_watched() {
        for (state, text, every) in [
            (
                every(DAY, &[0, 240, 60, 0, 120, 30]),
                "runs daily at 03:01 UTC, give or take 4 minutes",
                "1d",
            ),
            (
                every(WEEK, &[0, 0, 0, 0, 0]),
                "runs weekly on Monday at 03:00 UTC, give or take a second",
                "7d",
            ),
            (
                every(3600, &[5, 0, 40, 0, 9]),
                "runs hourly, give or take 40 seconds",
                "1h",
            ),
            (
                every(300, &[0, 0, 0, 2, 0]),
                "runs every 5 minutes, give or take 2 seconds",
                "5m",
            ),
        ] {
            let suggestion = state.suggestion().unwrap();
            assert_eq!(suggestion.text, text);
            assert_eq!(suggestion.monitor["every"], every);
            assert!(Monitor::of_members(&suggestion.monitor).is_ok());
        }
    }

    #[test]
    fn what_is_irregular_or_new_is_not() {
        assert_eq!(every(DAY, &[0, 0, 0, 0]).suggestion(), None);
        assert_eq!(every(3600, &[0, 0, 900, 0, 0, 0]).suggestion(), None);
        assert_eq!(every(4000, &[0; 8]).suggestion(), None);
    }
}
