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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn defaults() -> Defaults {
        Defaults {
            environment: "test".to_owned(),
            workflow: None,
        }
    }

    fn json_of(entry: &Entry, defaults: &Defaults) -> Value {
        let mut draft = Draft::of(entry, defaults).unwrap();
        draft.finish();
        assert_eq!(
            record::check(&draft.line()[..draft.line().len() - 1]),
            Some(draft.json())
        );
        serde_json::from_slice(draft.json()).unwrap()
    }

    #[test]
    fn an_entry_gets_what_it_lacks() {
        let json = json_of(&Entry::new("done"), &defaults());
        assert_eq!(json["status"], "INFO");
        assert_eq!(json["environment"], "test");
        assert_eq!(json["event_id"].as_str().unwrap().len(), 32);
        assert!(json["executed_at"].as_str().unwrap().ends_with('Z'));
        assert_eq!(json.get("workflow"), None);
        let workflow = Defaults {
            workflow: Some("nightly".to_owned()),
            ..defaults()
        };
        assert_eq!(
            json_of(&Entry::new("done"), &workflow)["workflow"],
            "nightly"
        );
    }

    #[test]
    fn what_an_entry_has_stays() {
        let text = r#"{"executed_at":"2027-01-31T12:00:00Z","event_id":"e1","status":"OK","environment":"p","workflow":"w"}"#;
        let json = json_of(&text.parse().unwrap(), &defaults());
        assert_eq!(json, serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let json = json_of(&Entry::new("é".repeat(40_000)).with("n", 1), &defaults());
        assert_eq!(json["message"], "é".repeat(32 * 1024));
        assert_eq!(json["message_cut"], true);
        assert_eq!(json["n"], 1);
        let json = json_of(&Entry::new("\n".repeat(MAX_MESSAGE)), &defaults());
        assert_eq!(json.get("message_cut"), None, "its text is not too long");
    }

    #[test]
    fn what_no_server_accepts_is_refused() {
        let large = Entry::new("").with("data", "x".repeat(MAX_ENTRY));
        assert_eq!(
            Draft::of(&large, &defaults()).err(),
            Some(Refusal::TooLarge)
        );
        let lists = std::collections::BTreeMap::from([(vec![1], 1)]);
        let refusal = Draft::of(&Entry::new("").with("x", lists), &defaults()).err();
        assert_eq!(refusal, Some(Refusal::NotJson("x".to_owned())));
    }
}
