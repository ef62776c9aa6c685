use super::{ExecutedAt, LogEntryBuilder, LogId, Place};
use time::OffsetDateTime;

/// One log of a workflow run, checked. [`LogEntryBuilder`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    pub(super) id: LogId,
    pub(super) environment: String,
    pub(super) executed_at: ExecutedAt,
    pub(super) status: String,
    pub(super) workflow: Option<String>,
    pub(super) message: Option<String>,
    pub(super) event_id: Option<String>,
    pub(super) extra: Option<String>,
}

impl LogEntry {
    /// The largest entry, in bytes of its JSON text.
    pub const MAX_SIZE: usize = 256 * 1024;
    /// The longest environment and status, in characters.
    pub const MAX_LABEL: usize = 64;
    /// The longest workflow name, in characters.
    pub const MAX_WORKFLOW: usize = 256;
    /// The longest message, in bytes.
    pub const MAX_MESSAGE: usize = 64 * 1024;
    /// The longest event id, in characters.
    pub const MAX_EVENT_ID: usize = 128;

    /// The names of the fields of an entry. No attribute can have one of them.
    pub const FIELDS: [&str; 9] = [
        "id",
        "client_id",
        "received_at",
        "environment",
        "executed_at",
        "status",
        "workflow",
        "message",
        "event_id",
    ];

    pub(crate) const TOO_LARGE: &str = "an entry has at most 256 KiB";

    /// Returns a builder for an entry that is received at `now`.
    pub fn builder(now: OffsetDateTime) -> LogEntryBuilder {
        LogEntryBuilder::new(now)
    }

    /// Returns about how many bytes it takes, in memory and in a store.
    pub fn weight(&self) -> usize {
        /// The size of a row and its place in an index beside the texts.
        const ROW: usize = 256;
        let texts = [&self.workflow, &self.message, &self.event_id, &self.extra];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        ROW + self.environment.len() + self.status.len() + texts
    }

    /// Returns how long its texts are together, in bytes, as they are stored: the time as it was sent,
    /// and attributes as JSON.
    pub fn text_len(&self) -> usize {
        let optional = [&self.workflow, &self.message, &self.event_id, &self.extra];
        let optional: usize = optional.into_iter().flatten().map(String::len).sum();
        self.environment.len() + self.executed_at.as_str().len() + self.status.len() + optional
    }

    /// Returns its id: from the event id, if there is one, else from its place, which is the first of all
    /// until it is [given](Self::place) one.
    pub fn id(&self) -> LogId {
        self.id
    }

    /// Gives it its place, unless it has an event id. The `Ingestor` does so before
    /// it is stored.
    pub fn place(&mut self, place: Place) {
        if self.event_id.is_none() {
            self.id = LogId::at_place(self.executed_at.unix_us(), place);
        }
    }

    /// Gives it another time, and so another id: that of the same event at that time.
    pub fn move_to(&mut self, executed_at: ExecutedAt) {
        self.id = self.id.moved_to(executed_at.unix_us());
        self.executed_at = executed_at;
    }

    /// Returns where the workflow ran, such as `production`: 1 to 64 characters.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// Returns when it ran.
    pub fn executed_at(&self) -> &ExecutedAt {
        &self.executed_at
    }

    /// Returns how it ended, such as `SUCCESS`: 1 to 64 characters.
    pub fn status(&self) -> &str {
        &self.status
    }

    /// Returns which workflow ran: up to 256 characters.
    pub fn workflow(&self) -> Option<&str> {
        self.workflow.as_deref()
    }

    /// Returns the message: up to 64 KiB.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Returns the sender's name for the event: 1 to 128 visible ASCII characters.
    pub fn event_id(&self) -> Option<&str> {
        self.event_id.as_deref()
    }

    /// Returns all attributes as the JSON text of an object, each in its own spelling and order.
    pub fn extra(&self) -> Option<&str> {
        self.extra.as_deref()
    }
}
