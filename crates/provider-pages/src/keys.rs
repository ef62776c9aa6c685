//! The keys of all clients, by their visible part.

use crate::client::key_table;
use actix_web::{HttpResponse, http::StatusCode};
use central_logger_http_api::{Parameters, Problem};
use central_logger_operations::{keys::KeyFilter, paging::PageRequest};
use central_logger_pages::Failure;
use central_logger_people::{PersonOfProvider, address::provider::KEYS};
use form_urlencoded::Serializer;
use maud::{Markup, html};
use std::{fmt::Display, str::FromStr};

/// So many keys stand on a page.
const LIMIT: usize = 100;

const STATUSES: [&str; 4] = ["active", "disabled", "expired", "revoked"];

/// Those that are looked for.
pub(crate) async fn page(
    person: PersonOfProvider,
    parameters: Parameters,
) -> Result<HttpResponse, Failure> {
    let (filter, request) = query(&parameters).map_err(|problem| person.failed(problem))?;
    let listed = person.operations.page(&filter, &request).await;
    let listed = listed.map_err(|error| person.refused(error))?;
    let content = html! {
        (search(&filter))
        (key_table(&person, &listed.keys, true))
        @if let Some(cursor) = &listed.next_cursor {
            p.older { a.button href=(with(&filter, &cursor.to_string())) { "More keys" } }
        }
    };
    let page = person.page("Keys of all clients", KEYS, content);
    Ok(page.answer(StatusCode::OK))
}

fn query(parameters: &Parameters) -> Result<(KeyFilter, PageRequest), Problem> {
    let mut filter = KeyFilter::default();
    let mut request = PageRequest {
        limit: LIMIT,
        after: None,
    };
    for (name, value) in parameters.0.iter().filter(|(_, value)| !value.is_empty()) {
        match name.as_str() {
            "q" => filter.part = Some(value.clone()),
            "status" => filter.status = Some(read(name, value)?),
            "client_id" => filter.client = Some(read(name, value)?),
            "cursor" => request.after = Some(read(name, value)?),
            _ => {}
        }
    }
    Ok((filter, request))
}

fn read<T: FromStr<Err: Display>>(name: &str, value: &str) -> Result<T, Problem> {
    value.parse().map_err(|error| {
        let detail = format!("{name}: {error}");
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    })
}

fn search(filter: &KeyFilter) -> Markup {
    let status = filter.status.map(|status| status.as_str());
    let client = filter.client.as_ref().map(|client| client.as_str());
    html! {
        form.inline.panel method="get" action=(KEYS) {
            div.field {
                label for="q" { "Id or name has" }
                input #q type="search" name="q" value=(filter.part.as_deref().unwrap_or_default());
            }
            div.field {
                label for="client_id" { "Client" }
                input #client_id type="search" name="client_id" value=(client.unwrap_or_default());
            }
            div.field {
                label for="status" { "Status" }
                select #status name="status" {
                    option value="" { "Any" }
                    @for each in STATUSES { option value=(each) selected[status == Some(each)] { (each) } }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn with(filter: &KeyFilter, cursor: &str) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in [
        ("q", filter.part.as_deref()),
        (
            "client_id",
            filter.client.as_ref().map(|client| client.as_str()),
        ),
        ("status", filter.status.map(|status| status.as_str())),
        ("cursor", Some(cursor)),
    ] {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    format!("{KEYS}?{}", query.finish())
}
