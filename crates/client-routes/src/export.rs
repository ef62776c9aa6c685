//! All that is asked for in one stream, read in parts, of which one at a time is held.

use crate::{
    ClientRoutes,
    described::{Direction, ExportFormat, Filters, Period, Words},
    logs::CallerLogs,
};
use actix_web::{
    HttpResponse,
    error::BlockingError,
    http::header,
    web::{self, Bytes},
};
use central_logger_blocks::{EncodeError, Entry, ParquetWriter};
use central_logger_http_api::{Parameters, Problem, room::Share};
use central_logger_log_store::{
    Cursor, LogPage, LogSearch, LogStoreError, StoredLog, ValidationError, ValidationErrors,
};
use central_logger_tenant_logs::Reading;
use central_logger_text::Report;
use futures_util::stream;
use std::{borrow::Cow, io, mem};
use time::format_description::well_known::Rfc3339;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Format {
    #[default]
    Ndjson,
    Csv,
    Parquet,
}

/// Why an export ends before its end. Its connection is then cut, so that a part is not
/// mistaken for the whole.
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
    #[error("an entry cannot be written as Parquet")]
    Parquet(#[from] EncodeError),
    #[error("the thread that wrote Parquet has ended")]
    Ended(#[from] BlockingError),
}

struct Export {
    _share: Share,
    reading: Reading,
    search: LogSearch,
    format: Format,
    begins_with_header: bool,
    parquet: Option<ParquetWriter>,
    next: Next,
}

enum Next {
    Write(LogPage),
    Read(Cursor),
    Nothing,
}

/// How many entries are held at most. Each part has a turn and a transaction of its own, so that a few hundred would cost
/// more in these than in themselves.
const PART: usize = 2000;

/// About how much they take at most, in bytes.
const PART_SIZE: usize = 4 << 20;

/// About how much a part of a Parquet file takes at most with the entries that it is made of, in bytes.
const PARQUET_SIZE: usize = 3 * PART_SIZE;

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

/// Export entries as one file
///
/// Returns all entries asked for, read and sent in parts. An export that breaks off can be continued with
/// the id of the last whole line as `cursor`.
///
/// As `ndjson`, each line is an entry as JSON. As `csv`, the first line names the columns. As `parquet`, it
/// is a Parquet file, which is of no use until it is whole.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/logs/export",
    operation_id = "exportLogs",
    tag = "logs",
    params(ExportFormat, Filters, Words, Period, Direction),
    responses(
        (
            status = 200,
            description = "The entries.",
            content(
                (String = "application/x-ndjson"), (String = "text/csv"),
                (String = "application/vnd.apache.parquet")
            ),
            headers(("Content-Disposition")),
        ),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn export(
    CallerLogs(logs): CallerLogs,
    routes: web::Data<ClientRoutes>,
    Parameters(parameters): Parameters,
) -> Result<HttpResponse, Problem> {
    let (format, mut search) = read(parameters).map_err(Problem::faulty_query)?;
    search.query.limit = PART;
    let mut share = routes.rooms.answers.share(logs.client());
    share.resize(match format {
        Format::Ndjson | Format::Csv => PART_SIZE,
        Format::Parquet => PARQUET_SIZE,
    })?;
    // Read before the answer begins, so that it can still be a problem.
    let mut reading = logs.reading();
    let first = reading.page(&search).await?;
    let (media_type, name) = match format {
        Format::Ndjson => ("application/x-ndjson", "logs.ndjson"),
        Format::Csv => ("text/csv; charset=utf-8", "logs.csv"),
        Format::Parquet => ("application/vnd.apache.parquet", "logs.parquet"),
    };
    let export = Export {
        _share: share,
        begins_with_header: format == Format::Csv && search.query.cursor.is_none(),
        parquet: None,
        reading,
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

fn read(parameters: Vec<(String, String)>) -> Result<(Format, LogSearch), ValidationErrors> {
    let is_format = |(name, _): &(String, String)| name == "format";
    let (formats, others): (Vec<_>, Vec<_>) = parameters.into_iter().partition(is_format);
    let formats: Vec<_> = formats.iter().map(|(_, value)| value.as_str()).collect();
    let format = match *formats {
        [] | ["ndjson"] => Ok(Format::Ndjson),
        ["csv"] => Ok(Format::Csv),
        ["parquet"] => Ok(Format::Parquet),
        [_] => Err(ValidationError::new(
            "format",
            "must be ndjson, csv or parquet",
        )),
        _ => Err(ValidationError::new("format", "is given twice")),
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
                match self.reading.page(&self.search).await {
                    // It would go on without getting anywhere.
                    Ok(page) if page.next_cursor == Some(cursor) => Err(LogStoreError::TooSlow),
                    page => page,
                }
            }
        };
        let written = match page {
            Ok(page) => self.write(page).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = &written {
            self.next = Next::Nothing;
            match error {
                // Of an outage the store tells by itself.
                ExportError::Store(error) if error.is_transient() => {}
                error => tracing::warn!(error = %Report(error), "an export ended early"),
            }
        }
        Some((written, self))
    }

    async fn write(&mut self, page: LogPage) -> Result<Bytes, ExportError> {
        if let Some(cursor) = page.next_cursor {
            self.next = Next::Read(cursor);
        }
        let mut text = Vec::new();
        match self.format {
            Format::Ndjson => {
                for log in &page.logs {
                    log.write_json_line(&mut text)?;
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
            Format::Parquet => {
                let parquet = self.parquet.take();
                // Compressing takes a while.
                let written = web::block(move || write_parquet(parquet, &page)).await??;
                (self.parquet, text) = written;
            }
        }
        Ok(text.into())
    }
}

/// Returns the next part of a file, which is empty until there are enough entries, and the writer, unless
/// this is the end.
fn write_parquet(
    writer: Option<ParquetWriter>,
    page: &LogPage,
) -> Result<(Option<ParquetWriter>, Vec<u8>), EncodeError> {
    let mut writer = writer.map_or_else(ParquetWriter::new, Ok)?;
    for log in &page.logs {
        writer.push(&Entry::from(log))?;
    }
    if page.next_cursor.is_none() {
        return Ok((None, writer.finish()?));
    }
    let part = writer.take_written()?;
    Ok((Some(writer), part))
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
/// before it ([OWASP](https://owasp.org/www-community/attacks/CSV_Injection)). Some pass over spaces,
/// line ends and characters that cannot be seen.
fn without_formula(field: &str) -> Cow<'_, str> {
    let seen = field.trim_start_matches(|char: char| {
        char.is_whitespace() || char.is_control() || is_invisible(char)
    });
    let begins_cell = field.starts_with(['\t', '\r', '\n']);
    match begins_cell || seen.starts_with(is_opening) {
        true => format!("'{field}").into(),
        false => field.into(),
    }
}

/// Also in full width, small, superscript and subscript, which some take for the same.
fn is_opening(char: char) -> bool {
    matches!(
        char,
        '=' | '+'
            | '-'
            | '@'
            | '\u{FF1D}'
            | '\u{FF0B}'
            | '\u{FF0D}'
            | '\u{FF20}'
            | '\u{FE66}'
            | '\u{FE62}'
            | '\u{FE63}'
            | '\u{FE6B}'
            | '\u{207C}'
            | '\u{207A}'
            | '\u{207B}'
            | '\u{208C}'
            | '\u{208A}'
            | '\u{208B}'
            | '\u{2212}'
    )
}

/// Format characters that take no room, such as marks of byte order and of direction.
fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_opens_a_formula_is_marked() {
        for field in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t1",
            "\r1",
            "\n1",
            "\n=1+1",
            "\r\n  =1+1",
            " =1+1",
            "\u{a0}=1",
            "\u{3000}@A1",
            "\u{b}=1",
            "\u{c}=1",
            "\u{feff}=1",
            "\u{200b}=1",
            "\u{0}=1",
            "\u{1b}=1",
            "\u{85}=1",
            "\u{2028}=1",
            "＝1+1",
            "＋1",
            "－1",
            "＠A1",
            " ＝1",
            "﹦1",
            "−1",
        ] {
            assert_eq!(without_formula(field), format!("'{field}"), "{field:?}");
        }
        for field in ["", "a=1", "1-2", "  words", "'=1", "{\"a\":1}", "é", "数据"] {
            assert_eq!(without_formula(field), field);
        }
    }
}
