//! What is shown of workflows.

use crate::suggestion::Suggestion;
use crate::{Incident, Monitor, Run, RunCounts, Standing, Watched, WorkflowName, WorkflowState};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

/// A workflow as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkflowView {
    /// Its name.
    pub workflow: String,
    /// Where it runs.
    pub environment: String,
    /// How it stands.
    pub state: Standing,
    /// The run that started last.
    pub last_run: Option<RunView>,
    /// When the next run is expected, if one is.
    #[serde(with = "time::serde::rfc3339::option")]
    pub next_expected_at: Option<OffsetDateTime>,
    /// The runs that started within 24 hours, to the hour.
    pub runs_24h: u64,
    /// Those of them that failed.
    pub failed_24h: u64,
    /// The runs that started within 7 days, to the hour.
    pub runs_7d: u64,
    /// Those of them that failed.
    pub failed_7d: u64,
    /// Half of the runs of 24 hours took at most so many milliseconds.
    pub p50_ms_24h: Option<u64>,
    /// Nineteen of twenty took at most so many.
    pub p95_ms_24h: Option<u64>,
    /// The same of 7 days.
    pub p50_ms_7d: Option<u64>,
    /// The same of 7 days.
    pub p95_ms_7d: Option<u64>,
    /// What is expected of it.
    pub monitor: Option<MonitorView>,
    /// A monitor that would fit the runs that there were, where there is none.
    pub suggestion: Option<Suggestion>,
    /// Whether the run that ended last has failed. Not in JSON.
    #[serde(skip)]
    pub has_failed: bool,
    /// How many runs are under way. Not in JSON.
    #[serde(skip)]
    pub running: usize,
    /// The runs of each of the last 24 hours, and those of them that failed. Not in JSON.
    #[serde(skip)]
    pub hours: Vec<(u64, u64)>,
    /// The incidents that last. Not in JSON.
    #[serde(skip)]
    pub open_incidents: Vec<Incident>,
}

/// A run as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunView {
    /// The id that its entries share, if they have one.
    pub run_id: Option<String>,
    /// Its status now.
    pub status: String,
    /// The time of its first entry.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// The time of its end, if it has ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<u64>,
}

/// A run among others, with the entries that tell of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastRun {
    /// The run.
    #[serde(flatten)]
    pub run: RunView,
    /// Whether it has failed.
    pub failed: bool,
    /// Its first entry.
    pub first_entry_id: Uuid,
    /// The entry that says how it ended, if it has.
    pub last_entry_id: Option<Uuid>,
}

/// A monitor as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct MonitorView {
    members: Map<String, Value>,
}

impl WorkflowView {
    /// What is shown at `now`.
    pub fn new(
        name: WorkflowName,
        state: &WorkflowState,
        watched: Option<&Watched>,
        now: OffsetDateTime,
    ) -> Self {
        let RunCounts {
            runs,
            failed,
            p50_ms,
            p95_ms,
        } = state.counts(now - Duration::hours(24));
        let week = state.counts(now - Duration::days(7));
        let standing = watched.map_or(Standing::Unwatched, |watched| watched.watch.standing(state));
        Self {
            workflow: name.workflow,
            environment: name.environment,
            state: standing,
            last_run: state.last_run().map(RunView::of),
            next_expected_at: watched.and_then(|watched| next_expected_at(watched, state)),
            runs_24h: runs,
            failed_24h: failed,
            runs_7d: week.runs,
            failed_7d: week.failed,
            p50_ms_24h: p50_ms,
            p95_ms_24h: p95_ms,
            p50_ms_7d: week.p50_ms,
            p95_ms_7d: week.p95_ms,
            monitor: watched.map(|watched| MonitorView::new(watched, state)),
            suggestion: match watched {
                Some(_) => None,
                None => state.suggestion(),
            },
            has_failed: state
                .runs()
                .iter()
                .rev()
                .find_map(Run::end)
                .is_some_and(|end| end.failed),
            running: state
                .runs()
                .iter()
                .filter(|run| run.end().is_none())
                .count(),
            hours: state.hours(now),
            open_incidents: watched
                .map(|watched| watched.watch.open().cloned().collect())
                .unwrap_or_default(),
        }
    }
}

impl RunView {
    /// What is shown of a run.
    pub fn of(run: &Run) -> Self {
        Self {
            run_id: run.run_id.clone(),
            status: run.status().to_owned(),
            started_at: run.started_at,
            ended_at: run.end().map(|end| end.at),
            duration_ms: run.duration_ms(),
        }
    }
}

impl PastRun {
    /// What is shown of a run.
    pub fn of(run: &Run) -> Self {
        let end = run.end();
        Self {
            run: RunView::of(run),
            failed: end.is_some_and(|end| end.failed),
            first_entry_id: run.first,
            last_entry_id: end.map(|end| end.entry),
        }
    }
}

impl MonitorView {
    /// What is shown of a monitor.
    pub fn new(watched: &Watched, state: &WorkflowState) -> Self {
        let mut members = watched.monitor.members();
        let next = next_expected_at(watched, state);
        for (name, time) in [
            ("set_at", Some(watched.set_at)),
            ("silenced_until", watched.silenced_until),
            ("next_expected_at", next),
        ] {
            let text = time.and_then(|time| time.format(&Rfc3339).ok());
            members.insert(name.to_owned(), text.into());
        }
        let waits = state.last_run().is_none();
        members.insert("waits_for_first_run".to_owned(), waits.into());
        Self { members }
    }

    /// What somebody has set of it.
    pub fn set_members(&self) -> Map<String, Value> {
        let is_set = |name: &str| Monitor::MEMBERS.contains(&name) || name == "silenced_until";
        let members = self.members.iter().filter(|(name, _)| is_set(name));
        let members = members.map(|(name, value)| (name.clone(), value.clone()));
        members.collect()
    }

    /// Its members.
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }
}

impl Serialize for MonitorView {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.members.serialize(to)
    }
}

fn next_expected_at(watched: &Watched, state: &WorkflowState) -> Option<OffsetDateTime> {
    state.last_run()?;
    let schedule = &watched.monitor.schedule;
    watched.watch.next_expected_at(schedule, state)
}
