use crate::{
    Content, Document, DocumentKind, IncidentChange, IncidentNews, Look, Monitor, Watch,
    WorkflowError, WorkflowName, WorkflowState, Write,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use time::{OffsetDateTime, serde::timestamp::milliseconds};

/// A monitor as it is kept: with how far it was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// What is expected.
    pub monitor: Monitor,
    /// When that was set.
    pub set_at: OffsetDateTime,
    /// Until when nobody is sent a message.
    pub silenced_until: Option<OffsetDateTime>,
    /// How far it was looked at.
    pub watch: Watch,
    /// What nobody was sent a message about, since it is silenced.
    held: Vec<IncidentChange>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    monitor: Map<String, Value>,
    #[serde(with = "milliseconds")]
    set_at: OffsetDateTime,
    #[serde(with = "milliseconds::option")]
    silenced_until: Option<OffsetDateTime>,
    watch: Watch,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    held: Vec<IncidentChange>,
}

impl Watched {
    /// A monitor that was set at `now`.
    pub fn new(monitor: Monitor, now: OffsetDateTime) -> Self {
        Self {
            monitor,
            set_at: now,
            silenced_until: None,
            watch: Watch::since(now),
            held: Vec::new(),
        }
    }

    /// Reads what is kept.
    ///
    /// # Errors
    /// When the document cannot be read.
    pub fn read(document: &Document) -> Result<Self, WorkflowError> {
        let unreadable = |reason: String| WorkflowError::Unreadable {
            key: document.key.clone(),
            reason,
        };
        let kept: Kept =
            serde_json::from_str(&document.body).map_err(|error| unreadable(error.to_string()))?;
        let monitor = Monitor::of_members(&kept.monitor);
        Ok(Self {
            monitor: monitor.map_err(|faults| unreadable(faults.to_string()))?,
            set_at: kept.set_at,
            silenced_until: kept.silenced_until,
            watch: kept.watch,
            held: kept.held,
        })
    }

    /// Whether messages about it are held back.
    pub fn is_silent(&self, now: OffsetDateTime) -> bool {
        self.silenced_until.is_some_and(|until| now < until)
    }

    /// Of what has changed, what somebody is to be sent a message about now: nothing while it is silenced, and
    /// then what still holds of it.
    pub fn to_tell(
        &mut self,
        changes: &[IncidentChange],
        now: OffsetDateTime,
    ) -> Vec<IncidentChange> {
        let changes = changes.iter();
        let changes = changes.filter(|change| change.news != IncidentNews::Explained);
        for change in changes {
            let began = |held: &IncidentChange| {
                held.incident.id == change.incident.id && held.news == IncidentNews::Began
            };
            match self.held.iter().position(began) {
                // It is over, and nobody heard of it.
                Some(index) if change.news == IncidentNews::Ended => drop(self.held.remove(index)),
                _ => self.held.push(change.clone()),
            }
        }
        match self.is_silent(now) {
            true => Vec::new(),
            false => std::mem::take(&mut self.held),
        }
    }

    /// Expects nothing while nobody of the client has a key that is accepted: ends what is open, and begins
    /// anew. Returns what has changed.
    pub fn rest(&mut self, now: OffsetDateTime) -> Vec<IncidentChange> {
        let changes = self
            .watch
            .end(now, "no key of the client is accepted any more");
        self.watch = Watch::since(now);
        self.held.clear();
        changes
    }

    /// Compares what there is with what is expected, and returns what has changed, and when to look again.
    pub fn look(
        &mut self,
        name: &WorkflowName,
        state: &WorkflowState,
        now: OffsetDateTime,
        blind_until: Option<OffsetDateTime>,
    ) -> (Vec<IncidentChange>, Option<OffsetDateTime>) {
        let mut state = Cow::Borrowed(state);
        if state.is_ahead(now) {
            state.to_mut().forget_ahead(now);
        }
        let blind_until = blind_until.max(state.spool_until());
        let blind_until = blind_until.filter(|until| now < *until);
        let seen = self.watch.look(Look {
            name,
            monitor: &self.monitor,
            state: &state,
            now,
            is_blind: blind_until.is_some(),
        });
        let silent_until = self.silenced_until.filter(|until| now < *until);
        let others = blind_until.into_iter().chain(silent_until);
        (seen.changes, seen.next_look.into_iter().chain(others).min())
    }

    /// The write that keeps it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        &self,
        key: String,
        read: Option<&Document>,
        due_at: Option<OffsetDateTime>,
    ) -> Result<Write, WorkflowError> {
        let kept = Kept {
            monitor: self.monitor.members(),
            set_at: self.set_at,
            silenced_until: self.silenced_until,
            watch: self.watch.clone(),
            held: self.held.clone(),
        };
        let body = to_text(&kept)?;
        let content = Content { body, due_at };
        Ok(Write::put(DocumentKind::Monitor, key, read, content))
    }
}

impl WorkflowState {
    /// Reads what is kept.
    ///
    /// # Errors
    /// When the document cannot be read.
    pub fn read(document: Option<&Document>) -> Result<Self, WorkflowError> {
        document.map_or(Ok(Self::default()), from_text)
    }

    /// The write that keeps it for the [time](Self::KEPT) after which nothing is known of a workflow that does
    /// not run any more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(
        &self,
        key: String,
        read: Option<&Document>,
        now: OffsetDateTime,
    ) -> Result<Write, WorkflowError> {
        let content = Content {
            body: to_text(self)?,
            due_at: Some(now + Self::KEPT),
        };
        Ok(Write::put(DocumentKind::State, key, read, content))
    }
}

pub(crate) fn to_text(value: &impl Serialize) -> Result<String, WorkflowError> {
    serde_json::to_string(value).map_err(WorkflowError::Unwritable)
}

pub(crate) fn from_text<T: serde::de::DeserializeOwned>(
    document: &Document,
) -> Result<T, WorkflowError> {
    serde_json::from_str(&document.body).map_err(|error| WorkflowError::Unreadable {
        key: document.key.clone(),
        reason: error.to_string(),
    })
}
