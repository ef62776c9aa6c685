//! Links by which clients get keys.

use crate::{Submitted, clients};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use central_logger_http_api::{Parameters, Problem};
use central_logger_key_store::reveal_link::RevealState;
use central_logger_keys::{KeyId, Scope};
use central_logger_operations::paging::{CreationPlace, PageRequest};
use central_logger_pages::{Failure, banner, form, line, status, time};
use central_logger_people::{PersonOfProvider, address::provider::REVEAL_LINKS};
use central_logger_reveal_links::{RevealLinkPage, RevealLinkView, RevealLinks};
use maud::{Markup, html};

/// So many links stand on a page.
const LIMIT: usize = 100;

/// What has become of them.
pub(crate) async fn page(
    person: PersonOfProvider,
    parameters: Parameters,
) -> Result<HttpResponse, Failure> {
    let cursor = parameters.0.iter().find(|(name, _)| name == "cursor");
    let after = cursor.and_then(|(_, cursor)| cursor.parse().ok());
    show(&person, after, html! {}).await
}

/// Withdraws one.
pub(crate) async fn withdraw(
    submitted: Submitted,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    let unknown = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            format!("There is no reveal link {id}"),
        )
    };
    let id: KeyId = id.parse().map_err(|_| person.failed(unknown()))?;
    let withdrawn = RevealLinks::of(&person.operations).withdraw(&id).await;
    withdrawn
        .map_err(|error| person.refused(error))?
        .not_waiting();
    let done = html! { p { "The reveal link " code { (id) } " gives no key any more." } };
    show(&person, None, banner::done(done)).await
}

async fn show(
    person: &PersonOfProvider,
    after: Option<CreationPlace>,
    notice: Markup,
) -> Result<HttpResponse, Failure> {
    let asked = PageRequest {
        limit: LIMIT,
        after,
    };
    let listed = RevealLinks::of(&person.operations).page(None, &asked).await;
    let RevealLinkPage { links, next_cursor } = listed.map_err(|error| person.refused(error))?;
    let content = html! {
        (notice)
        p.lead { "Each shows a key once, which is made when its client asks for it. Make one on the page of a client." }
        @if links.is_empty() {
            (banner::empty("There are no reveal links", html! { p { "They are listed up to 30 days after their end." } }))
        } @else {
            div.table.stack {
                table {
                    thead {
                        tr {
                            th scope="col" { "Client" }
                            th scope="col" { "State" }
                            th scope="col" { "Made" }
                            th scope="col" { "Good until" }
                            th scope="col" { "Opened" }
                            th scope="col" { "Revealed" }
                            th scope="col" { span.unseen { "Action" } }
                        }
                    }
                    tbody { @for link in &links { (row(person, link)) } }
                }
            }
        }
        @if let Some(next) = &next_cursor {
            p.older { a.button href={ (REVEAL_LINKS) "?cursor=" (next) } rel="next" { "More links" } }
        }
    };
    let page = person.page("Reveal links", REVEAL_LINKS, content);
    Ok(page.answer(StatusCode::OK))
}

fn row(person: &PersonOfProvider, link: &RevealLinkView) -> Markup {
    let is_open = matches!(link.state, RevealState::Waiting | RevealState::Opened);
    let at = format!("{REVEAL_LINKS}/{}/withdraw", link.id);
    html! {
        tr {
            th scope="row" {
                a href=(clients::address(&link.client_id)) { (line(link.client_id.as_str())) }
                div.soft { code { (link.id) } @if link.has_passphrase { ", with a passphrase" } }
            }
            td data-label="State" { (status::badge(word(link.state))) }
            td.tight data-label="Made" { (time::distance(link.created_at, person.now)) }
            td.tight data-label="Good until" { (time::minute(link.expires_at)) }
            td data-label="Opened" { (seen(person, link.opened_at, link.opened_from.as_deref())) }
            td data-label="Revealed" {
                (seen(person, link.revealed_at, link.revealed_from.as_deref()))
                @if let Some(key) = &link.key_id { div.soft { "key " code { (key) } } }
            }
            td.actions {
                @if is_open && person.may(&Scope::PROVIDER_WRITE) {
                    (form::button(&at, &person.form_token, "Withdraw"))
                }
            }
        }
    }
}

fn seen(
    person: &PersonOfProvider,
    at: Option<::time::OffsetDateTime>,
    network: Option<&str>,
) -> Markup {
    html! {
        @match at { Some(at) => { (time::distance(at, person.now)) } None => { span.soft { "no" } } }
        @if let Some(network) = network { div.soft { (line(network)) } }
    }
}

fn word(state: RevealState) -> &'static str {
    match state {
        RevealState::Waiting => "waiting",
        RevealState::Opened => "opened",
        RevealState::Revealed => "revealed",
        RevealState::Withdrawn => "withdrawn",
        RevealState::Expired => "expired",
    }
}
