//! The health of the servers.

use actix_web::{HttpResponse, http::StatusCode};
use central_logger_operations::{ServerList, ServerView};
use central_logger_pages::{Failure, banner, count};
use central_logger_people::{PersonOfProvider, address::provider::SERVERS};
use maud::{Markup, html};

/// All servers, and what waits at the one that answers.
pub(crate) async fn page(person: PersonOfProvider) -> Result<HttpResponse, Failure> {
    let listed = person.operations.servers().await;
    let listed = listed.map_err(|error| person.refused(error))?;
    let content = html! {
        p.lead { "The servers that answer from this database. One that is cut off or stopped leaves when its lease runs out." }
        (warnings(&listed))
        @if listed.servers.is_empty() {
            (banner::empty("No server has a lease", html! { p { "No server follows the changes of keys at the moment." } }))
        } @else { (table(&listed)) }
        h2 { "The server that answers you" }
        (this_one(&person))
    };
    let page = person.page("Servers", SERVERS, content);
    Ok(page.answer(StatusCode::OK))
}

/// What somebody should look into.
fn warnings(listed: &ServerList) -> Markup {
    let schema = |server: &ServerView| server.schema;
    let newest = listed.servers.iter().filter_map(schema).max();
    let older = listed
        .servers
        .iter()
        .filter(|server| server.schema < newest);
    let older = older.count() as u64;
    html! {
        @if older > 0 {
            (banner::hint(html! {
                p {
                    (count::of(older, "server")) " of an older version: an upgrade is under way. Logs are not put into blocks until all are new."
                }
            }))
        }
    }
}

fn table(listed: &ServerList) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Server" }
                        th scope="col" { "Follows changes" }
                        th.number scope="col" { "Changes behind" }
                        th.number scope="col" { "Schema" }
                    }
                }
                tbody { @for server in &listed.servers { (row(server)) } }
            }
        }
        p.hint { "The last change is number " (count::grouped(listed.last_change)) " of the audit trail." }
    }
}

fn row(server: &ServerView) -> Markup {
    html! {
        tr {
            th scope="row" { code { (server.server) } }
            td data-label="Follows changes" {
                @if server.changes_behind == 0 { span.badge.good { "up to date" } }
                @else { span.badge.warning { "behind" } }
            }
            td.number data-label="Changes behind" { (count::grouped(server.changes_behind)) }
            td.number data-label="Schema" { @match server.schema { Some(version) => (version), None => "–" } }
        }
    }
}

fn this_one(person: &PersonOfProvider) -> Markup {
    let queue = person.console.ingestor.queue();
    let number = |number: usize| count::grouped(number as u64);
    html! {
        dl.figures {
            div { dt { "Version" } dd { (env!("CARGO_PKG_VERSION")) } }
            div {
                dt { "Entries that wait to be stored" }
                dd { (number(queue.entries)) }
                dd.soft { (count::bytes(queue.bytes as u64)) " of " (count::bytes(queue.capacity as u64)) }
            }
            div { dt { "Refused for want of room" } dd { (count::grouped(queue.refused)) } dd.soft { "since it started" } }
            div { dt { "Given up" } dd { (count::grouped(queue.expired)) } dd.soft { "waited for too long" } }
        }
        p.hint { code { "/metrics" } " of each server has these figures and more." }
    }
}
