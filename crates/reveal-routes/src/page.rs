//! The pages and answers of a link.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderName, HeaderValue, REFERRER_POLICY},
    },
};
use central_logger_http_api::{Problem, wants_page};
use central_logger_pages::{Page, banner, time};
use central_logger_reveal_links::{Replaced, RevealedKey};
use maud::{Markup, html};

/// The page of a good link. What it sends makes the key.
pub(crate) fn link(
    status: StatusCode,
    needs_passphrase: bool,
    fault: Option<&str>,
) -> HttpResponse {
    let content = html! {
        @if let Some(fault) = fault { (banner::problem(html! { p { (fault) "." } })) }
        p {
            "This page shows your API key " strong { "once" } ". The key is made when you reveal it, and nobody can "
            "show it again: have a safe place for it ready."
        }
        form method="post" {
            @if needs_passphrase {
                // Password managers keep a passphrase under a name. It is not sent.
                input type="text" hidden autocomplete="username" value="Reveal link";
                div.field {
                    label for="passphrase" { "Passphrase" }
                    input #passphrase type="password" name="passphrase" required autocomplete="off" maxlength="256"
                        spellcheck="false" autocapitalize="none";
                    p.hint { "You were told it on another way than the link." }
                }
            }
            button.primary type="submit" { "Reveal the key" }
        }
    };
    card("Your API key", content, status)
}

/// Asks for the passphrase once more: as a page for people, and as a problem for programs.
pub(crate) fn ask_again(request: &HttpRequest, detail: &'static str) -> HttpResponse {
    match wants_page(request.headers()) {
        true => link(StatusCode::FORBIDDEN, true, Some(detail)),
        false => sealed(Problem::new(StatusCode::FORBIDDEN, detail).to_response()),
    }
}

/// The same refusal as a page for people, and as a problem for programs.
pub(crate) fn refusal(
    request: &HttpRequest,
    status: StatusCode,
    detail: &'static str,
) -> HttpResponse {
    if !wants_page(request.headers()) {
        return sealed(Problem::new(status, detail).to_response());
    }
    let content = banner::problem(html! { p { (detail) "." } });
    card("There is no key here", content, status)
}

/// The key, this once, for a server at the base URL `url`.
pub(crate) fn key(request: &HttpRequest, key: &RevealedKey, url: &str) -> HttpResponse {
    if !wants_page(request.headers()) {
        return sealed(HttpResponse::Ok().json(&key.issued));
    }
    let record = &key.issued.record;
    let api_key = key.issued.api_key.expose_secret();
    let settings = format!("LOGGER_API_URL={url}/api/v1/logs\nLOGGER_API_KEY={api_key}");
    let trial = format!("curl {url}/api/v1/whoami -H 'X-API-Key: {api_key}'");
    let content = html! {
        (banner::done(html! { p { "Keep the key now: this page cannot be shown again." } }))
        pre.key { (api_key) }
        dl.facts {
            dt { "Client" } dd { code { (record.owner.as_str()) } }
            dt { "Key id" } dd { code { (record.id) } }
            dt { "Allows" } dd { @for scope in record.scopes.iter() { code.tag { (scope) } " " } }
            dt { "Expires" }
            dd { @match record.expires_at { Some(end) => { (time::minute(end)) } None => { "never" } } }
        }
        @if let Some(replaced) = &key.replaced { p { (of_replaced(replaced)) } }
        h2 { "In your .env file" }
        pre { (settings) }
        h2 { "Try it" }
        pre { (trial) }
        p { "Keep it secret, and never commit it to version control." }
    };
    card("Your API key", content, StatusCode::OK)
}

fn of_replaced(replaced: &Replaced) -> Markup {
    html! {
        "It replaces the key " code { (replaced.key_id) } ", which is "
        @match replaced.works_until {
            Some(end) => { "valid until " (time::minute(end)) "." }
            None => { "no longer valid." }
        }
    }
}

fn card(title: &str, content: Markup, status: StatusCode) -> HttpResponse {
    sealed(Page::new(title, content).as_card().answer(status))
}

/// The address has the token in it, so it goes to no other site, and what stands there is kept nowhere.
fn sealed(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    for (name, value) in [
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
