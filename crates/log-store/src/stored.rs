use crate::{LogEntry, LogId, members::Members};
use central_logger_keys::ClientId;
use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeMap},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// An entry as a store has it.
///
/// As JSON it is one flat object: the server's members, the entry's, then every further member as
/// it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLog {
    /// Its name.
    pub id: LogId,
    /// Whose it is.
    pub client_id: ClientId,
    /// When the server took it in, in UTC and whole milliseconds.
    pub received_at: OffsetDateTime,
    /// Where the workflow ran.
    pub environment: String,
    /// When it ran, as it was sent.
    pub executed_at: String,
    /// How it ended.
    pub status: String,
    /// Which workflow.
    pub workflow: Option<String>,
    /// A message.
    pub message: Option<String>,
    /// The sender's name for the event.
    pub event_id: Option<String>,
    /// All further members, as the JSON text of an object.
    pub extra: Option<String>,
}

/// What of an entry decides whether it is asked for, as it lies in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// As of a [`StoredLog`].
    pub environment: &'a str,
    /// As of a [`StoredLog`].
    pub status: &'a str,
    /// As of a [`StoredLog`].
    pub workflow: Option<&'a str>,
    /// As of a [`StoredLog`].
    pub message: Option<&'a str>,
    /// As of a [`StoredLog`].
    pub extra: Option<&'a str>,
}

impl StoredLog {
    /// The form in which `entry` is kept for `client`.
    pub fn new(client: &ClientId, received_at: OffsetDateTime, entry: &LogEntry) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            id: entry.id(),
            client_id: client.clone(),
            received_at,
            environment: entry.environment().to_owned(),
            executed_at: entry.executed_at().as_str().to_owned(),
            status: entry.status().to_owned(),
            workflow: owned(entry.workflow()),
            message: owned(entry.message()),
            event_id: owned(entry.event_id()),
            extra: owned(entry.extra()),
        }
    }

    /// What decides whether it is asked for.
    pub fn candidate(&self) -> Candidate<'_> {
        Candidate {
            environment: &self.environment,
            status: &self.status,
            workflow: self.workflow.as_deref(),
            message: self.message.as_deref(),
            extra: self.extra.as_deref(),
        }
    }

    /// How long its texts are together, in bytes.
    pub(crate) fn text_len(&self) -> usize {
        let optional = [&self.workflow, &self.message, &self.event_id, &self.extra];
        let lengths = optional.into_iter().flatten().map(String::len);
        self.environment.len() + self.executed_at.len() + self.status.len() + lengths.sum::<usize>()
    }
}

impl Serialize for StoredLog {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let received_at = self
            .received_at
            .format(&Rfc3339)
            .map_err(S::Error::custom)?;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("client_id", &self.client_id)?;
        map.serialize_entry("received_at", &received_at)?;
        map.serialize_entry("environment", &self.environment)?;
        map.serialize_entry("executed_at", &self.executed_at)?;
        map.serialize_entry("status", &self.status)?;
        let optional = [
            ("workflow", &self.workflow),
            ("message", &self.message),
            ("event_id", &self.event_id),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                map.serialize_entry(name, value)?;
            }
        }
        if let Some(extra) = &self.extra {
            let Members(members) = serde_json::from_str(extra).map_err(S::Error::custom)?;
            for (name, value) in members {
                let name: String = serde_json::from_str(name.get()).map_err(S::Error::custom)?;
                map.serialize_entry(&name, value)?;
            }
        }
        map.end()
    }
}
