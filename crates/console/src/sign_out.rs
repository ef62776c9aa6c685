//! Signing out.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{LOCATION, SET_COOKIE},
    web::Payload,
};
use central_logger_auth::SessionKind;
use central_logger_auth_actix::Head;
use central_logger_http_api::body::read_form;
use central_logger_operations::OperationError;
use central_logger_pages::form::TOKEN;
use central_logger_people::{Fields, Refused, address, console, gate};
use central_logger_session_routes::{host, problem};

/// Ends the session, and has the browser forget what it holds.
pub(crate) async fn sign_out(
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Refused> {
    let console = console(&request)?;
    let admitted = gate(&console).admit_any(&Head(&request)).await;
    let admitted = admitted.map_err(|rejection| Refused::by_gate(&request, &rejection))?;
    let kind = SessionKind::from(&admitted.owner());
    let cookies = &console.sessions.cookies;
    let (Some(session), Some(token)) = (admitted.session(), cookies.token(kind, &Head(&request)))
    else {
        return Err(Refused::signed_out(&request));
    };
    let fields = read_form(&request, payload).await;
    let fields = Fields(fields.map_err(|problem| Refused::Failed(problem.into()))?);
    if !token.form_token().is(fields.get(TOKEN).unwrap_or_default()) {
        return Err(Refused::foreign());
    }
    let operations = console.sessions.operations_of(admitted.actor(), &request);
    match operations.end(&session.id).await {
        // Somebody else was quicker.
        Ok(_) | Err(OperationError::UnknownSession(_)) => {}
        Err(error) => return Err(Refused::Failed(problem(error).into())),
    }
    let mut response = HttpResponse::SeeOther();
    response
        .insert_header((LOCATION, format!("{}?signed_out=1", address::SIGN_IN)))
        .insert_header(("Clear-Site-Data", "\"cache\", \"storage\""));
    if let Some(cookie) = cookies.unset(kind, host(&request)) {
        response.insert_header((SET_COOKIE, cookie));
    }
    Ok(response.finish())
}
