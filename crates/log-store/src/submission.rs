//! What a client sends in one request of ours: JSON of one entry or of several.

mod entry_json;

use crate::{
    entries::LogEntry,
    validation::{ValidationError, ValidationErrors},
};
use central_logger_keys::ClientId;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;
use time::OffsetDateTime;

/// The entries of one request, which are accepted as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission {
    /// A JSON object.
    One(LogEntry),
    /// A JSON array of 1 to 10,000 objects, or as many lines.
    Many(Vec<LogEntry>),
}

/// Error returned when nothing of a submission is accepted. No message repeats what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubmissionError {
    /// Not JSON.
    #[error("The body is not valid JSON, at line {line}, column {column}; nothing was stored")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// More than [`Submission::MAX_ENTRIES`].
    #[error("The body has more than 10,000 entries: send them in several requests")]
    TooManyEntries,
    /// JSON, but not as an entry has to be.
    #[error(transparent)]
    Invalid(ValidationErrors),
}

impl Submission {
    /// The most entries in one submission.
    pub const MAX_ENTRIES: usize = 10_000;

    /// Takes the JSON text of an entry or of an array of entries, sent by `client` at `now`. A byte-order
    /// mark at its beginning says nothing.
    ///
    /// # Errors
    /// When it is not JSON, too long, or has a value that is not accepted.
    pub fn parse(
        json: &[u8],
        client: &ClientId,
        now: OffsetDateTime,
    ) -> Result<Self, SubmissionError> {
        let json = without_mark(json);
        let json = str::from_utf8(json).map_err(|error| {
            let (line, column) = position(&json[..error.valid_up_to()]);
            SubmissionError::Syntax { line, column }
        })?;
        if json.trim_start().starts_with('[') {
            return many(json, client, now).map(Self::Many);
        }
        // The whole text is checked for its syntax first, so that broken JSON is called just that.
        let _: IgnoredAny = serde_json::from_str(json)?;
        entry_json::parse(json.trim(), client, now)
            .map(Self::One)
            .map_err(SubmissionError::Invalid)
    }

    /// Takes newline-delimited JSON: the text of an entry in each line. Lines without anything are
    /// passed over.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); the index of an error counts entries, not lines.
    pub fn parse_lines(
        ndjson: &[u8],
        client: &ClientId,
        now: OffsetDateTime,
    ) -> Result<Self, SubmissionError> {
        let mut lines = Vec::new();
        for (number, line) in without_mark(ndjson)
            .split(|byte| *byte == b'\n')
            .enumerate()
        {
            let syntax = |column| SubmissionError::Syntax {
                line: number + 1,
                column,
            };
            let text = str::from_utf8(line).map_err(|error| syntax(error.valid_up_to() + 1))?;
            if text.trim().is_empty() {
                continue;
            }
            if lines.len() == Self::MAX_ENTRIES {
                return Err(SubmissionError::TooManyEntries);
            }
            let checked: Result<IgnoredAny, _> = serde_json::from_str(text);
            checked.map_err(|error| syntax(error.column()))?;
            lines.push(text.trim());
        }
        entries(&lines, client, now).map(Self::Many)
    }
}

/// Some programs begin every file that they write with a mark of its byte order.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)
}

fn many(
    json: &str,
    client: &ClientId,
    now: OffsetDateTime,
) -> Result<Vec<LogEntry>, SubmissionError> {
    let elements = match serde_json::from_str(json)? {
        Elements::Some(elements) => elements,
        Elements::TooMany => return Err(SubmissionError::TooManyEntries),
    };
    let texts: Vec<_> = elements.into_iter().map(RawValue::get).collect();
    entries(&texts, client, now)
}

fn entries(
    texts: &[&str],
    client: &ClientId,
    now: OffsetDateTime,
) -> Result<Vec<LogEntry>, SubmissionError> {
    if texts.is_empty() {
        let error = ValidationError::new("", "the body holds no entry");
        return Err(SubmissionError::Invalid(error.into()));
    }
    let mut entries = Vec::with_capacity(texts.len());
    let mut errors = ValidationErrors::default();
    for (index, text) in texts.iter().enumerate() {
        match entry_json::parse(text, client, now) {
            Ok(entry) => entries.push(entry),
            Err(found) => errors.extend_from_entry(index, found),
        }
    }
    if errors.is_empty() {
        Ok(entries)
    } else {
        Err(SubmissionError::Invalid(errors))
    }
}

/// The elements of an array as they were written.
enum Elements<'a> {
    Some(Vec<&'a RawValue>),
    TooMany,
}

impl<'de> Deserialize<'de> for Elements<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Bounded;

        impl<'de> Visitor<'de> for Bounded {
            type Value = Elements<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Elements<'de>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = seq.next_element()? {
                    if elements.len() == Submission::MAX_ENTRIES {
                        while seq.next_element::<IgnoredAny>()?.is_some() {}
                        return Ok(Elements::TooMany);
                    }
                    elements.push(element);
                }
                Ok(Elements::Some(elements))
            }
        }

        from.deserialize_seq(Bounded)
    }
}

impl From<serde_json::Error> for SubmissionError {
    fn from(error: serde_json::Error) -> Self {
        Self::Syntax {
            line: error.line(),
            column: error.column(),
        }
    }
}

fn position(before: &[u8]) -> (usize, usize) {
    let line_start = before.iter().rposition(|byte| *byte == b'\n');
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    (line, before.len() - line_start.map_or(0, |at| at + 1) + 1)
}
