//! What is suspicious about the keys.

use ::time::Duration;
use actix_web::{HttpResponse, http::StatusCode, web::Path};
use central_logger_key_activity::{Alert, AlertId, AlertPage, Severity};
use central_logger_keys::Scope;
use central_logger_operation_routes::problems::{of_operation, unknown_alert};
use central_logger_pages::{Failure, banner, count, form, line, time};
use central_logger_people::{
    Person, Submitted,
    address::{ALERTS, KEYS},
};
use central_logger_times::Timestamp;
use maud::{Markup, html};

/// How far back alerts are shown.
const PERIOD: Duration = Duration::days(30);

/// The alerts, the open ones first.
pub(crate) async fn page(person: Person) -> Result<HttpResponse, Failure> {
    person.need(Scope::KEYS_MANAGE)?;
    show(&person, html! {}).await
}

/// Records that somebody has seen an alert.
pub(crate) async fn acknowledge(
    submitted: Submitted,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    person.need(Scope::KEYS_MANAGE)?;
    let alert: Result<AlertId, _> = id.parse();
    let alert = alert.map_err(|_| person.failed(unknown_alert(&id)))?;
    let acknowledged = person.operations.acknowledge_own(&alert).await;
    acknowledged.map_err(|error| person.failed(of_operation(error)))?;
    let notice = banner::done(html! { p { "The alert is acknowledged." } });
    show(&person, notice).await
}

async fn show(person: &Person, notice: Markup) -> Result<HttpResponse, Failure> {
    let since = Timestamp::clamped(person.now - PERIOD);
    let listed = person
        .operations
        .own_alerts(since, None, AlertPage::MAX)
        .await;
    let listed = listed.map_err(|error| person.failed(of_operation(error)))?;
    let is_open = |alert: &&Alert| alert.acknowledged.is_none();
    let open: Vec<_> = listed.alerts.iter().filter(is_open).collect();
    let seen: Vec<_> = listed
        .alerts
        .iter()
        .filter(|alert| !is_open(alert))
        .collect();
    let content = html! {
        (notice)
        @if open.is_empty() {
            (banner::empty("No open alerts", html! {
                p { "The server watches how keys are used, and tells here what is unusual." }
            }))
        } @else {
            p.lead { (count::of(open.len() as u64, "open alert")) " of the last 30 days" }
            div.alerts { @for alert in &open { (card(person, alert)) } }
        }
        @if !seen.is_empty() {
            h2 { "Acknowledged" }
            div.alerts { @for alert in &seen { (card(person, alert)) } }
        }
        @if listed.has_more { p.soft { "There are more, which are older." } }
    };
    let page = person.page("Alerts", ALERTS, content);
    Ok(page.answer(StatusCode::OK))
}

fn card(person: &Person, alert: &Alert) -> Markup {
    let (class, word) = match alert.kind.severity() {
        Severity::Critical => ("bad", "critical"),
        Severity::Warning => ("warning", "warning"),
        _ => ("plain", "notice"),
    };
    html! {
        article.panel.alert {
            div {
                h2 {
                    span class={ "badge " (class) } { (word) } " " (alert.kind.as_str().replace('_', " "))
                }
                p { (line(&alert.evidence)) }
                p.soft {
                    @if let Some(key) = &alert.subject.key_id {
                        "Key " a href={ (KEYS) "/" (key) } { code { (key) } } " · "
                    }
                    @if let Some(network) = &alert.subject.network { "from " code { (line(network)) } " · " }
                    "first " (time::distance(alert.first_at, person.now))
                    ", last " (time::distance(alert.last_at, person.now))
                    @if let Some(seen) = &alert.acknowledged {
                        " · acknowledged " (time::distance(seen.at, person.now)) " by " (line(&seen.by))
                    }
                }
            }
            @if alert.acknowledged.is_none() {
                (form::button(&format!("{ALERTS}/{}/acknowledge", alert.id), &person.form_token, "Acknowledge"))
            }
        }
    }
}
