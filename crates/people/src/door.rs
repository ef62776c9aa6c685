//! How people come in.

use crate::{Console, Refused};
use actix_web::{FromRequest, HttpRequest, http::StatusCode, web::Data};
use central_logger_auth::{Gate, SessionKind};
use central_logger_auth_actix::Head;
use central_logger_operation_routes::Asking;
use central_logger_pages::Failure;
use central_logger_sessions::{FormToken, Session};
use std::sync::Arc;

/// What pages are made from.
///
/// # Errors
/// When the routes are mounted without it.
pub fn console(request: &HttpRequest) -> Result<Data<Console>, Refused> {
    let console = request.app_data::<Data<Console>>();
    console.cloned().ok_or_else(|| {
        tracing::error!("a page was reached without a console");
        Refused::Failed(unserved())
    })
}

/// What admits people: by their sessions, for forms too.
pub fn gate(console: &Console) -> Gate {
    let cookies = console.sessions.cookies.clone().with_forms();
    Gate::new(Arc::clone(&console.sessions.authenticator)).with_sessions(cookies)
}

/// The session, which a key that stood in the request has not.
pub(crate) fn of_session(
    console: &Console,
    request: &HttpRequest,
    kind: SessionKind,
    session: Option<&Session>,
) -> Result<(Session, FormToken), Refused> {
    let token = console.sessions.cookies.token(kind, &Head(request));
    match (session, token) {
        (Some(session), Some(token)) => Ok((session.clone(), token.form_token())),
        _ => Err(Refused::signed_out(request)),
    }
}

pub(crate) async fn asking(request: &HttpRequest) -> Result<Asking, Refused> {
    let asking = Asking::extract(request).await;
    asking.map_err(|problem| Refused::Failed(problem.into()))
}

fn unserved() -> Failure {
    let detail = "The page could not be made: the server's log says why";
    Failure::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
}
