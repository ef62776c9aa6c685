//! Removing clients, and what they have stored.

use crate::described::{DeletedLogs, IfMatch, RemovedClient};
use actix_web::{HttpResponse, web};
use central_logger_http_api::Problem;
use central_logger_operation_routes::{
    Asking,
    problems::{client_id, of_operation},
};

/// Remove a client
///
/// Ends the sessions of the client and withdraws its sign-in links, revokes all of its keys, deletes its logs,
/// and takes away all that is set for it. The audit trail stays. The answer comes when no server accepts the
/// keys any more; it names the static keys of the client, which still work: null if the server cannot read
/// them.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    delete,
    path = "/api/v1/provider/clients/{id}",
    operation_id = "removeClient",
    tag = "provider",
    params(("id" = String, Path, description = "The id of the client."), IfMatch),
    responses(
        (status = 200, description = "What was removed.", body = RemovedClient),
        (status = 404), (status = 412),
    ),
)]
pub(crate) async fn remove(asking: Asking, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = client_id(&id)?;
    let static_entries = asking.routes.static_entries().await?;
    let removed = asking.operations.remove_client(&id, static_entries).await;
    let removed = removed.map_err(of_operation)?;
    let waited = removed.everywhere().await.map_err(of_operation)?;
    Ok(HttpResponse::Ok().json(removed.waited(waited)))
}

/// Delete all logs of a client
///
/// Deletes them for good. The client and its keys stay. The audit trail records it, before and after.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    delete,
    path = "/api/v1/provider/clients/{id}/logs",
    operation_id = "deleteLogs",
    tag = "provider",
    params(("id" = String, Path, description = "The id of the client.")),
    responses(
        (status = 200, description = "The receipt.", body = DeletedLogs),
        (status = 404),
    ),
)]
pub(crate) async fn forget(asking: Asking, id: web::Path<String>) -> Result<HttpResponse, Problem> {
    let id = client_id(&id)?;
    let static_entries = asking.routes.static_entries().await?;
    let deleted = asking.operations.purge_logs(&id, static_entries).await;
    Ok(HttpResponse::Ok().json(deleted.map_err(of_operation)?))
}
