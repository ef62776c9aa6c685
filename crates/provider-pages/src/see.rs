//! The console as a client sees it: a session of that client, in the name of a person of the provider.

use crate::{Submitted, client, hand_over::maker};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        StatusCode,
        header::{LOCATION, SET_COOKIE},
    },
    web::Path,
};
use central_logger_auth::{RequestHead, SessionKind};
use central_logger_auth_actix::Head;
use central_logger_http_api::Problem;
use central_logger_keys::{Scope, Scopes};
use central_logger_operations::sessions::NewSignInLink;
use central_logger_pages::Failure;
use central_logger_people::{PersonOfProvider, address};
use central_logger_session_routes::{host, problem};
use central_logger_sessions::{LinkToken, SessionLengths};
use central_logger_text::PlainText;
use time::Duration;

/// So long the session lasts, used or not.
const LENGTHS: SessionLengths = SessionLengths {
    idle: Duration::minutes(15),
    most: Duration::minutes(15),
};

/// Begins a session of the client, which reads logs and nothing else. The audit trail tells of it.
pub(crate) async fn see(
    submitted: Submitted,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Failure> {
    let person = submitted.person;
    person.need(Scope::PROVIDER_WRITE)?;
    let client = client::client_id(&person, &id)?;
    let known = person.operations.traced_client(&client).await;
    known.map_err(|error| person.refused(error))?;
    let new = NewSignInLink {
        name: Some(name(&person)?),
        by_provider: true,
        scopes: Some(Scopes::from(vec![Scope::LOGS_READ])),
        valid: Some(Duration::MINUTE),
        ..NewSignInLink::for_owner(client.into())
    };
    let sessions = &person.console.sessions;
    let operations = sessions.operations_of(person.principal.actor(), &request);
    let failed = |error| person.failed(problem(error));
    let made = operations.make_link(new, Some(maker(&person)), "").await;
    let made = made.map_err(failed)?;
    let token = made.url.rsplit('/').next().unwrap_or_default();
    let token: LinkToken = token.parse().map_err(|_| unserved(&person))?;
    let (head, proxies) = (Head(&request), sessions.authenticator.trusted_proxies());
    let origin = proxies.origin(head.peer(), head.header("x-forwarded-for"));
    let network = origin.network();
    let begun = operations.redeem(&token, LENGTHS, network.as_deref()).await;
    let begun = begun.map_err(failed)?.ok_or_else(|| unserved(&person))?;
    let cookie = sessions
        .cookies
        .set(SessionKind::Client, host(&request), &begun.token);
    Ok(HttpResponse::SeeOther()
        .insert_header((SET_COOKIE, cookie.ok_or_else(|| unserved(&person))?))
        .insert_header((LOCATION, address::SESSIONS))
        .finish())
}

/// Under whose name the client sees the session.
fn name(person: &PersonOfProvider) -> Result<PlainText, Failure> {
    match &person.session.name {
        Some(name) => Ok(name.clone()),
        None => "Somebody".parse().map_err(|_| unserved(person)),
    }
}

fn unserved(person: &PersonOfProvider) -> Failure {
    let detail = "The session could not be begun: please try again";
    person.failed(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail))
}
