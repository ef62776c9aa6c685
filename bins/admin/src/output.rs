use crate::{error::AdminError, noted::Noted};
use central_logger_key_store::Head;
use central_logger_text::{Report, is_obeyed, shown};
use serde::Serialize;
use serde_json::json;
use std::io::{self, ErrorKind, Write};

/// How results are written: for people, or as one JSON document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Writes a result: `value` as JSON, or the text that `for_people` makes.
    pub(crate) fn result(
        self,
        value: &impl Serialize,
        for_people: impl FnOnce() -> String,
    ) -> Result<(), AdminError> {
        write_out(self.document(value, for_people)?.as_bytes())
    }

    /// Writes a result that nobody can ask for again, such as a new key: it is an error that nobody
    /// reads it.
    pub(crate) fn secret(
        self,
        value: &impl Serialize,
        for_people: impl FnOnce() -> String,
    ) -> Result<(), AdminError> {
        let document = self.document(value, for_people)?;
        write_all(document.as_bytes()).map_err(AdminError::Output)
    }

    fn document(
        self,
        value: &impl Serialize,
        for_people: impl FnOnce() -> String,
    ) -> Result<String, AdminError> {
        let text = match self.json {
            true => escaped_json(value).map_err(|error| AdminError::Output(error.into()))?,
            false => lines_shown(for_people().trim_end()),
        };
        Ok(format!("{text}\n"))
    }

    /// Writes the result of a change, and on standard error the end of the audit trail with it, in the
    /// form that `audit --at-least` takes. The JSON has it already.
    pub(crate) fn change(
        self,
        audit: Option<Head>,
        value: &impl Serialize,
        for_people: impl FnOnce() -> String,
    ) -> Result<(), AdminError> {
        self.result(value, for_people)?;
        self.remark_end(audit);
        Ok(())
    }

    /// As [`change`](Self::change), with a secret in it, which somebody has to read.
    pub(crate) fn secret_change(
        self,
        audit: Option<Head>,
        value: &impl Serialize,
        for_people: impl FnOnce() -> String,
    ) -> Result<(), AdminError> {
        self.secret(value, for_people)?;
        self.remark_end(audit);
        Ok(())
    }

    fn remark_end(self, audit: Option<Head>) {
        if let Some(head) = audit {
            self.remark(&format!("Audit trail: {}", Noted(head)));
        }
    }

    /// Writes a remark for people to standard error.
    pub(crate) fn remark(self, text: &str) {
        if !self.json {
            write_error(&lines_shown(text));
        }
    }

    pub(crate) fn error(self, error: &AdminError) {
        let message = Report(error).to_string();
        if self.json {
            let error = json!({"error": {"code": error.code(), "message": message}});
            write_error(&error.to_string());
        } else {
            write_error(&format!("central-logger-admin: {message}"));
        }
    }
}

/// JSON in which nothing is left that a terminal obeys. Serde escapes some of it, and the rest can
/// stand in strings only.
fn escaped_json(value: &impl Serialize) -> serde_json::Result<String> {
    let json = serde_json::to_string(value)?;
    if !json.contains(is_obeyed) {
        return Ok(json);
    }
    let mut escaped = String::with_capacity(json.len() + 8);
    for character in json.chars() {
        match is_obeyed(character) {
            true => escaped += &format!("\\u{:04x}", u32::from(character)),
            false => escaped.push(character),
        }
    }
    Ok(escaped)
}

/// Lines with nothing else in them that a terminal obeys.
fn lines_shown(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(shown).collect();
    lines.join("\n")
}

/// Writes to standard output, as long as somebody reads it.
pub(crate) fn write_out(bytes: &[u8]) -> Result<(), AdminError> {
    match write_all(bytes) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(AdminError::Output(error)),
        _ => Ok(()),
    }
}

fn write_all(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Writes to standard error, if it can be written to: where nobody can be told, the exit status tells.
fn write_error(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "Evil\u{1b}[2J\nStatus active\u{9b}\u{202e}\u{7f}";

    #[test]
    fn text_and_json_have_nothing_that_a_terminal_obeys() {
        let text = lines_shown(&format!("one\ntwo {HOSTILE}"));
        assert!(!text.replace('\n', "").contains(is_obeyed), "{text}");
        let json = escaped_json(&json!({"note": HOSTILE})).unwrap();
        assert!(!json.contains(is_obeyed), "{json}");
        let again: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(again["note"], HOSTILE);
    }
}
