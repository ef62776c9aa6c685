//! The audit trail.

use crate::{Submitted, audit_filter::Wanted, clients};
use actix_web::{HttpResponse, http::StatusCode};
use central_logger_http_api::Parameters;
use central_logger_key_store::AuditEntry;
use central_logger_pages::{Failure, banner, count, form, line, text, time};
use central_logger_people::{PersonOfProvider, address::provider::AUDIT};
use maud::{Markup, html};

/// So many entries are read at a time.
const READ: usize = 500;
/// So often at most for one page.
const READS: usize = 10;
/// So many entries stand on a page.
const SHOWN: usize = 50;

/// A part of the trail, the newest first.
struct Part {
    entries: Vec<AuditEntry>,
    /// Where it goes on, if it does.
    next: Option<u64>,
}

/// The entries that are looked for.
pub(crate) async fn page(
    person: PersonOfProvider,
    parameters: Parameters,
) -> Result<HttpResponse, Failure> {
    let wanted = Wanted::read(&parameters).map_err(|problem| person.failed(problem))?;
    show(&person, &wanted, html! {}).await
}

/// Verifies the whole trail.
pub(crate) async fn verify(submitted: Submitted) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    let verdict = person.operations.verify_audit(None).await;
    let verdict = verdict.map_err(|error| person.refused(error))?;
    let report = &verdict.report;
    let checked = html! {
        p {
            "Checked " (count::grouped(report.entries)) " entries"
            @if let Some(keys) = report.keys { " and " (count::of(keys, "key")) } "."
        }
    };
    let notice = match verdict.intact {
        true => banner::done(html! { p { strong { "The trail is intact." } } (checked) }),
        false => banner::problem(html! {
            p { strong { "The trail is not intact: " (count::of(report.faults.len() as u64, "fault")) "." } }
            (checked)
            p { code { "audit --verify" } " names each." }
        }),
    };
    show(&person, &Wanted::default(), notice).await
}

async fn show(
    person: &PersonOfProvider,
    wanted: &Wanted,
    notice: Markup,
) -> Result<HttpResponse, Failure> {
    let part = read(person, wanted).await?;
    let verify = form::button(
        &format!("{AUDIT}/verify"),
        &person.form_token,
        "Verify the trail",
    );
    let content = html! {
        (notice)
        div.head {
            p.soft { "Who did what to which key, client or session, the newest first." }
            div.actions { (verify) }
        }
        (wanted.form())
        @if part.entries.is_empty() {
            (banner::empty("No entry fits", html! { p { a href=(AUDIT) { "Show all entries" } } }))
        } @else { (table(person, &part.entries)) }
        @if let Some(next) = part.next { p.older { a.button href=(wanted.older(next)) { "Older entries" } } }
    };
    let page = person.page("Audit trail", AUDIT, content);
    Ok(page.answer(StatusCode::OK))
}

async fn read(person: &PersonOfProvider, wanted: &Wanted) -> Result<Part, Failure> {
    let (mut entries, mut before) = (Vec::new(), wanted.before);
    let is_before_all = |entry: &AuditEntry| wanted.from.is_some_and(|from| entry.at < from.get());
    for _ in 0..READS {
        let read = person.operations.audit_before(before, READ).await;
        let read = read.map_err(|error| person.refused(error))?;
        let is_end = read
            .last()
            .is_none_or(|last| last.sequence <= 1 || is_before_all(last));
        for entry in read {
            before = Some(entry.sequence);
            if wanted.fits(&entry) {
                entries.push(entry);
            }
            if entries.len() == SHOWN {
                let next = before.filter(|sequence| *sequence > 1);
                return Ok(Part { entries, next });
            }
        }
        if is_end {
            return Ok(Part {
                entries,
                next: None,
            });
        }
    }
    Ok(Part {
        entries,
        next: before,
    })
}

fn table(person: &PersonOfProvider, entries: &[AuditEntry]) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th.number scope="col" { "No." }
                        th scope="col" { "When" }
                        th scope="col" { "Who" }
                        th scope="col" { "Did" }
                        th scope="col" { "To" }
                        th scope="col" { "What it is now" }
                    }
                }
                tbody { @for entry in entries { (row(person, entry)) } }
            }
        }
    }
}

fn row(person: &PersonOfProvider, entry: &AuditEntry) -> Markup {
    html! {
        tr {
            th.number scope="row" { (entry.sequence) }
            td.tight data-label="When" { (time::distance(entry.at, person.now)) }
            td data-label="Who" {
                (line(entry.actor.name()))
                @if let Some(network) = entry.actor.network() { div.soft { (line(network)) } }
            }
            td data-label="Did" { code { (entry.action.as_str()) } }
            td data-label="To" {
                @if let Some(client) = &entry.client_id { a href=(clients::address(client)) { (line(client.as_str())) } }
                @if let Some(key) = &entry.key_id { div.soft { "key " code { (key) } } }
            }
            td data-label="What it is now" {
                details {
                    summary { "Show" }
                    pre { (text(&entry.after)) }
                    @if let Some(before) = &entry.before { p.soft { "Before:" } pre { (text(before)) } }
                }
            }
        }
    }
}
