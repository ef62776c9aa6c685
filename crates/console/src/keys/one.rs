//! One key: what is known of it, and what can be done to it.

use super::{
    fields::REQUEST,
    list::{end, last_use, rotation, visible},
};
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use central_logger_http_api::Parameters;
use central_logger_key_store::{KeyMaker, KeyStatus};
use central_logger_keys::{KeyId, Scope};
use central_logger_log_pages as log_pages;
use central_logger_operation_routes::problems::{key_id, of_operation};
use central_logger_operations::keys::{KeyDetails, KeyView};
use central_logger_pages::{
    Failure, Page, banner, count,
    form::{self, Field, field},
    line,
    status::badge,
    time,
};
use central_logger_people::{Fields, Person, address::KEYS};
use maud::{Markup, html};

/// The page of a key.
///
/// A reader may have it look again by itself, to see a new key used, or an old one fall silent.
pub(crate) async fn page(
    person: Person,
    id: Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Failure> {
    person.need(Scope::KEYS_MANAGE)?;
    let watches = Fields(parameters.0).get("watch").is_some();
    let page = page_of(&person, &id, html! {}, watches).await?;
    Ok(page.answer(StatusCode::OK))
}

/// The same below a notice.
pub(crate) async fn show(
    person: &Person,
    id: &str,
    notice: Markup,
    status: StatusCode,
) -> Result<HttpResponse, Failure> {
    let page = page_of(person, id, notice, false).await?;
    Ok(page.answer(status))
}

async fn page_of(
    person: &Person,
    id: &str,
    notice: Markup,
    watches: bool,
) -> Result<Page, Failure> {
    let id = key_id(id).map_err(|problem| person.failed(problem))?;
    let details = person.operations.show(&id).await;
    let details = details.map_err(|error| person.failed(of_operation(error)))?;
    let title = details.key.name.clone();
    let title = title.unwrap_or_else(|| format!("Key {id}"));
    let waits = is_new(&details.key) || is_in_grace(person, &details.key);
    let waiting = match waits {
        true => waiting(person, &details.key, watches),
        false => has_come(person, &details.key, watches),
    };
    let notice = html! { (notice) (waiting) };
    let page = person.page(&title, KEYS, content(person, &details, notice));
    Ok(match watches && waits {
        true => page.looking_again(),
        false => page,
    })
}

fn is_new(key: &KeyView) -> bool {
    key.last_used_at.is_none() && key.status == KeyStatus::Active
}

fn is_in_grace(person: &Person, key: &KeyView) -> bool {
    key.grace_ends_at.is_some_and(|end| end > person.now)
}

/// Tells whoever has waited for the first use of a key that it has come.
fn has_come(person: &Person, key: &KeyView, watches: bool) -> Markup {
    let used_at = key.last_used_at.filter(|_| watches);
    html! {
        @if let Some(at) = used_at {
            (banner::done(html! {
                p {
                    "It was used " (time::distance(at, person.now)) ". "
                    a href=(log_pages::View::latest(person.now).address()) { "Look at the logs" }
                }
            }))
        }
    }
}

/// What is waited for: the first use of a new key, or that an old one falls silent.
fn waiting(person: &Person, key: &KeyView, watches: bool) -> Markup {
    let address = format!("{KEYS}/{}", key.key_id);
    let first = match key.scopes.contains(&Scope::LOGS_WRITE) {
        true => "Waiting for the first entry",
        false => "Waiting for the first request",
    };
    banner::hint(html! {
        p {
            @if is_new(key) { strong { (first) } " with this key. " }
            @else { "It was last used " (used(person, key)) ". " }
            @if watches { "This page looks again every 5 seconds. " a href=(address) { "Stop" } }
            @else { a href={ (address) "?watch=1" } { "Look again every 5 seconds" } }
        }
    })
}

/// When a key was used last, and from where, within a sentence.
fn used(person: &Person, key: &KeyView) -> Markup {
    html! {
        @match key.last_used_at {
            Some(at) => (time::distance(at, person.now)),
            None => "never",
        }
        @if let Some(from) = &key.last_used_from { " from " code { (line(from)) } }
    }
}

fn content(person: &Person, details: &KeyDetails, notice: Markup) -> Markup {
    let key = &details.key;
    html! {
        (notice)
        p.lead { code { (visible(key)) } " " (badge(key.status.as_str())) }
        div.panels {
            section.panel {
                h2 { "The key" }
                (facts(person, details))
            }
            section.panel {
                h2 { "Use in the last 24 hours" }
                (usage(details))
            }
            @if key.status != KeyStatus::Revoked {
                @match key.grace_ends_at {
                    Some(_) if key.status == KeyStatus::Active => (in_grace(person, details)),
                    _ if key.status == KeyStatus::Active => (to_rotate(person, key)),
                    _ => {}
                }
                (to_withdraw(person, key))
            }
        }
    }
}

fn facts(person: &Person, details: &KeyDetails) -> Markup {
    let key = &details.key;
    let other =
        |key: &KeyView| html! { a href={ (KEYS) "/" (key.key_id) } { code { (key.key_id) } } };
    html! {
        dl.facts {
            dt { "May" } dd { @for scope in key.scopes.iter() { code.tag { (scope) } " " } }
            dt { "From" }
            dd { @if key.allow_ip.is_empty() { "anywhere" } @else { code { (key.allow_ip) } } }
            dt { "Rate" }
            dd { @match key.rate { Some(rate) => (rate), None => "no limit of its own" } }
            dt { "Made" } dd { (time::distance(key.created_at, person.now)) " by " (maker(&key.made_by)) }
            dt { "Last used" } dd { (last_use(key, person.now)) }
            dt { "Ends" } dd { (end(key, person.now)) }
            dt { "Rotation" } dd { (rotation(key, person.now)) }
            @if let Some(predecessor) = &details.predecessor { dt { "Replaces" } dd { (other(predecessor)) } }
            @if let Some(successor) = &details.successor { dt { "Replaced by" } dd { (other(successor)) } }
            @if let Some(reason) = &key.revoked_reason { dt { "Revoked for" } dd { (line(reason)) } }
            @if let Some(note) = &key.note { dt { "Note" } dd { (line(note)) } }
        }
    }
}

fn maker(maker: &KeyMaker) -> Markup {
    match maker.key() {
        Some(id) => html! { "key " code { (id) } },
        None => html! { "the provider" },
    }
}

fn usage(details: &KeyDetails) -> Markup {
    let Some(usage) = &details.usage else {
        return html! { p.soft { "It was not used." } };
    };
    html! {
        dl.facts {
            dt { "Requests" } dd { (count::grouped(usage.requests)) }
            dt { "Entries" } dd { (count::grouped(usage.entries)) ", " (count::bytes(usage.bytes)) }
            dt { "Networks" } dd { (count::grouped(usage.networks)) }
            @for (reason, refused) in &usage.refused {
                dt { "Refused" } dd { (count::grouped(*refused)) ", " (line(reason)) }
            }
        }
        @for alert in &details.alerts {
            p { span.badge.warning { "Alert" } " " (line(&alert.alert.evidence)) }
        }
    }
}

fn to_rotate(person: &Person, key: &KeyView) -> Markup {
    let action = format!("{KEYS}/{}/rotate", key.key_id);
    // Without one, the form may be sent twice.
    let request = KeyId::generate().ok();
    let content = html! {
        @if let Some(request) = request { input type="hidden" name=(REQUEST) value=(request); }
        div.field {
            label for="grace" { "Both keys work for" }
            select id="grace" name="grace" {
                option value="1h" { "1 hour" }
                option value="24h" selected { "24 hours" }
                option value="7d" { "7 days" }
                option value="0" { "no time: the old one ends at once" }
            }
        }
        button.primary type="submit" { "Rotate" }
    };
    html! {
        section.panel {
            h2 { "Rotate" }
            p.soft { "A successor with the same rights is made, and shown once." }
            (form::changing(&action, &person.form_token, content))
        }
    }
}

/// While both keys work: who still uses the old one.
fn in_grace(person: &Person, details: &KeyDetails) -> Markup {
    let key = &details.key;
    let action = |what: &str| format!("{KEYS}/{}/{what}", key.key_id);
    let since = details
        .successor
        .as_ref()
        .map(|successor| successor.created_at);
    let is_used = key
        .last_used_at
        .zip(since)
        .is_some_and(|(used, since)| used > since);
    html! {
        section.panel {
            h2 { "Being replaced" }
            @if is_used {
                p { span.badge.warning { "Still in use" } " It was used " (used(person, key)) "." }
                p.soft { "Whoever sends with it has not changed over yet. This page shows when it falls silent." }
            } @else {
                p { span.badge.good { "Silent" } " Nobody has used it since its successor was made, up to a second ago." }
            }
            div.inline {
                (form::changing(&action("finish"), &person.form_token, html! {
                    button.danger[is_used].primary[!is_used] type="submit" { "Finish: end the old key" }
                }))
                (form::changing(&action("extend"), &person.form_token, html! {
                    input type="hidden" name="by" value="24h";
                    button type="submit" { "Extend by 24 hours" }
                }))
            }
        }
    }
}

fn to_withdraw(person: &Person, key: &KeyView) -> Markup {
    let action = |what: &str| format!("{KEYS}/{}/{what}", key.key_id);
    let confirming = format!("Type {} to confirm", key.key_id);
    html! {
        section.panel {
            h2 { "Take access away" }
            @if key.is_active {
                p.soft { "A disabled key is refused until it is enabled." }
                (form::button(&action("disable"), &person.form_token, "Disable"))
            } @else {
                (form::button(&action("enable"), &person.form_token, "Enable"))
            }
            h3 { "Revoke for good" }
            (form::changing(&action("revoke"), &person.form_token, html! {
                (field(&Field { name: "confirm", label: &confirming, hint: "", value: "" }))
                (field(&Field { name: "reason", label: "Reason", hint: "For the audit trail, such as leaked", value: "" }))
                label.check {
                    input type="checkbox" name="with_made" value="true";
                    span { "and all keys that it has made" }
                }
                button.danger type="submit" { "Revoke" }
            }))
        }
    }
}
