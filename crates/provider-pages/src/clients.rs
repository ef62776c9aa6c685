//! All clients.

use crate::Submitted;
use actix_web::{
    HttpResponse,
    http::{StatusCode, header::LOCATION},
};
use central_logger_people::{PersonOfProvider, address::provider::CLIENTS};

use central_logger_http_api::{Parameters, Problem};
use central_logger_key_store::{Patch, quota::QuotaDimension};
use central_logger_keys::ClientId;
use central_logger_operations::clients::{
    ClientCursor, ClientFilter, ClientListing, ClientOrder, ClientPatch, ClientView,
};
use central_logger_pages::{Failure, banner, count, form, line, time};
use central_logger_text::PlainText;
use form_urlencoded::Serializer;
use maud::{Markup, html};

/// So many clients stand on a page.
const LIMIT: usize = 100;

const ORDERS: [(&str, &str); 5] = [
    ("client_id", "Id"),
    ("entries_24h", "Entries"),
    ("refused_24h", "Refused"),
    ("last_seen", "Last seen"),
    ("first_seen", "First seen"),
];

/// Those that are looked for.
pub(crate) async fn page(
    person: PersonOfProvider,
    parameters: Parameters,
) -> Result<HttpResponse, Failure> {
    let filter = filter(&parameters).map_err(|problem| person.failed(problem))?;
    show(&person, &filter, html! {}).await
}

/// Sets a client up.
pub(crate) async fn set_up(submitted: Submitted) -> Result<HttpResponse, Failure> {
    let Submitted { person, fields } = submitted;
    let id = fields.get("client_id").unwrap_or_default();
    let client = id.parse::<ClientId>();
    let client = client.map_err(|error| invalid(&person, &error))?;
    let name = fields.get("name").map(str::parse::<PlainText>).transpose();
    let patch = ClientPatch {
        name: match name.map_err(|error| invalid(&person, &error))? {
            Some(name) => Patch::Set(name),
            None => Patch::Keep,
        },
        ..ClientPatch::default()
    };
    let set = person.operations.set_client(&client, &patch).await;
    set.map_err(|error| person.refused(error))?.not_waiting();
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, address(&client)))
        .finish())
}

fn invalid(person: &PersonOfProvider, error: &dyn std::error::Error) -> Failure {
    let detail = error.to_string();
    person.failed(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail))
}

/// The address of the page of a client.
pub(crate) fn address(client: &ClientId) -> String {
    format!("{CLIENTS}/{client}")
}

fn filter(parameters: &Parameters) -> Result<ClientFilter, Problem> {
    let mut filter = ClientFilter {
        limit: Some(LIMIT),
        ..ClientFilter::default()
    };
    let invalid = |error: &dyn std::error::Error| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string())
    };
    for (name, value) in parameters.0.iter().filter(|(_, value)| !value.is_empty()) {
        match name.as_str() {
            "q" => filter.q = Some(value.clone()),
            "order" => {
                filter.order = value
                    .parse::<ClientOrder>()
                    .map_err(|error| invalid(&error))?
            }
            "cursor" => {
                filter.cursor = Some(
                    value
                        .parse::<ClientCursor>()
                        .map_err(|error| invalid(&error))?,
                )
            }
            _ => {}
        }
    }
    Ok(filter)
}

async fn show(
    person: &PersonOfProvider,
    filter: &ClientFilter,
    notice: Markup,
) -> Result<HttpResponse, Failure> {
    let listed = person.operations.clients(filter).await;
    let listed = listed.map_err(|error| person.refused(error))?;
    let content = html! {
        (notice)
        (search(filter))
        @if listed.clients.is_empty() { (nobody(filter)) } @else { (table(person, &listed)) }
        @if let Some(cursor) = &listed.next_cursor {
            p.older { a.button href=(with(filter, filter.order, Some(&cursor.to_string()))) { "More clients" } }
        }
        (new_client(person))
    };
    let page = person.page("Clients", CLIENTS, content);
    Ok(page.answer(StatusCode::OK))
}

fn search(filter: &ClientFilter) -> Markup {
    html! {
        form.inline.panel method="get" action=(CLIENTS) {
            div.field {
                label for="q" { "Id, name or external id has" }
                input #q type="search" name="q" value=(filter.q.as_deref().unwrap_or_default());
            }
            div.field {
                label for="order" { "Order" }
                select #order name="order" {
                    @for (value, text) in ORDERS {
                        option value=(value) selected[filter.order.as_str() == value] { (text) }
                    }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn nobody(filter: &ClientFilter) -> Markup {
    match filter.q {
        Some(_) => banner::empty(
            "No client fits",
            html! { p { a href=(CLIENTS) { "Show all clients" } } },
        ),
        None => banner::empty(
            "There are no clients yet",
            html! { p { "Set the first one up below, and hand it a reveal link." } },
        ),
    }
}

fn table(person: &PersonOfProvider, listed: &ClientListing) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Client" }
                        th.number scope="col" { "Entries, 24 h" }
                        th.number scope="col" { "Refused, 24 h" }
                        th.number scope="col" { "Active keys" }
                        th scope="col" { "Keys due" }
                        th scope="col" { "Limits" }
                        th scope="col" { "First seen" }
                        th scope="col" { "Last seen" }
                    }
                }
                tbody { @for client in &listed.clients { (row(person, client)) } }
            }
        }
    }
}

fn row(person: &PersonOfProvider, client: &ClientView) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href=(address(&client.client_id)) { strong { (line(client.client_id.as_str())) } }
                @if let Some(name) = &client.name { div.soft { (line(name)) } }
            }
            td.number data-label="Entries, 24 h" { (count::grouped(client.entries_24h)) }
            td.number data-label="Refused, 24 h" { (count::grouped(client.refused_24h)) }
            td.number data-label="Active keys" { (count::grouped(client.keys.active)) }
            td data-label="Keys due" {
                @if client.keys.due > 0 { span.badge.warning { (count::of(client.keys.due, "key")) " due" } }
                @else { span.soft { "none" } }
            }
            td data-label="Limits" { (limits(client)) }
            td.tight data-label="First seen" { (seen(person, client.first_seen_at)) }
            td.tight data-label="Last seen" { (seen(person, client.last_seen_at)) }
        }
    }
}

/// The quotas of a client in words.
pub(crate) fn limits(client: &ClientView) -> Markup {
    let quota = &client.quota.quota;
    html! {
        @if quota.is_unlimited() { span.soft { "none" } }
        @for dimension in QuotaDimension::ALL {
            @if let Some(limit) = quota.limit(dimension) { div { (limit_in_words(dimension, limit.get())) } }
        }
    }
}

fn limit_in_words(dimension: QuotaDimension, limit: u64) -> String {
    let number = count::grouped(limit);
    match dimension {
        QuotaDimension::RequestsPerDay => format!("{number} requests a day"),
        QuotaDimension::RequestsPerMonth => format!("{number} requests a month"),
        QuotaDimension::EntriesPerDay => format!("{number} entries a day"),
        QuotaDimension::BytesPerDay => format!("{} a day", count::bytes(limit)),
        other => format!("{number} ({})", other.as_str()),
    }
}

/// When something was seen, if ever.
pub(crate) fn seen(person: &PersonOfProvider, at: Option<::time::OffsetDateTime>) -> Markup {
    match at {
        Some(at) => time::distance(at, person.now),
        None => html! { span.soft { "never" } },
    }
}

fn with(filter: &ClientFilter, order: ClientOrder, cursor: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    if let Some(q) = &filter.q {
        query.append_pair("q", q);
    }
    query.append_pair("order", order.as_str());
    if let Some(cursor) = cursor {
        query.append_pair("cursor", cursor);
    }
    format!("{CLIENTS}?{}", query.finish())
}

fn new_client(person: &PersonOfProvider) -> Markup {
    let fields = html! {
        div.inline {
            (form::field(&form::Field {
                name: "client_id",
                label: "Client id",
                hint: "Lower-case letters, digits, _ and -, such as globex.",
                value: "",
            }))
            (form::field(&form::Field { name: "name", label: "Name", hint: "For people, such as Globex Corp.", value: "" }))
        }
        button type="submit" { "Set up" }
    };
    html! {
        h2 { "Set a client up" }
        div.panel { (form::changing(CLIENTS, &person.form_token, fields)) }
    }
}
