//! A new key, which is shown once.

use super::snippets::snippets;
use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use central_logger_keys::Scope;
use central_logger_log_pages as log_pages;
use central_logger_operations::{Repeated, keys::Issued};
use central_logger_pages::{banner, line};
use central_logger_people::{Person, address::KEYS};
use maud::{Markup, html};

/// The page of a form that was sent again: nothing shows the key any more.
pub(crate) fn made_before(person: &Person, repeated: &Repeated) -> HttpResponse {
    let content = html! {
        (banner::hint(html! {
            p { "This form was sent before, and its key was shown then. No other key was made." }
        }))
        @if let Some(id) = repeated.keys.first() {
            p { a href={ (KEYS) "/" (id) } { "The key that was made" } }
        }
    };
    let page = person.page("The key was made before", KEYS, content);
    page.answer(StatusCode::OK)
}

/// The page of a key that was made just now. `further` is what else is to be said.
pub(crate) fn page(
    person: &Person,
    request: &HttpRequest,
    issued: &Issued,
    further: Markup,
) -> HttpResponse {
    let key = issued.api_key.expose_secret();
    let id = &issued.record.id;
    let base_url = person.console.sessions.address.base_url(request);
    let name = issued.record.name.as_deref();
    let sends = issued.record.scopes.contains(&Scope::LOGS_WRITE);
    let content = html! {
        (banner::done(html! {
            p {
                strong { @match name { Some(name) => (line(name)), None => code { (id) } } }
                " is ready. The key is shown this once: copy it now, into a file or a secrets manager."
            }
        }))
        (further)
        div.copyable.secret {
            pre #api-key { (key) }
            button type="button" hidden data-copy="api-key" { "Copy" }
        }
        @if sends {
            h2 { "Use it" }
            (snippets(&base_url, key))
            h2 { "See its first entry" }
            p {
                a.button href={ (KEYS) "/" (id) "?watch=1" } { "Wait for its first entry" } " or look at "
                a href={ (log_pages::View::latest(person.now).address()) } { "the logs" }
                ": their page can also show entries live."
            }
        }
        p { a href={ (KEYS) "/" (id) } { "To the key" } " · " a href=(KEYS) { "All keys" } }
    };
    person
        .page("A new key", KEYS, content)
        .answer(StatusCode::OK)
}
