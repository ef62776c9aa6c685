//! What shippers sent in the protocols of other systems, and what was refused of it.

use actix_web::{HttpResponse, http::StatusCode};
use central_logger_intake_routes::{Counts, RefusedIntake};
use central_logger_keys::Scope;
use central_logger_pages::{Failure, banner, count, line, text, time};
use central_logger_people::{
    Person,
    address::{INTAKE, MAPPINGS},
};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The counts of each protocol, and the last refusals.
pub(crate) async fn page(person: Person) -> Result<HttpResponse, Failure> {
    person.need(Scope::LOGS_READ)?;
    let (protocols, refusals) = person.console.intake.of(person.client());
    let content = html! {
        p.lead { "What your shippers sent to this server in the protocols of other systems since it started. They do not tell what was refused." }
        @if person.may(&Scope::KEYS_MANAGE) {
            p { a href=(MAPPINGS) { "Rules for foreign fields" } " say which fields become ours where the usual names do not fit." }
        }
        @if protocols.is_empty() {
            (banner::empty("Nothing came in another protocol", html! {
                p { "OpenTelemetry, Filebeat, Alloy, Fluent Bit and others send here as they are: a new key is shown with what to configure." }
            }))
        } @else { (counts(&protocols)) }
        @if !refusals.is_empty() {
            h2 { "The last refusals" }
            @for refused in &refusals { (one(&person, refused)) }
        }
    };
    let page = person.page("Intake", INTAKE, content);
    Ok(page.answer(StatusCode::OK))
}

fn counts(protocols: &BTreeMap<&'static str, Counts>) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Protocol" }
                        th.number scope="col" { "Stored" }
                        th.number scope="col" { "Sent again" }
                        th scope="col" { "Refused" }
                    }
                }
                tbody {
                    @for (protocol, counts) in protocols {
                        tr {
                            th scope="row" { (protocol) }
                            td.number data-label="Stored" { (count::grouped(counts.stored)) }
                            td.number data-label="Sent again" { (count::grouped(counts.replayed)) }
                            td data-label="Refused" {
                                @if counts.refused.is_empty() { span.soft { "nothing" } }
                                @for (reason, refused) in &counts.refused {
                                    div { strong.bad { (count::grouped(*refused)) } " " (reason.replace('_', " ")) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn one(person: &Person, refused: &RefusedIntake) -> Markup {
    html! {
        article.panel {
            p {
                span.badge.bad { (refused.reason.replace('_', " ")) } " " (refused.protocol) ", "
                (time::distance(refused.at, person.now))
            }
            p { (line(&refused.detail)) }
            @if !refused.sample.is_empty() {
                details {
                    summary { "What was sent" }
                    pre { (text(&refused.sample)) }
                }
            }
        }
    }
}
