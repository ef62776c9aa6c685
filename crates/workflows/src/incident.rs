use crate::WorkflowName;
use central_logger_log_store::LogId;
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Something that went wrong with a workflow: one for an episode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its id, which follows from what it is about and when it began: the same on each server. Ids are in the
    /// order of time.
    pub id: Uuid,
    /// What went wrong.
    pub kind: IncidentKind,
    /// The workflow.
    pub workflow: String,
    /// Where it runs.
    pub environment: String,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub began_at: OffsetDateTime,
    /// When it ended, if it has.
    #[serde(with = "time::serde::rfc3339::option")]
    pub ended_at: Option<OffsetDateTime>,
    /// What was seen, for people.
    pub evidence: String,
    /// The entry that shows it, if one does.
    pub entry_id: Option<Uuid>,
}

/// What can go wrong with a workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// A run that was expected did not start.
    RunMissed,
    /// So many runs in a row failed as the monitor allows.
    RunFailed,
    /// A run takes longer than the monitor allows.
    RunStuck,
}

/// An incident that has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentChange {
    /// As it is now.
    pub incident: Incident,
    /// What has happened to it.
    pub news: IncidentNews,
}

/// What has happened to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentNews {
    /// It is new.
    Began,
    /// It has ended.
    Ended,
    /// More is known of it, which is no reason for a message.
    Explained,
}

impl Incident {
    /// How long an incident that has ended is kept.
    pub const KEPT: Duration = Duration::days(400);

    pub(crate) fn new(
        kind: IncidentKind,
        name: &WorkflowName,
        began_at: OffsetDateTime,
        evidence: String,
    ) -> Self {
        let WorkflowName {
            environment,
            workflow,
        } = name.clone();
        let subject = format!("{}\0{environment}\0{workflow}", kind.as_str());
        let began = u64::try_from(began_at.unix_timestamp_nanos() / 1000).unwrap_or(0);
        Self {
            id: *LogId::of_event(began, &subject).as_uuid(),
            kind,
            workflow,
            environment,
            began_at,
            ended_at: None,
            evidence,
            entry_id: None,
        }
    }

    /// Ends it, not before it began.
    pub(crate) fn end(&mut self, at: OffsetDateTime, because: &str) {
        self.ended_at = Some(at.max(self.began_at));
        self.evidence = format!("{}; {because}", self.evidence);
    }

    pub(crate) fn changed(&self, news: IncidentNews) -> IncidentChange {
        IncidentChange {
            incident: self.clone(),
            news,
        }
    }
}

impl IncidentKind {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::RunMissed, Self::RunFailed, Self::RunStuck];

    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RunMissed => "run_missed",
            Self::RunFailed => "run_failed",
            Self::RunStuck => "run_stuck",
        }
    }
}
