//! Requests for sessions and links that their senders have named, sent again.

use crate::problem::problem;
use actix_web::{HttpResponse, http::StatusCode};
use central_logger_auth::AnyPrincipal;
use central_logger_http_api::Problem;
use central_logger_key_store::Receipt;
use central_logger_keys::KeyId;
use central_logger_operation_routes::answers::marked;
use central_logger_operations::{OperationError, sessions::SessionOperations};

/// Who asks: a session, or the key itself.
pub(crate) fn principal(caller: &AnyPrincipal) -> &KeyId {
    caller
        .session()
        .map_or(caller.key_id(), |session| &session.id)
}

/// The answer about a session that was begun before, without its cookie.
pub(crate) async fn begun_before(
    operations: &SessionOperations,
    receipt: &Receipt,
) -> Result<HttpResponse, Problem> {
    let Some(id) = receipt.keys.first() else {
        tracing::error!("the receipt of a session names none");
        let detail = "The request cannot be served: the server's log says why";
        return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail));
    };
    match operations.show(id).await {
        Ok(session) => Ok(marked(true, HttpResponse::Ok().json(session))),
        Err(OperationError::UnknownSession(_)) => Err(Problem::new(
            StatusCode::GONE,
            "This request has begun a session, which has ended: send it under another Idempotency-Key",
        )),
        Err(error) => Err(problem(error)),
    }
}
