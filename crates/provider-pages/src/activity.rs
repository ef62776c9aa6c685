//! What a client does: its keys' use, its alerts, and its people who are signed in.

use crate::{Submitted, alerts, client, clients};
use ::time::Duration;
use actix_web::{HttpRequest, HttpResponse, web::Path};
use central_logger_key_activity::{AlertQuery, Usage, UsagePer, UsageQuery};
use central_logger_keys::{ClientId, KeyId, KeyOwner, Scope};
use central_logger_operations::{AlertView, sessions::SessionView};
use central_logger_pages::{Failure, banner, count, form, line, time};
use central_logger_people::{PersonOfProvider, address::provider::ALERTS};
use central_logger_session_routes::{problem, unknown};
use central_logger_times::Timestamp;
use maud::{Markup, html};

const USED_SINCE: Duration = Duration::hours(24);
const ALERTS_SINCE: Duration = Duration::days(7);

/// So many keys, and so many people who are signed in, stand on the page.
const MOST: usize = 50;

/// All of it.
pub(crate) async fn of_client(
    person: &PersonOfProvider,
    client: &ClientId,
) -> Result<Markup, Failure> {
    let now = Timestamp::clamped(person.now);
    let wanted = UsageQuery {
        client: Some(client.clone()),
        since: now.saturating_sub(USED_SINCE),
        per: UsagePer::Key,
    };
    let report = person.operations.usage(&wanted).await;
    let mut usage = report.map_err(|error| person.refused(error))?.usage;
    usage.sort_by_key(|usage| std::cmp::Reverse((usage.requests, usage.last_at)));
    let since = now.saturating_sub(ALERTS_SINCE);
    let alerts = person
        .operations
        .alerts(AlertQuery::latest(Some(client.clone()), since))
        .await;
    let alerts = alerts.map_err(|error| person.refused(error))?.alerts;
    let sessions = sessions_of(person, client).await?;
    Ok(html! {
        h2 { "Use in the last 24 hours" }
        @if usage.is_empty() { p.soft { "No key was used." } } @else { (used(person, &usage)) }
        h2 { "Alerts of the last 7 days" }
        @if alerts.is_empty() { p.soft { "There are none." } } @else { (alerted(person, &alerts)) }
        h2 { "Who is signed in" }
        @if sessions.is_empty() { p.soft { "Nobody." } } @else { (signed_in(person, client, &sessions)) }
    })
}

async fn sessions_of(
    person: &PersonOfProvider,
    client: &ClientId,
) -> Result<Vec<SessionView>, Failure> {
    let sessions = person.console.sessions.operations(person.principal.actor());
    let listed = sessions.list(Some(&KeyOwner::from(client.clone()))).await;
    Ok(listed
        .map_err(|error| person.failed(problem(error)))?
        .sessions)
}

fn used(person: &PersonOfProvider, usage: &[Usage]) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Key or session" }
                        th.number scope="col" { "Requests" }
                        th scope="col" { "Refused" }
                        th.number scope="col" { "Entries" }
                        th.number scope="col" { "Stored" }
                        th scope="col" { "Last used" }
                    }
                }
                tbody {
                    @for usage in usage.iter().take(MOST) {
                        tr {
                            th scope="row" { @match &usage.key_id { Some(id) => code { (id) }, None => span.soft { "unknown keys" } } }
                            td.number data-label="Requests" { (count::grouped(usage.requests)) }
                            td data-label="Refused" {
                                @for (reason, refused) in &usage.refused {
                                    div { (count::grouped(*refused)) " " (reason.replace('_', " ")) }
                                }
                            }
                            td.number data-label="Entries" { (count::grouped(usage.entries)) }
                            td.number data-label="Stored" { (count::bytes(usage.bytes)) }
                            td.tight data-label="Last used" { (time::distance(usage.last_at, person.now)) }
                        }
                    }
                }
            }
        }
        (further(usage.len(), "used less"))
    }
}

fn alerted(person: &PersonOfProvider, listed: &[AlertView]) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Alert" }
                        th scope="col" { "Evidence" }
                        th scope="col" { "Last" }
                        th scope="col" { "Seen by" }
                    }
                }
                tbody {
                    @for AlertView { alert, .. } in listed {
                        tr {
                            th scope="row" { (alerts::badge(alert.kind.severity())) div { (alert.kind.as_str().replace('_', " ")) } }
                            td data-label="Evidence" { (line(&alert.evidence)) }
                            td.tight data-label="Last" { (time::distance(alert.last_at, person.now)) }
                            td data-label="Seen by" {
                                @match &alert.acknowledged {
                                    Some(seen) => (line(&seen.by)),
                                    None => a href=(ALERTS) { "nobody yet" },
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn signed_in(person: &PersonOfProvider, client: &ClientId, sessions: &[SessionView]) -> Markup {
    let at = format!("{}/sessions", clients::address(client));
    let may = person.may(&Scope::PROVIDER_WRITE);
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Who" }
                        th scope="col" { "May" }
                        th scope="col" { "Last active" }
                        th scope="col" { "Ends" }
                        th scope="col" { span.unseen { "Action" } }
                    }
                }
                tbody {
                    @for session in sessions.iter().take(MOST) {
                        tr {
                            th scope="row" {
                                @match &session.name { Some(name) => (line(name)), None => code { (session.session_id) } }
                                @if session.by_provider { " " span.badge.warning { "of the provider" } }
                            }
                            td data-label="May" { @for scope in session.scopes.iter() { code.tag { (scope) } " " } }
                            td.tight data-label="Last active" { (time::distance(session.last_used_at, person.now)) }
                            td.tight data-label="Ends" { (time::distance(session.idle_ends_at.min(session.expires_at), person.now)) }
                            td.actions {
                                @if may { (form::button(&format!("{at}/{}/end", session.session_id), &person.form_token, "End")) }
                            }
                        }
                    }
                }
            }
        }
        (further(sessions.len(), "signed in"))
        @if may { (form::button(&format!("{at}/end"), &person.form_token, "End all, and withdraw sign-in links")) }
    }
}

/// Says that there are others, which are so.
fn further(all: usize, are: &str) -> Markup {
    let others = all.saturating_sub(MOST);
    html! { @if others > 0 { p.hint { (count::grouped(others as u64)) " more are " (are) "." } } }
}

/// Ends a session of the client.
pub(crate) async fn end(
    submitted: Submitted,
    request: HttpRequest,
    at: Path<(String, String)>,
) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    person.need(Scope::PROVIDER_WRITE)?;
    let client = client::client_id(&person, &at.0)?;
    let sessions = &person.console.sessions;
    let operations = sessions.operations_of(person.principal.actor(), &request);
    let absent = || person.failed(unknown(&at.1));
    let id: KeyId = at.1.parse().map_err(|_| absent())?;
    let failed = |error| person.failed(problem(error));
    let session = operations.show(&id).await.map_err(failed)?;
    if session.client_id.as_ref() != Some(&client) {
        return Err(absent());
    }
    operations.end(&id).await.map_err(failed)?;
    let done = html! { p { "The session has ended. No server accepts it any more." } };
    client::show(&person, &client, banner::done(done)).await
}

/// Ends all sessions of the client.
pub(crate) async fn end_all(
    submitted: Submitted,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    person.need(Scope::PROVIDER_WRITE)?;
    let client = client::client_id(&person, &id)?;
    let sessions = &person.console.sessions;
    let operations = sessions.operations_of(person.principal.actor(), &request);
    let ended = operations.end_all(&KeyOwner::from(client.clone())).await;
    let ended = ended.map_err(|error| person.failed(problem(error)))?;
    let done = html! {
        p { (count::of(ended.ended.len() as u64, "session")) " ended. No server accepts them any more." }
    };
    client::show(&person, &client, banner::done(done)).await
}
