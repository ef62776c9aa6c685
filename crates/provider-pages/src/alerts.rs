//! Alerts about all clients.

use crate::{Submitted, clients};
use ::time::Duration;
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use central_logger_http_api::Problem;
use central_logger_key_activity::{AlertId, AlertQuery, Severity};
use central_logger_keys::Scope;
use central_logger_operations::AlertView;
use central_logger_pages::{Failure, banner, count, form, line, status::Tone, time};
use central_logger_people::{PersonOfProvider, address::provider::ALERTS};
use central_logger_times::Timestamp;
use maud::{Markup, html};

/// So far back they are shown.
const SINCE: Duration = Duration::days(7);

/// Those of the last days.
pub(crate) async fn page(person: PersonOfProvider) -> Result<HttpResponse, Failure> {
    show(&person, html! {}).await
}

/// Writes down that somebody has seen one.
pub(crate) async fn acknowledge(
    submitted: Submitted,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    let unknown = || Problem::new(StatusCode::NOT_FOUND, format!("There is no alert {id}"));
    let id: AlertId = id.parse().map_err(|_| person.failed(unknown()))?;
    let acknowledged = person.operations.acknowledge(&[id]).await;
    acknowledged.map_err(|error| person.refused(error))?;
    show(
        &person,
        banner::done(html! { p { "The alert is acknowledged." } }),
    )
    .await
}

async fn show(person: &PersonOfProvider, notice: Markup) -> Result<HttpResponse, Failure> {
    let since = Timestamp::clamped(person.now).saturating_sub(SINCE);
    let listed = person
        .operations
        .alerts(AlertQuery::latest(None, since))
        .await;
    let listed = listed.map_err(|error| person.refused(error))?;
    let content = html! {
        (notice)
        p.lead { "Suspicious use, and keys that need action soon, in the last 7 days." }
        @if listed.alerts.is_empty() {
            (banner::empty("There are no alerts", html! { p { "Nothing was found in the last 7 days." } }))
        } @else {
            div.table.stack {
                table {
                    thead {
                        tr {
                            th scope="col" { "Alert" }
                            th scope="col" { "About" }
                            th scope="col" { "Evidence" }
                            th.number scope="col" { "Count" }
                            th scope="col" { "Last" }
                            th scope="col" { "Seen by" }
                        }
                    }
                    tbody { @for alert in &listed.alerts { (row(person, alert)) } }
                }
            }
        }
        @if listed.has_more { p.soft { "There are earlier ones: " code { "alerts --since 7d" } " lists them." } }
    };
    let page = person.page("Alerts", ALERTS, content);
    Ok(page.answer(StatusCode::OK))
}

fn row(person: &PersonOfProvider, view: &AlertView) -> Markup {
    let alert = &view.alert;
    let at = format!("{ALERTS}/{}/acknowledge", alert.id);
    html! {
        tr {
            th scope="row" {
                (badge(alert.kind.severity()))
                div { (alert.kind.as_str().replace('_', " ")) }
            }
            td data-label="About" {
                @if let Some(client) = &alert.subject.client_id {
                    a href=(clients::address(client)) { (line(client.as_str())) }
                }
                @if let Some(key) = &alert.subject.key_id { div.soft { "key " code { (key) } } }
                @if let Some(network) = &alert.subject.network { div.soft { (line(network)) } }
            }
            td data-label="Evidence" { (line(&alert.evidence)) }
            td.number data-label="Count" { (count::grouped(alert.counted.sum)) }
            td.tight data-label="Last" { (time::distance(alert.last_at, person.now)) }
            td data-label="Seen by" {
                @match &alert.acknowledged {
                    Some(seen) => { (line(&seen.by)) div.soft { (time::distance(seen.at, person.now)) } }
                    None => {
                        @if person.may(&Scope::PROVIDER_WRITE) {
                            (form::button(&at, &person.form_token, "Acknowledge"))
                        } @else { span.soft { "nobody" } }
                    }
                }
            }
        }
    }
}

/// How bad it is.
pub(crate) fn badge(severity: Severity) -> Markup {
    let tone = match severity {
        Severity::Critical => Tone::Bad,
        Severity::Warning => Tone::Warning,
        _ => Tone::Plain,
    };
    html! { span class={ "badge " (tone.class()) } { (severity.as_str()) } }
}
