use super::{LogEntry, LogField, LogId};
use central_logger_keys::ClientId;
use serde::{Serialize, Serializer, ser::Error};
use serde_json::value::RawValue;
use time::OffsetDateTime;

/// An entry as a store has it.
///
/// As JSON it is one flat object: the server's members, the entry's, then every further member as
/// it was sent, its name in its own spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLog {
    /// Its id.
    pub id: LogId,
    /// The client that it belongs to.
    pub client_id: ClientId,
    /// The time at which the server received it, in UTC and whole milliseconds.
    pub received_at: OffsetDateTime,
    /// The environment in which the workflow ran.
    pub environment: String,
    /// The time at which it ran, as it was sent.
    pub executed_at: String,
    /// The status with which it ended.
    pub status: String,
    /// The name of the workflow.
    pub workflow: Option<String>,
    /// A message.
    pub message: Option<String>,
    /// The sender's name for the event.
    pub event_id: Option<String>,
    /// All attributes, as the JSON text of an object.
    pub extra: Option<String>,
}

/// The fields of an entry that decide whether a search asks for it, as they lie in a store.
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

impl<'a> Candidate<'a> {
    /// Returns the value of a field; none when the entry has no workflow.
    pub fn field(&self, field: LogField) -> Option<&'a str> {
        match field {
            LogField::Status => Some(self.status),
            LogField::Environment => Some(self.environment),
            LogField::Workflow => self.workflow,
        }
    }
}

impl StoredLog {
    /// Returns the form in which `entry` is kept for `client`.
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

    /// Returns the fields that decide whether a search asks for it.
    pub fn candidate(&self) -> Candidate<'_> {
        Candidate {
            environment: &self.environment,
            status: &self.status,
            workflow: self.workflow.as_deref(),
            message: self.message.as_deref(),
            extra: self.extra.as_deref(),
        }
    }

    /// Returns it as JSON on one line. Further members stand as they were sent, perhaps on several lines; outside of its
    /// strings, where there are no line ends, JSON takes a space as well.
    ///
    /// # Errors
    /// When its time cannot be written.
    pub fn json_line(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = Vec::new();
        self.write_json_line(&mut line)?;
        Ok(line)
    }

    /// Adds it to `to` as [`json_line`](Self::json_line) returns it. Further members were checked when they came, so they
    /// are not read again.
    ///
    /// # Errors
    /// As [`json_line`](Self::json_line).
    pub fn write_json_line(&self, to: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(&mut *to, &self.known())?;
        if let Some(further) = self.further() {
            to.pop();
            to.push(b',');
            let on_one_line = further.bytes().map(|byte| match byte {
                b'\n' | b'\r' => b' ',
                byte => byte,
            });
            to.extend(on_one_line);
        }
        Ok(())
    }

    fn known(&self) -> Known<'_> {
        Known {
            id: &self.id,
            client_id: &self.client_id,
            received_at: self.received_at,
            environment: &self.environment,
            executed_at: &self.executed_at,
            status: &self.status,
            workflow: self.workflow.as_deref(),
            message: self.message.as_deref(),
            event_id: self.event_id.as_deref(),
        }
    }

    /// The attributes, but for the brace that opens them.
    fn further(&self) -> Option<&str> {
        let extra = self.extra.as_deref();
        extra.and_then(|extra| extra.strip_prefix('{'))
    }

    /// Returns how long its texts are together, in bytes.
    pub(crate) fn text_len(&self) -> usize {
        let optional = [&self.workflow, &self.message, &self.event_id, &self.extra];
        let lengths = optional.into_iter().flatten().map(String::len);
        self.environment.len() + self.executed_at.len() + self.status.len() + lengths.sum::<usize>()
    }
}

/// All members but the attributes.
#[derive(Serialize)]
struct Known<'a> {
    id: &'a LogId,
    client_id: &'a ClientId,
    #[serde(with = "time::serde::rfc3339")]
    received_at: OffsetDateTime,
    environment: &'a str,
    executed_at: &'a str,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<&'a str>,
}

impl Serialize for StoredLog {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let known = self.known();
        let Some(further) = self.further() else {
            return known.serialize(to);
        };
        let mut json = serde_json::to_string(&known).map_err(S::Error::custom)?;
        json.pop();
        json.push(',');
        json.push_str(further);
        // A serializer takes no member's name but as a text, which would lose its spelling.
        let json = RawValue::from_string(json).map_err(S::Error::custom)?;
        json.serialize(to)
    }
}
