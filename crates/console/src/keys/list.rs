//! All keys of the client.

use ::time::{Duration, OffsetDateTime};
use actix_web::{HttpResponse, http::StatusCode};
use central_logger_http_api::Parameters;
use central_logger_key_store::KeyStatus;
use central_logger_keys::Scope;
use central_logger_operation_routes::problems::of_operation;
use central_logger_operations::{
    keys::{KeyFilter, KeyPage, KeyView},
    paging::PageRequest,
};
use central_logger_pages::{Failure, banner, line, status::badge, time};
use central_logger_people::{Fields, Person, address::KEYS};
use form_urlencoded::Serializer;
use maud::{Markup, html};

/// So many keys are on a page.
const MOST: usize = 100;

/// So old a key is to be rotated, as `--due 90d` of the command line has it.
const ROTATION_PERIOD: Duration = Duration::days(90);

const STATUSES: [KeyStatus; 4] = [
    KeyStatus::Active,
    KeyStatus::Disabled,
    KeyStatus::Expired,
    KeyStatus::Revoked,
];

/// The keys.
pub(crate) async fn page(person: Person, parameters: Parameters) -> Result<HttpResponse, Failure> {
    person.need(Scope::KEYS_MANAGE)?;
    let fields = Fields(parameters.0);
    let filter = KeyFilter {
        status: fields.get("status").and_then(|status| status.parse().ok()),
        part: fields.get("q").map(str::to_owned),
        ..KeyFilter::default()
    };
    let after = fields.get("cursor").and_then(|cursor| cursor.parse().ok());
    let asked = PageRequest { limit: MOST, after };
    let listed = person.operations.page(&filter, &asked).await;
    let listed = listed.map_err(|error| person.failed(of_operation(error)))?;
    let content = content(&person, &filter, &listed);
    let page = person.page("Keys", KEYS, content);
    Ok(page.answer(StatusCode::OK))
}

fn content(person: &Person, filter: &KeyFilter, listed: &KeyPage) -> Markup {
    html! {
        div.head {
            form.inline method="get" action=(KEYS) role="search" {
                div.field {
                    label for="q" { "Name or id" }
                    input type="search" id="q" name="q" value=(filter.part.as_deref().unwrap_or_default());
                }
                div.field {
                    label for="status" { "Status" }
                    select id="status" name="status" {
                        option value="" { "Any" }
                        @for status in STATUSES {
                            option value=(status) selected[filter.status == Some(status)] { (status) }
                        }
                    }
                }
                button type="submit" { "Show" }
            }
            div.actions { a.button.primary href={ (KEYS) "/new" } { "Issue a key" } }
        }
        @if listed.keys.is_empty() && filter.status.is_none() && filter.part.is_none() {
            (banner::empty("No keys yet", html! { p { "A program sends and reads with a key: issue the first one." } }))
        } @else if listed.keys.is_empty() {
            (banner::empty("No such key", html! { p { "Choose another status or name." } }))
        } @else { (table(&listed.keys, person.now)) }
        @if let Some(next) = &listed.next_cursor {
            p.older { a.button href=(further(filter, &next.to_string())) rel="next" { "More" } }
        }
    }
}

/// The address of the page behind, of the same keys.
fn further(filter: &KeyFilter, cursor: &str) -> String {
    let status = filter.status.map(KeyStatus::as_str);
    let all = [
        ("q", filter.part.as_deref()),
        ("status", status),
        ("cursor", Some(cursor)),
    ];
    let named = all.into_iter();
    let named = named.filter_map(|(name, value)| Some((name, value?)));
    let query = Serializer::new(String::new()).extend_pairs(named).finish();
    format!("{KEYS}?{query}")
}

fn table(keys: &[KeyView], now: OffsetDateTime) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Key" }
                        th scope="col" { "Status" }
                        th scope="col" { "May" }
                        th scope="col" { "Last used" }
                        th scope="col" { "Ends" }
                        th scope="col" { "Rotation" }
                    }
                }
                tbody { @for key in keys { (row(key, now)) } }
            }
        }
    }
}

fn row(key: &KeyView, now: OffsetDateTime) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href={ (KEYS) "/" (key.key_id) } {
                    @match &key.name {
                        Some(name) => strong { (line(name)) },
                        None => code { (key.key_id) },
                    }
                }
                div.soft { code { (visible(key)) } }
            }
            td data-label="Status" { (badge(key.status.as_str())) }
            td data-label="May" {
                @for scope in key.scopes.iter() { code.tag { (scope) } " " }
                @if !key.allow_ip.is_empty() { div.soft { "from " code { (key.allow_ip) } } }
            }
            td data-label="Last used" { (last_use(key, now)) }
            td data-label="Ends" { (end(key, now)) }
            td data-label="Rotation" { (rotation(key, now)) }
        }
    }
}

/// The part of the key that is no secret.
pub(crate) fn visible(key: &KeyView) -> String {
    format!("…_{}_{}_…", key.environment, key.key_id)
}

pub(crate) fn last_use(key: &KeyView, now: OffsetDateTime) -> Markup {
    html! {
        @match key.last_used_at {
            Some(at) => (time::distance(at, now)),
            None => span.soft { "never" },
        }
        @if let Some(from) = &key.last_used_from { div.soft { "from " code { (line(from)) } } }
    }
}

/// When the key ends, and why.
pub(crate) fn end(key: &KeyView, now: OffsetDateTime) -> Markup {
    let word = |at: OffsetDateTime, future: &str, past: &str| match at > now {
        true => future.to_owned(),
        false => past.to_owned(),
    };
    match (key.revoked_at, key.grace_ends_at, key.expires_at) {
        (Some(at), ..) => html! { "revoked " (time::distance(at, now)) },
        (None, Some(at), _) => {
            html! { (word(at, "grace ends ", "grace ended ")) (time::distance(at, now)) }
        }
        (None, None, Some(at)) => html! { (word(at, "", "expired ")) (time::distance(at, now)) },
        (None, None, None) => html! { span.soft { "never" } },
    }
}

/// When the key is to be rotated.
pub(crate) fn rotation(key: &KeyView, now: OffsetDateTime) -> Markup {
    let is_over = key.status != KeyStatus::Active || key.grace_ends_at.is_some();
    let due = key.created_at + ROTATION_PERIOD;
    match (is_over, due <= now) {
        (true, _) => html! { span.soft { "–" } },
        (false, true) => {
            html! { span.badge.warning { "due" } " since " (time::distance(due, now)) }
        }
        (false, false) => html! { "due " (time::distance(due, now)) },
    }
}
