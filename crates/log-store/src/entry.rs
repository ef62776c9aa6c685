use crate::{ExecutedAt, Fault, Faults, LogId, Place, members::Members, scan};
use central_logger_keys::ClientId;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use time::OffsetDateTime;

/// One log of a workflow run, checked. [`Submission::parse`](crate::Submission::parse) makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    id: LogId,
    environment: String,
    executed_at: ExecutedAt,
    status: String,
    workflow: Option<String>,
    message: Option<String>,
    event_id: Option<String>,
    extra: Option<String>,
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

    /// Takes the JSON text of one entry.
    pub(crate) fn parse(
        json: &str,
        client: &ClientId,
        now: OffsetDateTime,
    ) -> Result<Self, Faults> {
        if json.len() > Self::MAX_SIZE {
            return Err(Fault::new("", "an entry has at most 256 KiB").into());
        }
        let Ok(Members(members)) = serde_json::from_str(json) else {
            return Err(Fault::new("", "an entry is a JSON object").into());
        };
        if let Err(found) = scan::check(json) {
            return Err(Fault::new("", format!("an entry {found}")).into());
        }
        let mut draft = Draft::default();
        for (name, value) in members {
            draft.take(name, value, client, now);
        }
        draft.finish()
    }

    /// About how many bytes it takes, in memory and in a store.
    pub fn weight(&self) -> usize {
        /// What a row and its place in an index take beside the texts.
        const ROW: usize = 256;
        let texts = [&self.workflow, &self.message, &self.event_id, &self.extra];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        ROW + self.environment.len() + self.status.len() + texts
    }

    /// How long its texts are together, in bytes, as they are stored: the time as it was sent, and further
    /// members as JSON.
    pub fn text_len(&self) -> usize {
        let optional = [&self.workflow, &self.message, &self.event_id, &self.extra];
        let optional: usize = optional.into_iter().flatten().map(String::len).sum();
        self.environment.len() + self.executed_at.as_str().len() + self.status.len() + optional
    }

    /// Its name: from the event id, if there is one, else from its place, which is the first of all
    /// until it is [given](Self::place) one.
    pub fn id(&self) -> LogId {
        self.id
    }

    /// Gives it its place, unless it has an event id. The [`Ingestor`](crate::Ingestor) does so before
    /// it is stored.
    pub fn place(&mut self, place: Place) {
        if self.event_id.is_none() {
            self.id = LogId::at_place(self.executed_at.unix_us(), place);
        }
    }

    /// Where the workflow ran, such as `production`: 1 to 64 characters.
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// When it ran.
    pub fn executed_at(&self) -> &ExecutedAt {
        &self.executed_at
    }

    /// How it ended, such as `SUCCESS`: 1 to 64 characters.
    pub fn status(&self) -> &str {
        &self.status
    }

    /// Which workflow: up to 256 characters.
    pub fn workflow(&self) -> Option<&str> {
        self.workflow.as_deref()
    }

    /// A message: up to 64 KiB.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The sender's name for the event: 1 to 128 visible ASCII characters.
    pub fn event_id(&self) -> Option<&str> {
        self.event_id.as_deref()
    }

    /// All further members as the JSON text of an object, each in its own spelling and order.
    pub fn extra(&self) -> Option<&str> {
        self.extra.as_deref()
    }
}

#[derive(Default)]
struct Draft {
    seen: Vec<&'static str>,
    environment: Option<String>,
    executed_at: Option<ExecutedAt>,
    status: Option<String>,
    workflow: Option<String>,
    message: Option<String>,
    event_id: Option<String>,
    extra: String,
    faults: Faults,
}

impl Draft {
    fn take(&mut self, name: &RawValue, value: &RawValue, client: &ClientId, now: OffsetDateTime) {
        // A name that cannot be decoded was refused by the scan.
        let decoded = text(name).unwrap_or_default();
        match &*decoded {
            "environment" => self.environment = self.required("environment", value, label),
            "status" => self.status = self.required("status", value, label),
            "executed_at" => {
                let parse = |text: &str| {
                    ExecutedAt::parse(text, now).map_err(|invalid| invalid.to_string())
                };
                self.executed_at = self.required("executed_at", value, parse);
            }
            "workflow" => self.workflow = self.optional("workflow", value, workflow),
            "message" => self.message = self.optional("message", value, message),
            "event_id" => self.event_id = self.optional("event_id", value, event_id),
            "client_id" => {
                if text(value).as_deref() != Some(client.as_str()) {
                    self.fault(
                        "client_id",
                        "is not the client of this API key: leave it out",
                    );
                }
            }
            "id" => self.fault("id", "is the server's: leave it out (event_id is yours)"),
            "received_at" => self.fault("received_at", "is the server's: leave it out"),
            _ => {
                self.extra
                    .push(if self.extra.is_empty() { '{' } else { ',' });
                self.extra.push_str(name.get());
                self.extra.push(':');
                self.extra.push_str(value.get());
            }
        }
    }

    fn required<T>(
        &mut self,
        field: &'static str,
        value: &RawValue,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.seen.contains(&field) {
            self.fault(field, "is given twice");
            return None;
        }
        self.seen.push(field);
        let Some(text) = text(value) else {
            self.fault(field, "must be a string");
            return None;
        };
        match parse(&text) {
            Ok(value) => Some(value),
            Err(message) => {
                self.fault(field, &message);
                None
            }
        }
    }

    /// Of an optional member, `null` is the same as nothing.
    fn optional<T>(
        &mut self,
        field: &'static str,
        value: &RawValue,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if value.get() == "null" {
            return None;
        }
        self.required(field, value, parse)
    }

    fn fault(&mut self, field: &str, message: &str) {
        self.faults.push(Fault::new(field, message));
    }

    fn finish(mut self) -> Result<LogEntry, Faults> {
        for field in ["environment", "executed_at", "status"] {
            if !self.seen.contains(&field) {
                self.fault(field, "is required");
            }
        }
        let (Some(environment), Some(executed_at), Some(status), true) = (
            self.environment,
            self.executed_at,
            self.status,
            self.faults.is_empty(),
        ) else {
            return Err(self.faults);
        };
        let id = match &self.event_id {
            Some(event_id) => LogId::of_event(executed_at.unix_us(), event_id),
            None => LogId::at_place(executed_at.unix_us(), Place::FIRST),
        };
        let extra = (!self.extra.is_empty()).then(|| self.extra + "}");
        Ok(LogEntry {
            id,
            environment,
            executed_at,
            status,
            workflow: self.workflow,
            message: self.message,
            event_id: self.event_id,
            extra,
        })
    }
}

fn text(json: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

    let Borrowed(text) = serde_json::from_str(json.get()).ok()?;
    Some(text)
}

fn label(text: &str) -> Result<String, String> {
    const MAX: usize = LogEntry::MAX_LABEL;
    match text.chars().count() {
        1..=MAX => Ok(text.to_owned()),
        _ => Err(format!("must have 1 to {MAX} characters")),
    }
}

fn workflow(text: &str) -> Result<String, String> {
    const MAX: usize = LogEntry::MAX_WORKFLOW;
    match text.chars().count() {
        0..=MAX => Ok(text.to_owned()),
        _ => Err(format!("must have at most {MAX} characters")),
    }
}

fn message(text: &str) -> Result<String, String> {
    match text.len() {
        0..=LogEntry::MAX_MESSAGE => Ok(text.to_owned()),
        _ => Err("must have at most 64 KiB".to_owned()),
    }
}

fn event_id(text: &str) -> Result<String, String> {
    const MAX: usize = LogEntry::MAX_EVENT_ID;
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    match text.len() {
        1..=MAX if is_visible => Ok(text.to_owned()),
        _ => Err(format!("must have 1 to {MAX} visible ASCII characters")),
    }
}
