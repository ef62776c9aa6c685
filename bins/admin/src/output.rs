use crate::{error::AdminError, noted::Noted};
use central_logger_key_store::{Head, Report};
use comfy_table::{Table, presets};
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
        let text = match self.json {
            true => {
                serde_json::to_string(value).map_err(|error| AdminError::Output(error.into()))?
            }
            false => for_people().trim_end().to_owned(),
        };
        write_out(format!("{text}\n").as_bytes())
    }

    /// Writes what came of a change, and the end of the audit trail with it: within the JSON, or for
    /// people on standard error, in the form that `audit --at-least` takes.
    pub(crate) fn change(
        self,
        audit: Option<Head>,
        value: &impl Serialize,
        for_people: impl FnOnce() -> String,
    ) -> Result<(), AdminError> {
        #[derive(Serialize)]
        struct Change<'a, T> {
            #[serde(flatten)]
            value: &'a T,
            audit: Option<Head>,
        }
        self.result(&Change { value, audit }, for_people)?;
        if let Some(head) = audit {
            self.remark(&format!("Audit trail: {}", Noted(head)));
        }
        Ok(())
    }

    /// Writes a remark for people to standard error.
    pub(crate) fn remark(self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }

    pub(crate) fn error(self, error: &AdminError) {
        let message = Report(error).to_string();
        if self.json {
            let error = json!({"error": {"code": error.code(), "message": message}});
            eprintln!("{error}");
        } else {
            eprintln!("central-logger-admin: {message}");
        }
    }
}

/// Writes to standard output, as long as somebody reads it.
pub(crate) fn write_out(bytes: &[u8]) -> Result<(), AdminError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(AdminError::Output(error)),
        _ => Ok(()),
    }
}

/// A table without lines, as terminals have them.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines: Vec<_> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}
