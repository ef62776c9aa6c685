//! All that is asked for in one stream, read in parts, of which one at a time is held.

use super::logs::CallerLogs;
use crate::problem::Problem;
use actix_web::{
    HttpResponse,
    http::header,
    web::{self, Bytes},
};
use central_logger_key_store::Report;
use central_logger_log_store::{
    Cursor, Fault, LogPage, LogSearch, LogStoreError, StoredLog, TenantLogs,
};
use futures_util::stream;
use std::{borrow::Cow, io, mem};
use time::format_description::well_known::Rfc3339;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Format {
    #[default]
    Ndjson,
    Csv,
}

/// Why an export ends before its end. Its connection is then cut, so that nobody takes what came for
/// all there is.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error(transparent)]
    Store(#[from] LogStoreError),
    #[error("an entry cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the time of an entry cannot be written")]
    Time(#[from] time::error::Format),
    #[error("an entry cannot be written as CSV")]
    Csv(#[from] csv::Error),
}

struct Export {
    logs: TenantLogs,
    search: LogSearch,
    format: Format,
    begins_with_header: bool,
    next: Next,
}

enum Next {
    Write(LogPage),
    Read(Cursor),
    Nothing,
}

/// How many entries are held at most.
const PART: usize = 500;

const COLUMNS: [&str; 10] = [
    "id",
    "client_id",
    "received_at",
    "environment",
    "executed_at",
    "status",
    "workflow",
    "message",
    "event_id",
    "extra",
];

pub(super) async fn export(
    CallerLogs(logs): CallerLogs,
    web::Query(parameters): web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, Problem> {
    let (format, mut search) = read(parameters).map_err(Problem::faulty_query)?;
    search.query.limit = PART;
    // Read before the answer begins, so that it can still be a problem.
    let first = logs.page(&search).await?;
    let (media_type, name) = match format {
        Format::Ndjson => ("application/x-ndjson", "logs.ndjson"),
        Format::Csv => ("text/csv; charset=utf-8", "logs.csv"),
    };
    let export = Export {
        begins_with_header: format == Format::Csv && search.query.cursor.is_none(),
        logs,
        search,
        format,
        next: Next::Write(first),
    };
    let disposition = format!("attachment; filename=\"{name}\"");
    Ok(HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .streaming(stream::unfold(export, Export::part)))
}

fn read(parameters: Vec<(String, String)>) -> Result<(Format, LogSearch), Vec<Fault>> {
    let is_format = |(name, _): &(String, String)| name == "format";
    let (formats, others): (Vec<_>, Vec<_>) = parameters.into_iter().partition(is_format);
    let formats: Vec<_> = formats.iter().map(|(_, value)| value.as_str()).collect();
    let format = match *formats {
        [] | ["ndjson"] => Ok(Format::Ndjson),
        ["csv"] => Ok(Format::Csv),
        [_] => Err(Fault::new("format", "must be ndjson or csv")),
        _ => Err(Fault::new("format", "is given twice")),
    };
    match (format, LogSearch::from_pairs_without(&["limit"], others)) {
        (Ok(format), Ok(search)) => Ok((format, search)),
        (format, search) => {
            let faults = format.err().into_iter();
            Err(faults.chain(search.err().into_iter().flatten()).collect())
        }
    }
}

impl Export {
    async fn part(mut self) -> Option<(Result<Bytes, ExportError>, Self)> {
        let page = match mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => return None,
            Next::Write(page) => Ok(page),
            Next::Read(cursor) => {
                self.search.query.cursor = Some(cursor);
                self.logs.page(&self.search).await
            }
        };
        let written = page
            .map_err(ExportError::from)
            .and_then(|page| self.write(page));
        if let Err(error) = &written {
            self.next = Next::Nothing;
            tracing::warn!(error = %Report(error), "an export ended early");
        }
        Some((written, self))
    }

    fn write(&mut self, page: LogPage) -> Result<Bytes, ExportError> {
        if let Some(cursor) = page.next_cursor {
            self.next = Next::Read(cursor);
        }
        let mut text = Vec::new();
        match self.format {
            Format::Ndjson => {
                for log in &page.logs {
                    text.append(&mut json_line(log)?);
                    text.push(b'\n');
                }
            }
            Format::Csv => {
                let mut rows = csv::Writer::from_writer(&mut text);
                if mem::take(&mut self.begins_with_header) {
                    rows.write_record(COLUMNS)?;
                }
                for log in &page.logs {
                    write_row(&mut rows, log)?;
                }
                rows.flush().map_err(csv::Error::from)?;
            }
        }
        Ok(text.into())
    }
}

/// An entry as JSON on one line. Further members stand as they were sent, perhaps on several lines;
/// outside of its strings, where there are no line ends, JSON takes a space as well.
pub(super) fn json_line(log: &StoredLog) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(log)?;
    for byte in &mut line {
        if matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
    Ok(line)
}

fn write_row<W: io::Write>(rows: &mut csv::Writer<W>, log: &StoredLog) -> Result<(), ExportError> {
    let id = log.id.to_string();
    let received_at = log.received_at.format(&Rfc3339)?;
    let fields: [&str; COLUMNS.len()] = [
        &id,
        log.client_id.as_str(),
        &received_at,
        &log.environment,
        &log.executed_at,
        &log.status,
        log.workflow.as_deref().unwrap_or_default(),
        log.message.as_deref().unwrap_or_default(),
        log.event_id.as_deref().unwrap_or_default(),
        log.extra.as_deref().unwrap_or_default(),
    ];
    for field in fields {
        rows.write_field(without_formula(field).as_bytes())?;
    }
    Ok(rows.write_record(None::<&[u8]>)?)
}

/// A spreadsheet takes a field that begins like this for a formula, unless an apostrophe stands
/// before it ([OWASP](https://owasp.org/www-community/attacks/CSV_Injection)).
fn without_formula(field: &str) -> Cow<'_, str> {
    match field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{field}").into(),
        false => field.into(),
    }
}
