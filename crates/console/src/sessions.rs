//! Who is signed in.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Path};
use central_logger_http_api::Parameters;
use central_logger_keys::KeyId;
use central_logger_operations::{OperationError, sessions::SessionView};
use central_logger_pages::{Failure, Part, banner, count, form, line, time};
use central_logger_people::{Fields, Person, Submitted, address};
use central_logger_session_routes::{may_see, problem, unknown};
use maud::{Markup, html};

/// The sessions that the person may see.
pub(crate) async fn page(person: Person, parameters: Parameters) -> Result<HttpResponse, Failure> {
    let fields = Fields(parameters.0);
    let number = fields.get("page").and_then(|page| page.parse().ok());
    show(&person, number.unwrap_or(1), html! {}).await
}

/// Ends one of them.
pub(crate) async fn end(
    submitted: Submitted,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    let sessions = &person.console.sessions;
    let principal = person.principal();
    let operations = sessions.operations_of(principal.actor(), &request);
    let absent = || person.failed(unknown(&id));
    let session_id: KeyId = id.parse().map_err(|_| absent())?;
    let session = operations.show(&session_id).await;
    let session = session.map_err(|error| person.failed(problem(error)))?;
    if !may_see(&principal, &session) {
        return Err(absent());
    }
    let ended = operations.end(&session_id).await;
    ended.map_err(|error| person.failed(problem(error)))?;
    let done = html! {
        p { "The session of " (who(&session)) " has ended. No server accepts it any more." }
    };
    show(&person, 1, banner::done(done)).await
}

/// Ends all that the person may see but the person's own.
pub(crate) async fn end_others(
    submitted: Submitted,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    let sessions = &person.console.sessions;
    let principal = person.principal();
    let operations = sessions.operations_of(principal.actor(), &request);
    let failed = |error| person.failed(problem(error));
    let listed = operations.list(Some(&principal.owner())).await;
    let listed = listed.map_err(failed)?.sessions.into_iter();
    let is_other = |session: &SessionView| session.session_id != person.session().id;
    let mut ended = 0;
    for session in listed.filter(|session| is_other(session) && may_see(&principal, session)) {
        match operations.end(&session.session_id).await {
            Ok(_) => ended += 1,
            // It has ended by itself meanwhile.
            Err(OperationError::UnknownSession(_)) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    let done = html! {
        p { (count::of(ended, "session")) " ended. No server accepts them any more." }
    };
    show(&person, 1, banner::done(done)).await
}

async fn show(person: &Person, number: usize, notice: Markup) -> Result<HttpResponse, Failure> {
    let principal = person.principal();
    let operations = person.console.sessions.operations(principal.actor());
    let listed = operations.list(Some(&principal.owner())).await;
    let listed = listed.map_err(|error| person.failed(problem(error)))?;
    let sessions = listed.sessions.into_iter();
    let mut sessions: Vec<_> = sessions
        .filter(|session| may_see(&principal, session))
        .collect();
    let hidden = operations.hide_keys_of_provider(&mut sessions).await;
    hidden.map_err(|error| person.failed(problem(error)))?;
    let part = Part::of(&sessions, number);
    let content = html! {
        (notice)
        p.lead {
            "People of " (line(person.client().as_str())) " who are signed in: "
            (count::of(sessions.len() as u64, "session")) "."
        }
        (table(person, part.rows))
        (part.links(|number| format!("{}?page={number}", address::SESSIONS)))
        @if sessions.len() > 1 {
            p { (form::button(&format!("{}/end", address::SESSIONS), &person.form_token, "End all others")) }
        }
    };
    let page = person.page("Sessions", address::SESSIONS, content);
    Ok(page.answer(StatusCode::OK))
}

fn table(person: &Person, sessions: &[SessionView]) -> Markup {
    html! {
        div.table.stack {
            table {
                thead {
                    tr {
                        th scope="col" { "Who" }
                        th scope="col" { "May" }
                        th scope="col" { "Signed in" }
                        th scope="col" { "Last active" }
                        th scope="col" { "Ends" }
                        th scope="col" { span.unseen { "Action" } }
                    }
                }
                tbody { @for session in sessions { (row(person, session)) } }
            }
        }
    }
}

fn row(person: &Person, session: &SessionView) -> Markup {
    let is_own = session.session_id == person.session().id;
    let end = format!("{}/{}/end", address::SESSIONS, session.session_id);
    html! {
        tr {
            th scope="row" {
                (who(session))
                @if session.by_provider { " " span.badge.warning { "of the provider" } }
                @if is_own { " " span.badge.plain { "This one" } }
                @if let Some(key) = &session.key_id { div.soft { "by key " code { (key) } } }
                @else { div.soft { "by a link" } }
            }
            td data-label="May" { @for scope in session.scopes.iter() { code.tag { (scope) } " " } }
            td data-label="Signed in" { (time::distance(session.created_at, person.now)) }
            td data-label="Last active" { (time::distance(session.last_used_at, person.now)) }
            td data-label="Ends" { (time::distance(session.idle_ends_at.min(session.expires_at), person.now)) }
            td.actions {
                @if is_own { (form::button(address::SIGN_OUT, &person.form_token, "Sign out")) }
                @else { (form::button(&end, &person.form_token, "End")) }
            }
        }
    }
}

fn who(session: &SessionView) -> Markup {
    match &session.name {
        Some(name) => html! { strong { (line(name)) } },
        None => html! { code { (session.session_id) } },
    }
}
