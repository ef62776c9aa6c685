//! What is compared: the runs that there are, and what is expected of them.

mod failed;
mod missed;
mod stuck;

use crate::{Incident, IncidentChange, Monitor, WorkflowName, WorkflowState};
use missed::Missed;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use stuck::Stuck;
use time::{OffsetDateTime, serde::timestamp::milliseconds};

/// How far the runs of a workflow were compared with its monitor, and the incidents that are open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// When the monitor was set: nothing from before is held against the workflow.
    #[serde(with = "milliseconds")]
    since: OffsetDateTime,
    /// The last time of a cron line for which a run came, or can come no more.
    #[serde(with = "milliseconds")]
    settled: OffsetDateTime,
    missed: Option<Missed>,
    /// The last one that has ended, since an entry may come late and explain it.
    explained: Option<Missed>,
    failed: Option<Incident>,
    /// The time of the last end of a run that was looked at.
    #[serde(with = "milliseconds::option", default)]
    failed_until: Option<OffsetDateTime>,
    stuck: Option<Stuck>,
    /// Runs that were stuck before that were told of.
    #[serde(with = "milliseconds::option")]
    stuck_until: Option<OffsetDateTime>,
}

/// What a [`Watch`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The workflow.
    pub name: &'a WorkflowName,
    /// What is expected.
    pub monitor: &'a Monitor,
    /// What there is.
    pub state: &'a WorkflowState,
    /// The time.
    pub now: OffsetDateTime,
    /// Whether entries may be missing that were sent, as after an outage. Then nothing is held against a
    /// workflow that an entry could explain.
    pub is_blind: bool,
}

/// What came of a look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The incidents that have changed.
    pub changes: Vec<IncidentChange>,
    /// When to look again, if no entry comes before.
    pub next_look: Option<OffsetDateTime>,
}

/// How a workflow stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Nothing is wrong.
    Ok,
    /// Nothing is wrong, and a run is under way.
    Running,
    /// A run that was expected has not started.
    Late,
    /// The last runs failed.
    Failing,
    /// A run takes too long.
    Stuck,
    /// Nothing is expected of it.
    Unwatched,
}

/// A text that names no standing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be ok, running, late, failing, stuck or unwatched")]
pub struct InvalidStanding;

impl Standing {
    /// Each of them.
    pub const ALL: [Self; 6] = [
        Self::Ok,
        Self::Running,
        Self::Late,
        Self::Failing,
        Self::Stuck,
        Self::Unwatched,
    ];

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Running => "running",
            Self::Late => "late",
            Self::Failing => "failing",
            Self::Stuck => "stuck",
            Self::Unwatched => "unwatched",
        }
    }
}

impl FromStr for Standing {
    type Err = InvalidStanding;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|known| known.as_str() == text);
        found.ok_or(InvalidStanding)
    }
}

impl Watch {
    /// Begins to watch at `now`.
    pub fn since(now: OffsetDateTime) -> Self {
        Self {
            since: now,
            settled: now,
            missed: None,
            explained: None,
            failed: None,
            failed_until: None,
            stuck: None,
            stuck_until: None,
        }
    }

    /// Compares what there is with what is expected.
    pub fn look(&mut self, look: Look<'_>) -> Seen {
        let mut changes = Vec::new();
        self.take_back(look.now, &mut changes);
        let missed = self.look_for_missed(look, &mut changes);
        let stuck = self.look_for_stuck(look, &mut changes);
        self.look_for_failed(look, &mut changes);
        Seen {
            changes,
            next_look: missed.into_iter().chain(stuck).min(),
        }
    }

    /// Takes back what was seen by a clock that was ahead and is not any more, or else nothing would be expected until
    /// that time comes.
    fn take_back(&mut self, now: OffsetDateTime, changes: &mut Vec<IncidentChange>) {
        let is_ahead = |time: OffsetDateTime| time > now + WorkflowState::APART;
        for time in [&mut self.since, &mut self.settled] {
            if is_ahead(*time) {
                *time = now;
            }
        }
        for time in [&mut self.failed_until, &mut self.stuck_until] {
            if time.is_some_and(is_ahead) {
                *time = Some(now);
            }
        }
        let missed = self.missed.take_if(|missed| is_ahead(missed.expected_at()));
        let missed = missed.map(|missed| missed.incident);
        let stuck = self
            .stuck
            .take_if(|stuck| is_ahead(stuck.incident.began_at));
        let stuck = stuck.map(|stuck| stuck.incident);
        for mut incident in missed.into_iter().chain(stuck) {
            incident.end(now, "the clock of the server was set back");
            changes.push(incident.changed(crate::IncidentNews::Ended));
        }
    }

    /// Ends all that is open, since nothing is expected any more.
    pub fn end(&mut self, now: OffsetDateTime, because: &str) -> Vec<IncidentChange> {
        let missed = self.missed.take().map(|missed| missed.incident);
        let stuck = self.stuck.take().map(|stuck| stuck.incident);
        let open = [missed, self.failed.take(), stuck].into_iter().flatten();
        open.map(|mut incident| {
            incident.end(now, because);
            incident.changed(crate::IncidentNews::Ended)
        })
        .collect()
    }

    /// The incidents that last, of which there is at most one of a kind.
    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        let missed = self.missed.as_ref().map(|missed| &missed.incident);
        let stuck = self.stuck.as_ref().map(|stuck| &stuck.incident);
        [missed, self.failed.as_ref(), stuck].into_iter().flatten()
    }

    /// How the workflow stands.
    pub fn standing(&self, state: &WorkflowState) -> Standing {
        let is_running = state.last_run().is_some_and(|run| run.end().is_none());
        match self {
            Self { stuck: Some(_), .. } => Standing::Stuck,
            Self {
                failed: Some(_), ..
            } => Standing::Failing,
            Self {
                missed: Some(_), ..
            } => Standing::Late,
            _ if is_running => Standing::Running,
            _ => Standing::Ok,
        }
    }
}
