//! One entry, and those around it.

use actix_web::{HttpResponse, http::StatusCode, web::Path};
use central_logger_http_api::Problem;
use central_logger_keys::Scope;
use central_logger_log_pages::{PATH, Period, View, executed, filters::narrowing, rows, whole};
use central_logger_log_store::{Cursor, LogId, LogQuery, Order, StoredLog};
use central_logger_pages::{Failure, line, text};
use central_logger_people::Person;
use central_logger_times::Timestamp;
use maud::{Markup, html};
use time::Duration;

/// So many entries before and after it are shown.
const AROUND: usize = 5;

/// An entry is read as a whole, however large.
const ALL: usize = usize::MAX;

/// The page of one entry.
pub(crate) async fn entry(person: Person, id: Path<String>) -> Result<HttpResponse, Failure> {
    person.need(Scope::LOGS_READ)?;
    let absent = || {
        person.failed(Problem::new(
            StatusCode::NOT_FOUND,
            "There is no such entry",
        ))
    };
    let id: LogId = id.parse().map_err(|_| absent())?;
    let found = person.logs.get(id).await;
    let log = found
        .map_err(|error| person.failed(error))?
        .ok_or_else(absent)?;
    let later = around(&person, id, Order::Asc).await?;
    let earlier = around(&person, id, Order::Desc).await?;
    let content = content(&log, &later, &earlier);
    let page = person.page("Entry", PATH, content);
    Ok(page.answer(StatusCode::OK))
}

/// The next entries in an order, newest first in any case.
async fn around(person: &Person, id: LogId, order: Order) -> Result<Vec<StoredLog>, Failure> {
    let cursor: Result<Cursor, _> = id.to_string().parse();
    let query = LogQuery {
        limit: AROUND,
        order,
        cursor: cursor.ok(),
        ..LogQuery::default()
    };
    let page = person.logs.page(&query.into()).await;
    let mut logs = page.map_err(|error| person.failed(error))?.logs;
    if order == Order::Asc {
        logs.reverse();
    }
    Ok(logs)
}

fn content(log: &StoredLog, later: &[StoredLog], earlier: &[StoredLog]) -> Markup {
    let at = i64::try_from(log.id.executed_at_ms()).unwrap_or_default();
    let at = Timestamp::from_unix_ms(at).map_or(log.received_at, Timestamp::get);
    let mut view = View::latest(at);
    view.period = Period {
        from: Timestamp::clamped(at - Duration::minutes(5)),
        to: Timestamp::clamped(at + Duration::minutes(5)),
    };
    let json = serde_json::to_string(log).unwrap_or_default();
    html! {
        p.lead {
            (line(log.workflow.as_deref().unwrap_or("No workflow"))) ", " (line(&log.status)) ", " (executed(log))
        }
        section.panel.whole aria-label="The entry" {
            (whole(log, ALL))
        }
        (narrowing(&view))
        details.panel {
            summary { "As JSON" }
            div.copyable {
                pre #json { (text(&json)) }
                button type="button" hidden data-copy="json" { "Copy" }
            }
        }
        h2 { "Around it" }
        p.soft { "Of all workflows, newest first." }
        @if later.is_empty() { p.hint { "Nothing later." } }
        @else { (rows(later, &[])) }
        div.here { span { "This entry" } }
        @if earlier.is_empty() { p.hint { "Nothing earlier." } }
        @else { (rows(earlier, &[])) }
        p.links { a href=(view.address()) { "All entries of the ten minutes around it" } }
    }
}
