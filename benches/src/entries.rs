use crate::{Connection, Failure};
use central_logger_log_store::{LogId, entries::Place};
use serde_json::{Value, json};
use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering},
};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

/// An entry of 0.3 KiB, executed so many milliseconds after 2026 began.
pub fn entry(number: usize) -> Value {
    let at = datetime!(2026-01-01 00:00 UTC) + Duration::milliseconds(number as i64);
    json!({
        "environment": "production",
        "executed_at": at.format(&Rfc3339).unwrap_or_default(),
        "status": if number.is_multiple_of(10) { "FAILED" } else { "SUCCESS" },
        "workflow": "nightly-invoices",
        "message": format!("{number:0>160}"),
        "duration_ms": number % 5000,
    })
}

/// When the entries of a load were executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExecutedAt {
    /// Each a millisecond after the one before.
    Rising,
    /// All at the same time.
    Same,
}

/// Requests that each bring so many entries.
pub fn appends(
    key: &str,
    requests: usize,
    entries: usize,
    executed_at: ExecutedAt,
) -> Vec<Vec<u8>> {
    let entry = |number: usize| {
        let mut entry = entry(number);
        if executed_at == ExecutedAt::Same {
            entry["executed_at"] = json!("2026-01-01T00:00:00Z");
        }
        entry
    };
    let request = |number: usize| {
        let first = number * entries;
        let body = match entries {
            1 => entry(first).to_string(),
            _ => json!((first..first + entries).map(entry).collect::<Vec<_>>()).to_string(),
        };
        Connection::post(
            "/api/v1/logs",
            &format!("X-API-Key: {key}\r\nContent-Type: application/json\r\n"),
            &body,
        )
    };
    (0..requests).map(request).collect()
}

/// Requests that each bring so many entries, which have event ids.
pub fn appends_of_events(
    key: &str,
    requests: usize,
    entries: usize,
    id: impl Fn(usize) -> String,
) -> Vec<Vec<u8>> {
    let event = |number: usize| {
        let mut entry = entry(number);
        entry["event_id"] = json!(id(number));
        entry
    };
    let request = |number: usize| {
        let first = number * entries;
        let body = json!((first..first + entries).map(event).collect::<Vec<_>>());
        Connection::post(
            "/api/v1/logs",
            &format!("X-API-Key: {key}\r\nContent-Type: application/json\r\n"),
            &body.to_string(),
        )
    };
    (0..requests).map(request).collect()
}

/// The same entries as rows of `workflow_logs` for PostgreSQL.
#[derive(Debug)]
pub struct Rows(Vec<Row>);

#[derive(Debug, Clone)]
struct Row {
    executed_at_ms: u64,
    /// What stands behind the id, in the text format of `COPY`.
    rest: String,
}

impl Rows {
    /// What receives them.
    pub const COPY: &str = "COPY workflow_logs (client_id, id, received_at, environment, \
        executed_at, status, workflow, message, extra) FROM STDIN";

    /// So many rows, executed one after the other.
    ///
    /// # Errors
    /// When a time cannot be read back.
    pub fn new(count: usize) -> Result<Self, Failure> {
        let row = |number: usize| {
            let entry = entry(number);
            let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
            let executed_at = text("executed_at");
            let at = OffsetDateTime::parse(&executed_at, &Rfc3339)?.unix_timestamp_nanos();
            let members = [
                &text("environment"),
                &executed_at,
                &text("status"),
                &text("workflow"),
            ];
            let members = members.map(String::as_str).join("\t");
            Ok(Row {
                executed_at_ms: u64::try_from(at / 1_000_000)?,
                rest: format!(
                    "\t2026-01-01 00:00:00Z\t{members}\t{}\t{{\"duration_ms\":{}}}\n",
                    text("message"),
                    entry["duration_ms"],
                ),
            })
        };
        (0..count)
            .map(row)
            .collect::<Result<_, Failure>>()
            .map(Self)
    }

    /// The same rows, so many at a time.
    pub fn parts(&self, count: usize) -> impl Iterator<Item = Self> {
        self.0.chunks(count).map(|rows| Self(rows.to_vec()))
    }

    /// The rows as `COPY` takes them, with ids that were never there.
    pub fn copied(&self) -> String {
        let mut text = String::new();
        for row in &self.0 {
            let id = new_id(row.executed_at_ms);
            // Writing to a text does not fail.
            let _ = write!(text, "bench\t{id}{}", row.rest);
        }
        text
    }

    /// A statement that inserts the first of them, with an id that was never there.
    pub fn inserted(&self) -> String {
        let row = self.0.first().map_or("", |row| row.rest.trim());
        let values = row.replace('\t', "', '");
        let id = new_id(0);
        format!(
            "INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, \
             status, workflow, message, extra) VALUES ('bench', '{id}', '{values}')"
        )
    }
}

/// One of a writer that no server is.
fn new_id(executed_at_ms: u64) -> LogId {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let place = Place {
        arrival: LAST.fetch_add(1, Ordering::Relaxed),
        writer: Place::WRITERS - 1,
    };
    LogId::at_place(executed_at_ms * 1000, place)
}
