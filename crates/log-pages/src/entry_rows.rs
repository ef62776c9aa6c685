//! Entries as rows that open.

use crate::{columns::own_columns, filters::narrow, json_tree::tree, view::PATH};
use ::time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};
use central_logger_log_store::StoredLog;
use central_logger_pages::{count, line, status::badge, text, time};
use maud::{Markup, html};

/// Members of more bytes together are shown on the page of the entry alone.
const LONGEST: usize = 8 << 10;

/// Rows of entries, with columns of one's own. Each opens to the whole of it.
pub fn rows(logs: &[StoredLog], columns: &[String]) -> Markup {
    html! {
        div.entries #entries {
            @for log in logs { (row(log, columns)) }
        }
    }
}

fn row(log: &StoredLog, columns: &[String]) -> Markup {
    html! {
        details.entry {
            summary {
                (executed(log))
                (badge(&log.status))
                span.workflow { (line(log.workflow.as_deref().unwrap_or("–"))) }
                span.environment { (line(&log.environment)) }
                span.message { (line(&first_line(log))) }
                @if !columns.is_empty() { (own_columns(log, columns)) }
            }
            div.whole {
                (whole(log, LONGEST))
                p.links {
                    a href={ (PATH) "/" (log.id) } { "This entry alone, and those around it" }
                }
            }
        }
    }
}

/// When it was executed.
pub fn executed_at(log: &StoredLog) -> OffsetDateTime {
    let parsed = OffsetDateTime::parse(&log.executed_at.replace(' ', "T"), &Rfc3339);
    // Each entry has a time.
    parsed.map_or(log.received_at, |at| at.to_offset(UtcOffset::UTC))
}

/// The same, to the millisecond.
pub fn executed(log: &StoredLog) -> Markup {
    time::precise(executed_at(log))
}

/// The beginning of the message, or else of the other members.
fn first_line(log: &StoredLog) -> String {
    const LONG: usize = 240;
    let text = match (&log.message, &log.extra) {
        (Some(message), _) => message.as_str(),
        (None, Some(extra)) => extra.as_str(),
        (None, None) => return String::new(),
    };
    let end = text
        .char_indices()
        .nth(LONG)
        .map_or(text.len(), |(end, _)| end);
    text[..end].trim().to_owned()
}

/// All members, if those of the sender have at most so many bytes together.
pub fn whole(log: &StoredLog, most: usize) -> Markup {
    let message = log.message.as_deref().unwrap_or_default();
    let extra = log.extra.as_deref().unwrap_or_default();
    let length = message.len() + extra.len();
    html! {
        dl.facts {
            dt { "executed_at" } dd { code { (line(&log.executed_at)) } }
            dt { "status" } dd { (line(&log.status)) (narrow("status", &log.status)) }
            @if let Some(workflow) = &log.workflow {
                dt { "workflow" } dd { (line(workflow)) (narrow("workflow", workflow)) }
            }
            dt { "environment" } dd { (line(&log.environment)) (narrow("environment", &log.environment)) }
            @if length <= most {
                @if !message.is_empty() { dt { "message" } dd.message { (text(message)) } }
                @if !extra.is_empty() { dt { "members" } dd { (tree(extra)) } }
            } @else {
                dt { "members" }
                dd { (count::bytes(length as u64)) ": open the entry to see them" }
            }
            @if let Some(event_id) = &log.event_id {
                dt { "event_id" } dd { code { (line(event_id)) } }
            }
            dt { "received_at" } dd { (time::precise(log.received_at)) }
            dt { "id" } dd { code { (log.id) } }
        }
    }
}
