use crate::{Observation, phase::Phase};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, serde::timestamp::milliseconds};
use uuid::Uuid;

/// A run of a workflow, as far as its entries tell. Entries may come in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The id that its entries share, if they have one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub run_id: Option<String>,
    /// The time of its first entry.
    #[serde(with = "milliseconds")]
    pub started_at: OffsetDateTime,
    /// Its first entry.
    pub first: Uuid,
    /// The status of its first entry.
    pub first_status: String,
    /// The time at which the first of its entries to arrive was received.
    #[serde(with = "milliseconds")]
    pub reported_at: OffsetDateTime,
    /// Whether an entry said that it begins. Then lines of a log are not its end.
    begun: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ended: Option<RunEnd>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    line: Option<RunEnd>,
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEnd {
    /// The entry that says so.
    pub entry: Uuid,
    /// Its time.
    #[serde(with = "milliseconds")]
    pub at: OffsetDateTime,
    /// Its status.
    pub status: String,
    /// Whether the run has failed.
    pub failed: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    duration_ms: Option<u64>,
}

impl Run {
    /// The run of one entry.
    pub(crate) fn new(observed: Observation, failed: &[String]) -> Self {
        let mut run = Self {
            run_id: observed.run_id.clone(),
            started_at: observed.executed_at,
            first: observed.entry,
            first_status: observed.status.clone(),
            reported_at: observed.received_at,
            begun: false,
            ended: None,
            line: None,
        };
        run.add(observed, failed);
        run
    }

    /// Adds an entry.
    pub(crate) fn add(&mut self, observed: Observation, failed: &[String]) {
        if (observed.executed_at, observed.entry) < (self.started_at, self.first) {
            self.started_at = observed.executed_at;
            self.first = observed.entry;
            self.first_status = observed.status.clone();
        }
        self.reported_at = self.reported_at.min(observed.received_at);
        let phase = Phase::of(&observed.status, failed);
        let last = match phase {
            Phase::Begun => {
                self.begun = true;
                return;
            }
            Phase::Line => &mut self.line,
            Phase::Ended { .. } => &mut self.ended,
        };
        let is_later =
            |last: &RunEnd| (observed.executed_at, observed.entry) > (last.at, last.entry);
        if last.as_ref().is_none_or(is_later) {
            *last = Some(RunEnd {
                entry: observed.entry,
                at: observed.executed_at,
                status: observed.status,
                failed: phase == Phase::Ended { failed: true },
                duration_ms: observed.duration_ms,
            });
        }
    }

    /// How it ended, if it did.
    pub fn end(&self) -> Option<&RunEnd> {
        let line = self.line.as_ref().filter(|_| !self.begun);
        self.ended.as_ref().or(line)
    }

    /// How long it took, in milliseconds: what its end says, or else the time between its first entry and
    /// its end. An entry that is a run by itself has only what it says.
    pub fn duration_ms(&self) -> Option<u64> {
        let end = self.end()?;
        let between = || u64::try_from((end.at - self.started_at).whole_milliseconds()).ok();
        let between = || between().filter(|_| end.entry != self.first);
        end.duration_ms.or_else(between)
    }

    /// Its status now.
    pub fn status(&self) -> &str {
        self.end().map_or(&self.first_status, |end| &end.status)
    }

    /// A text that no other run of the workflow has.
    pub(crate) fn key(&self) -> String {
        self.run_id
            .clone()
            .unwrap_or_else(|| self.first.to_string())
    }
}
