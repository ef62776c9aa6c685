//! A workflow, its monitor, and the time.

use central_logger_workflows::{
    Incident, IncidentKind, IncidentNews, Monitor, Observation, Standing, Watched, WorkflowName,
    WorkflowState,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

pub(crate) struct Subject {
    pub(crate) now: OffsetDateTime,
    pub(crate) state: WorkflowState,
    pub(crate) watched: Watched,
    pub(crate) incidents: BTreeMap<Uuid, Incident>,
    /// Until when entries may be missing.
    pub(crate) blind_until: Option<OffsetDateTime>,
    entries: u128,
}

impl Subject {
    pub(crate) fn new(monitor: Value, now: OffsetDateTime) -> Self {
        let monitor = Monitor::of_members(monitor.as_object().unwrap()).unwrap();
        Self {
            now,
            state: WorkflowState::default(),
            watched: Watched::new(monitor, now),
            incidents: BTreeMap::new(),
            blind_until: None,
            entries: 0,
        }
    }

    /// An entry that is received now.
    pub(crate) fn entry(&mut self, at: OffsetDateTime, status: &str, run: Option<&str>) {
        self.entries += 1;
        let ms = (at.unix_timestamp_nanos() / 1_000_000) as u128;
        let observation = Observation {
            entry: Uuid::from_u128(ms << 80 | self.entries),
            executed_at: at,
            received_at: self.now,
            status: status.to_owned(),
            run_id: run.map(str::to_owned),
            duration_ms: None,
        };
        self.state.add(observation, &self.watched.monitor.failed);
        self.state.trim(self.now);
    }

    /// A run of a minute that begins now and whose entries arrive at once.
    pub(crate) fn run(&mut self, status: &str) {
        let (began, run) = (self.now, self.entries.to_string());
        self.entry(began, "RUNNING", Some(&run));
        self.look();
        self.wait(Duration::MINUTE);
        self.entry(self.now, status, Some(&run));
        self.look();
    }

    /// Looks once, and returns when to look again.
    pub(crate) fn look(&mut self) -> Option<OffsetDateTime> {
        let name = WorkflowName::new("prod", "backup");
        let (changes, next) = self
            .watched
            .look(&name, &self.state, self.now, self.blind_until);
        for change in changes {
            let known = self
                .incidents
                .insert(change.incident.id, change.incident.clone());
            let is_new = change.news == IncidentNews::Began;
            assert_eq!(known.is_none(), is_new, "{change:?} after {known:?}");
        }
        let told = self.incidents.values();
        let told = told.filter(|incident| incident.ended_at.is_none());
        let told: BTreeSet<_> = told.map(|incident| incident.id).collect();
        let open = self.watched.watch.open().map(|incident| incident.id);
        assert_eq!(open.collect::<BTreeSet<_>>(), told, "what lasts");
        next
    }

    /// Lets time pass, and looks whenever it is due.
    pub(crate) fn wait(&mut self, length: Duration) {
        let end = self.now + length;
        while let Some(next) = self.look().filter(|next| *next < end) {
            self.now = next.max(self.now + Duration::SECOND);
        }
        self.now = end;
        self.look();
    }

    pub(crate) fn wait_until(&mut self, end: OffsetDateTime) {
        assert!(end >= self.now, "{end} has passed at {}", self.now);
        self.wait(end - self.now);
    }

    pub(crate) fn standing(&self) -> Standing {
        self.watched.watch.standing(&self.state)
    }

    /// The kinds of the incidents, in their order, with whether they are open.
    pub(crate) fn told(&self) -> Vec<(IncidentKind, bool)> {
        let incidents = self.incidents.values();
        incidents
            .map(|incident| (incident.kind, incident.ended_at.is_none()))
            .collect()
    }

    pub(crate) fn last(&self) -> &Incident {
        self.incidents.values().next_back().unwrap()
    }
}
