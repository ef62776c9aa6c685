//! An entry in the making, out of foreign fields: what is missing gets a default, and what does not fit is
//! cut and kept whole beside it.

use central_logger_foreign_times::{Form, Moment};
use central_logger_log_store::{LogEntry, LogEntryBuilder, entries::EventDigest};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt::Write};
use time::OffsetDateTime;

/// The most attributes of an entry.
const MAX_ATTRIBUTES: usize = 1024;

/// The environment of entries that bring none.
const ENVIRONMENT: &str = "default";

/// The status of entries that bring none.
const STATUS: &str = "INFO";

pub(crate) struct Draft {
    entry: LogEntryBuilder,
    received_at: OffsetDateTime,
    origin: Origin,
    attributes: usize,
}

/// A draft that is done.
pub(crate) struct Drafted {
    pub(crate) entry: Result<LogEntry, String>,
    pub(crate) origin: Origin,
    /// How long its attributes are, also when they are too long.
    pub(crate) attributes_len: usize,
}

/// What is known of an entry beside what is in it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Origin {
    /// Which fields were sent, and have no default.
    given: [bool; 6],
    /// The names under which fields were sent that are kept nowhere else.
    names: [Option<&'static str>; 6],
    /// What tells it from other events, if it has an id.
    pub(crate) event: Option<EventDigest>,
    /// Whether it has an id, or a time in a form that is finer than a second.
    pub(crate) is_fine: bool,
    /// Whether it has an id, or a time that does not lie at a whole second.
    pub(crate) is_within_a_second: bool,
}

impl Origin {
    pub(crate) fn has(&self, target: Target) -> bool {
        self.given[target as usize]
    }

    /// The name under which a field was sent, if it is kept nowhere else.
    pub(crate) fn name(&self, target: Target) -> Option<&'static str> {
        self.names[target as usize]
    }
}

/// A field of entries that foreign ones become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Environment,
    Status,
    Workflow,
    Message,
    EventId,
    Time,
}

impl Draft {
    pub(crate) fn new(received_at: OffsetDateTime) -> Self {
        Self {
            entry: LogEntry::builder(received_at),
            received_at,
            origin: Origin::default(),
            attributes: 0,
        }
    }

    pub(crate) fn has(&self, target: Target) -> bool {
        self.origin.has(target)
    }

    /// Says that a field is all that is kept of what was sent under this name.
    pub(crate) fn name(&mut self, target: Target, name: &'static str) {
        self.origin.names[target as usize] = Some(name);
    }

    /// Sets a text, unless it is empty or set already.
    pub(crate) fn set(&mut self, target: Target, text: &str) {
        if target == Target::EventId {
            return self.event(text, EventDigest::of(text));
        }
        if text.is_empty() || self.has(target) {
            return;
        }
        self.origin.given[target as usize] = true;
        let text = clean(text);
        match target {
            Target::Environment => {
                let text = self.shortened("original.environment", &text, LogEntry::MAX_LABEL);
                self.entry.environment(text);
            }
            Target::Status => {
                let text = self.shortened("original.status", &text, LogEntry::MAX_LABEL);
                self.entry.status(text);
            }
            Target::Workflow => {
                let text = self.shortened("original.workflow", &text, LogEntry::MAX_WORKFLOW);
                self.entry.workflow(text);
            }
            Target::Message => {
                let cut = beginning(&text, LogEntry::MAX_MESSAGE);
                if cut.len() < text.len() {
                    self.attribute("original.message", &*text);
                }
                self.entry.message(cut);
            }
            Target::EventId | Target::Time => {}
        }
    }

    /// Sets the sender's id of an event, which `digest` tells from others, unless it is empty or set already.
    pub(crate) fn event(&mut self, text: &str, digest: EventDigest) {
        if text.is_empty() || self.has(Target::EventId) {
            return;
        }
        self.origin.given[Target::EventId as usize] = true;
        self.origin.event = Some(digest);
        self.origin.is_fine = true;
        self.origin.is_within_a_second = true;
        let text = clean(text);
        let fits = text.len() <= LogEntry::MAX_EVENT_ID;
        if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.entry.event(text, digest);
            return;
        }
        self.attribute("original.event_id", &*text);
        let mut written = "sha256-".to_owned();
        for byte in Sha256::digest(text.as_bytes()) {
            // Writing to a text never fails.
            let _ = write!(written, "{byte:02x}");
        }
        self.entry.event(written, digest);
    }

    fn shortened<'t>(&mut self, name: &str, text: &'t str, most: usize) -> &'t str {
        match text.char_indices().nth(most) {
            None => text,
            Some((at, _)) => {
                self.attribute(name, text);
                &text[..at]
            }
        }
    }

    /// Sets the time, unless it is set already.
    pub(crate) fn time(&mut self, moment: &Moment) {
        if self.has(Target::Time) {
            return;
        }
        self.origin.given[Target::Time as usize] = true;
        self.origin.is_fine |= moment.is_fine;
        self.origin.is_within_a_second |= moment.is_within_a_second;
        match &moment.form {
            Form::Text(text) => self.entry.executed_at(text.as_str()),
            Form::UnixNs(unix_ns) => self.entry.executed_at_unix_ns(*unix_ns),
        };
    }

    /// Adds an attribute. One with the name of a field of entries is kept as `original.NAME`.
    pub(crate) fn attribute<V: Serialize + ?Sized>(&mut self, name: &str, value: &V) {
        self.attributes += 1;
        if self.attributes > MAX_ATTRIBUTES {
            return;
        }
        let name = clean(name);
        if LogEntry::FIELDS.contains(&&*name) {
            self.entry.attribute(&format!("original.{name}"), value);
        } else {
            self.entry.attribute(&name, value);
        }
    }

    pub(crate) fn finish(mut self) -> Drafted {
        if !self.has(Target::Environment) {
            self.entry.environment(ENVIRONMENT);
        }
        if !self.has(Target::Status) {
            self.entry.status(STATUS);
        }
        if !self.has(Target::Time) {
            let received = self.received_at.unix_timestamp_nanos();
            let received = u64::try_from(received).unwrap_or_default();
            self.entry.executed_at_unix_ns(received);
        }
        let attributes_len = self.entry.attributes_len();
        let entry = match self.attributes {
            ..=MAX_ATTRIBUTES => self.entry.build().map_err(|errors| match errors.first() {
                Some(error) if error.field.is_empty() => error.message.clone(),
                Some(error) => error.to_string(),
                None => errors.to_string(),
            }),
            _ => Err("an entry has at most 1,024 attributes".to_owned()),
        };
        Drafted {
            entry,
            origin: self.origin,
            attributes_len,
        }
    }
}

/// As much of a text as has at most so many bytes.
fn beginning(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A text, in which bytes that are none are replaced.
pub(crate) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Looking for such bytes takes several times as long as finding that there are none.
    match str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}

/// NUL characters, which no entry may hold, are shown by their symbol.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => text.replace('\0', "\u{2400}").into(),
        false => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    #[test]
    fn what_is_missing_has_a_default() {
        let entry = Draft::new(NOW).finish().entry.unwrap();
        assert_eq!(entry.environment(), "default");
        assert_eq!(entry.status(), "INFO");
        assert_eq!(entry.executed_at().as_str(), "2026-03-01T12:00:00Z");
        assert_eq!(entry.extra(), None);
    }

    #[test]
    fn what_does_not_fit_is_cut_and_kept_whole() {
        let mut draft = Draft::new(NOW);
        let (long, longer) = ("é".repeat(300), "é".repeat(40_000));
        draft.set(Target::Workflow, &long);
        draft.set(Target::Message, &longer);
        draft.set(Target::EventId, "an id with spaces");
        draft.attribute("status", "\u{1}");
        let entry = draft.finish().entry.unwrap();
        assert_eq!(entry.workflow().unwrap().chars().count(), 256);
        assert_eq!(entry.message().unwrap().len(), 64 * 1024);
        assert!(entry.event_id().unwrap().starts_with("sha256-"));
        let extra: serde_json::Value = serde_json::from_str(entry.extra().unwrap()).unwrap();
        assert_eq!(extra["original.workflow"], long);
        assert_eq!(extra["original.message"], longer);
        assert_eq!(extra["original.event_id"], "an id with spaces");
        assert_eq!(extra["original.status"], "\u{1}");
    }

    #[test]
    fn a_nul_is_shown_and_attributes_are_bounded() {
        let mut draft = Draft::new(NOW);
        draft.set(Target::Message, "a\0b");
        assert_eq!(draft.finish().entry.unwrap().message(), Some("a␀b"));
        let mut draft = Draft::new(NOW);
        for number in 0..=MAX_ATTRIBUTES {
            draft.attribute(&number.to_string(), &number);
        }
        let refused = draft.finish().entry.unwrap_err();
        assert_eq!(refused, "an entry has at most 1,024 attributes");
    }
}
