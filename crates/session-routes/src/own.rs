//! The sessions of the caller.

use crate::{
    SessionRoutes, host,
    problem::{needs_https, problem, unknown},
    repeats::{begun_before, principal},
    view::{self, Ended, Sessions, SessionsQuery},
};
use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::header::{LOCATION, SET_COOKIE},
    web::{Data, Path, Payload, ReqData},
};
use central_logger_auth::{AnyPrincipal, InvalidReason, Refusal, Rejection, SessionKind};
use central_logger_auth_actix::CallerRejection;
use central_logger_http_api::{Members, Parameters, Problem, body::read_small};
use central_logger_key_store::{KeyStatus, TransitionError};
use central_logger_keyring::KeyringError;
use central_logger_keys::{KeyId, Scope};
use central_logger_operation_routes::{Query, named};
use central_logger_operations::{OperationError, sessions::SessionView};

/// Exchange a key for a session
///
/// For a browser that is not to hold the key. The session has the rights and the limits of the key and ends
/// with it. It is in a cookie that scripts cannot read. The body is empty or `{}`. A repeat under the same
/// `Idempotency-Key` begins no second session: it answers 200 with the session as it is, without a cookie, and
/// 410 when it has ended.
#[utoipa::path(
    post,
    path = "/api/v1/sessions",
    operation_id = "beginSession",
    tag = "keys",
    params(view::RequestName),
    responses(
        (status = 201, description = "The session; the cookie is set.", body = view::Session, headers(("Location"))),
        (status = 200, description = "The session was begun before, for the same request.", body = view::Session, headers(("Idempotency-Replayed"))),
        (status = 400), (status = 408), (status = 409), (status = 410), (status = 413), (status = 415),
        (status = 422),
    ),
)]
pub(crate) async fn begin(
    caller: ReqData<AnyPrincipal>,
    routes: Data<SessionRoutes>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = read_small(&request, payload).await?;
    Members::parse(&body)?.finish()?;
    let kind = SessionKind::from(&caller.owner());
    if routes.cookies.name(kind, host(&request)).is_none() {
        return Err(needs_https());
    }
    let operations = routes.operations_of(caller.actor(), &request);
    let operations = operations.repeatable(named(principal(&caller), &request, &body)?);
    let begun = match operations.begin(caller.record(), routes.lengths).await {
        Err(OperationError::Keyring(KeyringError::AlreadyDone(receipt))) => {
            return begun_before(&operations, &receipt).await;
        }
        Err(OperationError::Keyring(KeyringError::Transition(TransitionError::Disabled(_)))) => {
            return Ok(key_disabled());
        }
        begun => begun.map_err(problem)?,
    };
    let cookie = routes.cookies.set(kind, host(&request), &begun.token);
    let location = format!("/api/v1/sessions/{}", begun.session.session_id);
    Ok(HttpResponse::Created()
        .insert_header((SET_COOKIE, cookie.ok_or_else(needs_https)?))
        .insert_header((LOCATION, location))
        .json(&begun.session))
}

/// The answer to a key that was disabled while its session began: as if it had been disabled before.
fn key_disabled() -> HttpResponse {
    let refusal = Refusal::Invalid(InvalidReason::NotActive(KeyStatus::Disabled));
    CallerRejection::from(Rejection::from(refusal)).error_response()
}

/// List the caller's sessions
///
/// Those that came from the caller's key, and the caller's own; with the scope `keys:manage`, all of the
/// client.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    operation_id = "listSessions",
    tag = "keys",
    params(SessionsQuery),
    responses(
        (status = 200, description = "The live sessions.", body = Sessions),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn list(
    caller: ReqData<AnyPrincipal>,
    routes: Data<SessionRoutes>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let (mut query, mut limit, mut after) = (Query::default(), None, None);
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "limit" => query.set(name, value, &mut limit),
            "cursor" => query.set(name, value, &mut after),
            _ => query.unknown(name),
        }
    }
    let page = query.largest_page(limit, after);
    query.finish()?;
    let (operations, owner) = (routes.operations(caller.actor()), caller.owner());
    let is_shown = |session: &SessionView| may_see(&caller, session);
    let listed = operations.page(Some(&owner), is_shown, &page).await;
    let mut listed = listed.map_err(problem)?;
    if owner.client().is_some() {
        let hidden = operations.hide_keys_of_provider(&mut listed.sessions);
        hidden.await.map_err(problem)?;
    }
    Ok(HttpResponse::Ok().json(listed))
}

/// End one of the caller's sessions
///
/// No server accepts a request under it any more when this answers.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/{id}",
    operation_id = "endSession",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the session.")),
    responses(
        (status = 200, description = "The session has ended.", body = Ended),
        (status = 404),
    ),
)]
pub(crate) async fn end(
    caller: ReqData<AnyPrincipal>,
    routes: Data<SessionRoutes>,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: KeyId = id.parse().map_err(|_| unknown(&id))?;
    let operations = routes.operations_of(caller.actor(), &request);
    let session = operations.show(&id).await.map_err(problem)?;
    if !may_see(&caller, &session) {
        return Err(unknown(id.as_str()));
    }
    let ended = operations.end(&id).await.map_err(problem)?;
    let mut response = HttpResponse::Ok();
    let is_own = caller.session().is_some_and(|own| own.id == id);
    let kind = SessionKind::from(&caller.owner());
    if let (true, Some(cookie)) = (is_own, routes.cookies.unset(kind, host(&request))) {
        response.insert_header((SET_COOKIE, cookie));
    }
    Ok(response.json(Ended {
        ended: ended.ended,
        waited_ms: ended.waited_ms,
    }))
}

/// Returns whether a session is the caller's: its own, one of its key, or with the right to manage keys any of
/// the client.
pub fn may_see(caller: &AnyPrincipal, session: &SessionView) -> bool {
    let manages_all = match caller {
        AnyPrincipal::Client(_) => Scope::KEYS_MANAGE,
        AnyPrincipal::Provider(_) => Scope::PROVIDER_WRITE,
    };
    let is_itself = caller
        .session()
        .is_some_and(|own| own.id == session.session_id);
    let is_of_key = session.key_id.as_ref() == Some(caller.key_id());
    session.owner() == caller.owner()
        && (is_itself || is_of_key || caller.scopes().contains(&manages_all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::{StatusCode, header::WWW_AUTHENTICATE};

    #[test]
    fn a_key_that_is_disabled_meanwhile_is_refused_as_any_that_is_not_good() {
        let response = key_disabled();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert!(response.headers().contains_key(WWW_AUTHENTICATE));
    }
}
