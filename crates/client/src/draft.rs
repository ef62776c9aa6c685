//! An entry as it is queued: a line of the spool, made in a buffer that each thread uses again.

use crate::{clock, entry::Entry, spool::record, stamp, stamp::TIME_LENGTH};
use std::cell::Cell;

/// The size of the JSON of an entry that a server accepts.
pub(crate) const MAX_ENTRY: usize = 256 * 1024;
const MAX_MESSAGE: usize = 64 * 1024;
/// Above this size, a buffer is not kept.
const KEPT_BUFFER: usize = 64 * 1024;

thread_local! {
    static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// What entries get that lack it.
#[derive(Debug, Clone)]
pub(crate) struct Defaults {
    pub(crate) environment: String,
    pub(crate) workflow: Option<String>,
}

/// Why an entry is not queued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("an entry is larger than 256 KiB: log less, or log it in parts")]
    TooLarge,
    #[error("the member {0} of an entry is not JSON: log a text, a number, a list or an object")]
    NotJson(String),
}

/// A line of the spool. Its time and its checksum are still open.
pub(crate) struct Draft {
    line: Vec<u8>,
    /// Where the time goes, unless the program has chosen it.
    time_at: Option<usize>,
}

impl Draft {
    pub(crate) fn of(entry: &Entry, defaults: &Defaults) -> Result<Self, Refusal> {
        if let Some(name) = entry.not_json() {
            return Err(Refusal::NotJson(name.chars().take(64).collect()));
        }
        let mut line = BUFFER.take();
        line.clear();
        line.extend_from_slice(&[b'0'; record::PREFIX]);
        line.push(b'{');
        let mut draft = Self {
            line,
            time_at: None,
        };
        draft.write_members(entry, defaults);
        draft.line.extend_from_slice(b"}\n");
        if draft.json().len() > MAX_ENTRY {
            return Err(Refusal::TooLarge);
        }
        Ok(draft)
    }

    fn write_members(&mut self, entry: &Entry, defaults: &Defaults) {
        if !entry.has("executed_at") {
            self.line.extend_from_slice(br#""executed_at":""#);
            self.time_at = Some(self.line.len());
            self.line.extend_from_slice(&[b'0'; TIME_LENGTH]);
            self.line.push(b'"');
        }
        if !entry.has("event_id") {
            self.text_member("event_id", &stamp::random_hex::<16>());
        }
        if !entry.has("environment") {
            self.text_member("environment", &defaults.environment);
        }
        if !entry.has("status") {
            self.text_member("status", "INFO");
        }
        if let Some(workflow) = &defaults.workflow
            && !entry.has("workflow")
        {
            self.text_member("workflow", workflow);
        }
        for (name, value) in entry.members() {
            match cut_message(name, value) {
                Some(cut) => {
                    self.text_member(name, &cut);
                    self.member("message_cut", "true");
                }
                None => self.member(name, value),
            }
        }
    }

    fn member(&mut self, name: &str, json: &str) {
        if self.line.last() != Some(&b'{') {
            self.line.push(b',');
        }
        // Writing to a vector does not fail.
        let _ = serde_json::to_writer(&mut self.line, name);
        self.line.push(b':');
        self.line.extend_from_slice(json.as_bytes());
    }

    fn text_member(&mut self, name: &str, text: &str) {
        self.member(name, "");
        let _ = serde_json::to_writer(&mut self.line, text);
    }

    /// Sets the time and the checksum. Callers hold the lock of the queue, so that the order of times is
    /// that of the queue.
    pub(crate) fn finish(&mut self) {
        let time = self
            .time_at
            .and_then(|at| self.line.get_mut(at..at + TIME_LENGTH));
        if let Some(Ok(time)) = time.map(TryInto::try_into) {
            stamp::write_time(clock::rising_micros(), time);
        }
        record::seal(&mut self.line);
    }

    /// The line of the spool, with its end.
    pub(crate) fn line(&self) -> &[u8] {
        &self.line
    }

    /// The entry alone.
    pub(crate) fn json(&self) -> &[u8] {
        self.line
            .get(record::PREFIX..self.line.len() - 1)
            .unwrap_or_default()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.line.capacity() <= KEPT_BUFFER {
            BUFFER.set(std::mem::take(&mut self.line));
        }
    }
}

/// The text of a message that is too long, cut.
fn cut_message(name: &str, json: &str) -> Option<String> {
    if name != "message" || json.len() <= MAX_MESSAGE {
        return None;
    }
    let mut text: String = serde_json::from_str(json).ok()?;
    (text.len() > MAX_MESSAGE).then(|| {
        let boundary = (0..=MAX_MESSAGE)
            .rev()
            .find(|end| text.is_char_boundary(*end));
        text.truncate(boundary.unwrap_or(0));
        text
    })
}
