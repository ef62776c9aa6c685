use super::{EventDigest, ExecutedAt, LogEntry, LogId, Place, json_object::JsonObject};
use crate::validation::{ValidationError, ValidationErrors};
use serde::Serialize;
use std::{borrow::Cow, mem};
use time::OffsetDateTime;

/// Makes a [`LogEntry`] out of its fields, whatever form they came in, and checks them: every entry is
/// made here. Errors are collected, so that [`build`](Self::build) names all fields that are wrong.
///
/// # Examples
///
/// ```
/// use central_logger_log_store::LogEntry;
/// use std::collections::BTreeMap;
/// use time::OffsetDateTime;
///
/// let mut entry = LogEntry::builder(OffsetDateTime::now_utc());
/// entry
///     .environment("production")
///     .executed_at_unix_ns(1_766_572_200_250_000_000)
///     .status("ERROR")
///     .message("disk full")
///     .attribute("host", "db-1")
///     .attribute("disk", &BTreeMap::from([("free", 0), ("total", 512)]));
/// let entry = entry.build()?;
/// assert_eq!(entry.executed_at().as_str(), "2025-12-24T10:30:00.25Z");
/// assert_eq!(entry.extra(), Some(r#"{"host":"db-1","disk":{"free":0,"total":512}}"#));
///
/// let mut entry = LogEntry::builder(OffsetDateTime::now_utc());
/// entry.environment("production").status("");
/// let errors = entry.build().unwrap_err();
/// let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
/// assert_eq!(fields, ["status", "executed_at"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LogEntryBuilder {
    now: OffsetDateTime,
    given: [bool; Field::COUNT],
    environment: Option<String>,
    executed_at: Option<ExecutedAt>,
    status: Option<String>,
    workflow: Option<String>,
    message: Option<String>,
    event_id: Option<String>,
    event: Option<EventDigest>,
    extra: JsonObject,
    errors: ValidationErrors,
}

/// The fields that an entry has beside its attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Environment,
    ExecutedAt,
    Status,
    Workflow,
    Message,
    EventId,
}

impl LogEntryBuilder {
    /// Returns a builder for an entry that is received at `now`.
    pub(super) fn new(now: OffsetDateTime) -> Self {
        Self {
            now,
            given: [false; Field::COUNT],
            environment: None,
            executed_at: None,
            status: None,
            workflow: None,
            message: None,
            event_id: None,
            event: None,
            extra: JsonObject::default(),
            errors: ValidationErrors::default(),
        }
    }

    /// Sets where the workflow ran: 1 to 64 characters. Required.
    pub fn environment<'a>(&mut self, text: impl Into<Cow<'a, str>>) -> &mut Self {
        self.text(Field::Environment, text.into())
    }

    /// Sets when it ran, as an RFC 3339 time that is kept as it is written. Required, or else
    /// [`executed_at_unix_ns`](Self::executed_at_unix_ns).
    pub fn executed_at<'a>(&mut self, text: impl Into<Cow<'a, str>>) -> &mut Self {
        self.text(Field::ExecutedAt, text.into())
    }

    /// Sets when it ran, in Unix nanoseconds. It is kept as an RFC 3339 time in UTC.
    pub fn executed_at_unix_ns(&mut self, unix_ns: u64) -> &mut Self {
        let time = ExecutedAt::from_unix_ns(unix_ns, self.now);
        self.executed_at = self.take(Field::ExecutedAt, time.map_err(|error| error.to_string()));
        self
    }

    /// Sets how it ended, such as `SUCCESS`: 1 to 64 characters. Required.
    pub fn status<'a>(&mut self, text: impl Into<Cow<'a, str>>) -> &mut Self {
        self.text(Field::Status, text.into())
    }

    /// Sets which workflow ran: up to 256 characters.
    pub fn workflow<'a>(&mut self, text: impl Into<Cow<'a, str>>) -> &mut Self {
        self.text(Field::Workflow, text.into())
    }

    /// Sets a message: up to 64 KiB.
    pub fn message<'a>(&mut self, text: impl Into<Cow<'a, str>>) -> &mut Self {
        self.text(Field::Message, text.into())
    }

    /// Sets the sender's name for the event: 1 to 128 visible ASCII characters. A repeated event is
    /// stored once.
    pub fn event_id<'a>(&mut self, text: impl Into<Cow<'a, str>>) -> &mut Self {
        self.text(Field::EventId, text.into())
    }

    /// As [`event_id`](Self::event_id), of an event that is told from others by `digest` and not by the id
    /// alone.
    pub fn event<'a>(
        &mut self,
        event_id: impl Into<Cow<'a, str>>,
        digest: EventDigest,
    ) -> &mut Self {
        self.event = Some(digest);
        self.event_id(event_id)
    }

    /// Adds an attribute behind those that were added before. Its name must be none of
    /// [`LogEntry::FIELDS`]; a [`RawValue`](serde_json::value::RawValue) is kept as it is written.
    pub fn attribute<V: Serialize + ?Sized>(&mut self, name: &str, value: &V) -> &mut Self {
        if Field::named(name).is_some() {
            return self.error(name, "is a field of its own and no attribute");
        }
        if let Some(why) = of_server(name) {
            return self.error(name, why);
        }
        if let Err(found) = self.extra.push(name, value) {
            self.error("", &found);
        }
        self
    }

    /// Returns how long the attributes are that were added, in bytes of JSON: what was written also for an entry
    /// that is then refused.
    pub fn attributes_len(&self) -> usize {
        self.extra.len()
    }

    /// Adds an attribute in JSON that was checked, and whose name is `name` when it is decoded.
    pub(crate) fn checked_attribute(
        &mut self,
        name: &str,
        written: &str,
        value: &str,
    ) -> &mut Self {
        if let Some(why) = of_server(name) {
            return self.error(name, why);
        }
        self.extra.push_checked(written, value);
        self
    }

    fn text(&mut self, field: Field, text: Cow<'_, str>) -> &mut Self {
        match text.contains('\0') {
            true => self.refuse(field, "must not contain a NUL character"),
            false => self.checked_text(field, text),
        }
    }

    /// Sets a field to a text without NUL characters.
    pub(crate) fn checked_text(&mut self, field: Field, text: Cow<'_, str>) -> &mut Self {
        match field {
            Field::Environment => self.environment = self.take(field, label(text)),
            Field::ExecutedAt => {
                let time = ExecutedAt::parse(&text, self.now);
                self.executed_at = self.take(field, time.map_err(|error| error.to_string()));
            }
            Field::Status => self.status = self.take(field, label(text)),
            Field::Workflow => self.workflow = self.take(field, workflow(text)),
            Field::Message => self.message = self.take(field, message(text)),
            Field::EventId => self.event_id = self.take(field, event_id(text)),
        }
        self
    }

    /// Notes that an optional field was given no value.
    pub(crate) fn leave_out(&mut self, field: Field) -> &mut Self {
        match mem::replace(&mut self.given[field as usize], true) {
            true => self.error(field.name(), "is given twice"),
            false => self,
        }
    }

    /// Notes that a field was given something that is not even a text.
    pub(crate) fn refuse(&mut self, field: Field, message: &str) -> &mut Self {
        let _: Option<()> = self.take(field, Err(message.to_owned()));
        self
    }

    /// Returns the value that a field was given, unless it is wrong or not the first one.
    fn take<T>(&mut self, field: Field, checked: Result<T, String>) -> Option<T> {
        let is_repeated = mem::replace(&mut self.given[field as usize], true);
        match checked {
            Ok(value) if !is_repeated => return Some(value),
            Err(message) if !is_repeated => self.error(field.name(), &message),
            _ => self.error(field.name(), "is given twice"),
        };
        None
    }

    fn error(&mut self, field: &str, message: &str) -> &mut Self {
        self.errors.push(ValidationError::new(field, message));
        self
    }

    /// Returns the entry.
    ///
    /// # Errors
    /// All fields that are missing or not as they must be.
    pub fn build(mut self) -> Result<LogEntry, ValidationErrors> {
        for field in [Field::Environment, Field::ExecutedAt, Field::Status] {
            if !self.given[field as usize] {
                self.error(field.name(), "is required");
            }
        }
        let (Some(environment), Some(executed_at), Some(status), true) = (
            self.environment,
            self.executed_at,
            self.status,
            self.errors.is_empty(),
        ) else {
            return Err(self.errors);
        };
        let id = match &self.event_id {
            Some(event_id) => {
                let event = self.event.unwrap_or_else(|| EventDigest::of(event_id));
                LogId::of_digest(executed_at.unix_us(), &event)
            }
            None => LogId::at_place(executed_at.unix_us(), Place::FIRST),
        };
        let entry = LogEntry {
            id,
            environment,
            executed_at,
            status,
            workflow: self.workflow,
            message: self.message,
            event_id: self.event_id,
            extra: self.extra.build(),
        };
        match entry.text_len() {
            ..=LogEntry::MAX_SIZE => Ok(entry),
            _ => Err(ValidationError::new("", LogEntry::TOO_LARGE).into()),
        }
    }
}

impl Field {
    const COUNT: usize = 6;

    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "environment" => Self::Environment,
            "executed_at" => Self::ExecutedAt,
            "status" => Self::Status,
            "workflow" => Self::Workflow,
            "message" => Self::Message,
            "event_id" => Self::EventId,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::ExecutedAt => "executed_at",
            Self::Status => "status",
            Self::Workflow => "workflow",
            Self::Message => "message",
            Self::EventId => "event_id",
        }
    }

    /// Returns whether an entry can be without it.
    pub(crate) fn is_optional(self) -> bool {
        matches!(self, Self::Workflow | Self::Message | Self::EventId)
    }
}

/// Why no attribute has this name, if it is the server's.
fn of_server(name: &str) -> Option<&'static str> {
    match name {
        "id" => Some("is the server's: leave it out (event_id is yours)"),
        "received_at" => Some("is the server's: leave it out"),
        "client_id" => Some("is not the client of this API key: leave it out"),
        _ => None,
    }
}

fn label(text: Cow<'_, str>) -> Result<String, String> {
    const MAX: usize = LogEntry::MAX_LABEL;
    match text.chars().count() {
        1..=MAX => Ok(text.into_owned()),
        _ => Err(format!("must have 1 to {MAX} characters")),
    }
}

fn workflow(text: Cow<'_, str>) -> Result<String, String> {
    const MAX: usize = LogEntry::MAX_WORKFLOW;
    match text.chars().count() {
        0..=MAX => Ok(text.into_owned()),
        _ => Err(format!("must have at most {MAX} characters")),
    }
}

fn message(text: Cow<'_, str>) -> Result<String, String> {
    match text.len() {
        0..=LogEntry::MAX_MESSAGE => Ok(text.into_owned()),
        _ => Err("must have at most 64 KiB".to_owned()),
    }
}

fn event_id(text: Cow<'_, str>) -> Result<String, String> {
    const MAX: usize = LogEntry::MAX_EVENT_ID;
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    match text.len() {
        1..=MAX if is_visible => Ok(text.into_owned()),
        _ => Err(format!("must have 1 to {MAX} visible ASCII characters")),
    }
}
