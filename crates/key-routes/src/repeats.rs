//! Changes of keys that their senders have named.

use crate::answers::changed;
use actix_web::{HttpResponse, http::StatusCode};
use central_logger_http_api::Problem;
use central_logger_key_store::NamedRequest;
use central_logger_keys::KeyId;
use central_logger_operation_routes::{Asking, answers::marked, problems::of_operation};
use central_logger_operations::{Change, Once, OperationError, Operations, Repeated};

/// Changes a key, unless that was done before for the same request, and answers with the key as it is now.
pub(crate) async fn change<T>(
    asking: &Asking,
    id: &KeyId,
    named: Option<NamedRequest>,
    operation: impl AsyncFnOnce(Operations) -> Result<Change<T>, OperationError>,
) -> Result<HttpResponse, Problem> {
    let once = asking.once(named, operation).await?;
    as_it_is_now(asking, id, &once).await
}

/// The answer with a key as it is after a change that was made now, or before for the same request.
pub(crate) async fn as_it_is_now<T>(
    asking: &Asking,
    id: &KeyId,
    once: &Once<T>,
) -> Result<HttpResponse, Problem> {
    let waited = once.everywhere().await.map_err(of_operation)?;
    let key = asking.operations.key(id).await.map_err(of_operation)?;
    Ok(marked(once.is_repeat(), changed(&key, waited)))
}

/// The answer about a key that was made before, without what is secret of it.
pub(crate) async fn made_before(
    asking: &Asking,
    repeated: Change<Repeated>,
) -> Result<HttpResponse, Problem> {
    // What it replaces may have ended at once.
    let waited = repeated.everywhere().await.map_err(of_operation)?;
    let Some(id) = repeated.result.keys.first() else {
        tracing::error!("the receipt of a new key names none");
        let detail = "The request cannot be served: the server's log says why";
        return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail));
    };
    let key = asking.operations.key(id).await.map_err(of_operation)?;
    Ok(marked(true, changed(&key, waited)))
}
