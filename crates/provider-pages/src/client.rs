//! One client.

use crate::{activity, clients, settings};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use central_logger_http_api::Problem;
use central_logger_keys::{ClientId, Scope};
use central_logger_operations::{
    clients::ClientView,
    keys::{KeyFilter, KeyView},
    paging::PageRequest,
};
use central_logger_pages::{Failure, form, line, status, time};
use central_logger_people::{
    PersonOfProvider,
    address::provider::{CLIENTS, KEYS},
};
use maud::{Markup, html};

/// So many keys stand on the page.
const KEYS_SHOWN: usize = 50;

/// All that is set for a client, and what can be handed to it.
pub(crate) async fn page(
    person: PersonOfProvider,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let client = client_id(&person, &id)?;
    show(&person, &client, html! {}).await
}

/// The id of a client in a path.
pub(crate) fn client_id(person: &PersonOfProvider, id: &str) -> Result<ClientId, Failure> {
    let unknown = || Problem::new(StatusCode::NOT_FOUND, format!("There is no client {id}"));
    id.parse().map_err(|_| person.failed(unknown()))
}

/// The page of a client, below a notice.
pub(crate) async fn show(
    person: &PersonOfProvider,
    client: &ClientId,
    notice: Markup,
) -> Result<HttpResponse, Failure> {
    show_as(person, client, notice, StatusCode::OK).await
}

/// The same, with what became of a form.
pub(crate) async fn show_as(
    person: &PersonOfProvider,
    client: &ClientId,
    notice: Markup,
    status: StatusCode,
) -> Result<HttpResponse, Failure> {
    let view = person.operations.traced_client(client).await;
    let view = view.map_err(|error| person.refused(error))?;
    let filter = KeyFilter {
        client: Some(client.clone()),
        ..KeyFilter::default()
    };
    let request = PageRequest {
        limit: KEYS_SHOWN,
        after: None,
    };
    let keys = person.operations.page(&filter, &request).await;
    let keys = keys.map_err(|error| person.refused(error))?;
    let activity = activity::of_client(person, client).await?;
    let content = html! {
        (notice)
        p.lead {
            @if let Some(name) = &view.name { (line(name)) ", first seen " } @else { "First seen " }
            (clients::seen(person, view.first_seen_at))
            ", last seen " (clients::seen(person, view.last_seen_at)) "."
        }
        div.panels {
            (facts(&view))
            @if person.may(&Scope::PROVIDER_WRITE) { (hand_over(person, client)) }
        }
        @if person.may(&Scope::PROVIDER_WRITE) { (settings::form(person, &view)) }
        h2 { "Keys" }
        (key_table(person, &keys.keys, false))
        @if keys.next_cursor.is_some() { p { a href={ (KEYS) "?client_id=" (client) } { "All keys of " (client) } } }
        (activity)
    };
    let page = person.page(client.as_str(), CLIENTS, content);
    Ok(page.answer(status))
}

fn facts(view: &ClientView) -> Markup {
    let policy = &view.policy;
    html! {
        section.panel {
            h2 { "What is set" }
            dl.facts {
                @if let Some(id) = &view.external_id { dt { "External id" } dd { (line(id)) } }
                @if let Some(mail) = &view.mail { dt { "Mail" } dd { (line(mail)) } }
                dt { "Logs are kept" } dd { (view.keep) }
                dt { "Limits" } dd { (clients::limits(view)) }
                dt { "Manages its keys" } dd { (yes(policy.self_service)) }
                dt { "Keys at most" } dd { @match policy.max_keys { Some(most) => { (most) } None => { "any number" } } }
                dt { "A key lives" }
                dd {
                    @match policy.max_lifetime_text() {
                        Some(most) => { "at most " (most) }
                        None => { "as long as wanted" }
                    }
                }
                dt { "A key needs an end" } dd { (yes(policy.require_expiry)) }
                dt { "Keys are renewable" } dd { (yes(policy.renewable)) }
            }
            @if let Some(target) = &view.deliver { p.hint { "Its keys are handed over to " code { (line(target)) } "." } }
        }
    }
}

fn yes(is_so: bool) -> &'static str {
    match is_so {
        true => "yes",
        false => "no",
    }
}

fn hand_over(person: &PersonOfProvider, client: &ClientId) -> Markup {
    let at = clients::address(client);
    let token = &person.form_token;
    let reveal = html! {
        (form::field(&form::Field { name: "name", label: "Name of the key", hint: "", value: "" }))
        (form::field(&form::Field { name: "expires_in", label: "The key expires after", hint: "Such as 90d; empty for never.", value: "90d" }))
        (form::field(&form::Field { name: "passphrase", label: "Passphrase", hint: "If you set one, tell it on another way than the link.", value: "" }))
        button.primary type="submit" { "Make a reveal link" }
    };
    let sign_in = html! {
        (form::field(&form::Field { name: "name", label: "Who it is for", hint: "Such as Alice.", value: "" }))
        fieldset {
            legend { "May" }
            @for (scope, text, is_usual) in [
                ("logs:read", "read logs", true),
                ("keys:manage", "manage keys", false),
                // Nobody makes a key that may do more.
                ("logs:write", "hand out keys that send logs", false),
            ] {
                label.check { input type="checkbox" name="scope" value=(scope) checked[is_usual]; (text) }
            }
        }
        button type="submit" { "Make a sign-in link" }
    };
    let see = html! { button type="submit" { "See the console as " (client) " sees it" } };
    html! {
        section.panel {
            h2 { "Hand over a key" }
            p.hint { "A link that shows a new key once. The key is made when the client asks for it." }
            (form::changing(&format!("{at}/reveal-link"), token, reveal))
        }
        section.panel {
            h2 { "Let a person in" }
            (form::changing(&format!("{at}/sign-in-link"), token, sign_in))
            p.hint { "Or look yourself: 15 minutes, reading only, in your name, which the client sees." }
            (form::changing(&format!("{at}/see"), token, see))
        }
    }
}

/// Keys by their visible part, with their clients if they are not all of one.
pub(crate) fn key_table(person: &PersonOfProvider, keys: &[KeyView], has_clients: bool) -> Markup {
    html! {
        @if keys.is_empty() { p.soft { "There are no keys." } }
        @else {
            div.table.stack {
                table {
                    thead {
                        tr {
                            th scope="col" { "Key" }
                            th scope="col" { "Status" }
                            @if has_clients { th scope="col" { "Client" } }
                            th scope="col" { "Allows" }
                            th scope="col" { "Made" }
                            th scope="col" { "Last used" }
                            th scope="col" { "Ends" }
                        }
                    }
                    tbody { @for key in keys { (key_row(person, key, has_clients)) } }
                }
            }
        }
    }
}

fn key_row(person: &PersonOfProvider, key: &KeyView, has_clients: bool) -> Markup {
    html! {
        tr {
            th scope="row" {
                code { (key.key_id) }
                @if let Some(name) = &key.name { div.soft { (line(name)) } }
            }
            td data-label="Status" { (status::badge(key.status.as_str())) }
            @if has_clients {
                td data-label="Client" {
                    @if let Some(client) = &key.client_id { a href=(clients::address(client)) { (line(client.as_str())) } }
                }
            }
            td data-label="Allows" { @for scope in key.scopes.iter() { code.tag { (scope) } " " } }
            td.tight data-label="Made" { (time::distance(key.created_at, person.now)) }
            td.tight data-label="Last used" {
                (clients::seen(person, key.last_used_at))
                @if let Some(network) = &key.last_used_from { div.soft { (line(network)) } }
            }
            td.tight data-label="Ends" {
                @match key.ends_at() {
                    Some(end) => { (time::distance(end, person.now)) }
                    None => { span.soft { "never" } }
                }
            }
        }
    }
}
