//! Changing keys.

use crate::{
    answers::changed,
    described::{ChangedKey, Extension, IfMatch, KeyPatch, Nothing, RequestName},
    repeats::{as_it_is_now, change},
    requests,
};
use actix_web::{HttpRequest, HttpResponse, web};
use central_logger_http_api::Problem;
use central_logger_operation_routes::{
    Asking,
    problems::{key_id, of_operation},
    values::members,
};
use central_logger_operations::Operations;

/// Change a key
///
/// Changes the name, the note, the networks or the rate of a key without replacing it. A member that is left
/// out stays, and `null` takes it away. What the provider has set can only be narrowed or lowered. The answer
/// comes when every server goes by it.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    patch,
    path = "/api/v1/keys/{id}",
    operation_id = "updateKey",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the key."), IfMatch),
    request_body(content(
        (Option<KeyPatch> = "application/json", example = json!({"name": "billing job", "rate": "100/s"})),
    )),
    responses(
        (status = 200, description = "The key as it is now.", body = ChangedKey, headers(("ETag"))),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 412), (status = 413),
        (status = 415), (status = 422),
    ),
)]
pub(crate) async fn update(
    asking: Asking,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&id)?;
    let update = requests::update(members(&request, payload).await?)?;
    let updated = asking.operations.update(&id, &update).await;
    let updated = updated.map_err(of_operation)?;
    let waited = updated.everywhere().await.map_err(of_operation)?;
    Ok(changed(&updated.result, waited))
}

/// End the grace of a rotated key
///
/// Revokes the key now. The answer comes when no server accepts it any more.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/finish",
    operation_id = "finishRotation",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the key."), IfMatch, RequestName),
    request_body(content((Option<Nothing> = "application/json"))),
    responses(
        (
            status = 200,
            description = "The key as it is now.",
            body = ChangedKey,
            headers(("ETag"), ("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 412), (status = 413),
        (status = 415), (status = 422),
    ),
)]
pub(crate) async fn finish(
    asking: Asking,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&id)?;
    let sent = asking.read(&request, payload).await?;
    requests::nothing(sent.members)?;
    let operation = async |operations: Operations| operations.finish_rotation(&id).await;
    change(&asking, &id, sent.named, operation).await
}

/// Extend the grace of a rotated key
///
/// The key works longer by this, but not beyond its own end, nor beyond the end of the key that asks.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/extend",
    operation_id = "extendRotation",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the key."), IfMatch, RequestName),
    request_body(content((Extension = "application/json", example = json!({"by": "24h"})))),
    responses(
        (
            status = 200,
            description = "The key as it is now.",
            body = ChangedKey,
            headers(("ETag"), ("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 412), (status = 413),
        (status = 415), (status = 422),
    ),
)]
pub(crate) async fn extend(
    asking: Asking,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&id)?;
    let sent = asking.read(&request, payload).await?;
    let by = requests::extension(sent.members)?;
    let operation = async |operations: Operations| operations.extend_rotation(&id, by).await;
    change(&asking, &id, sent.named, operation).await
}

/// Disable a key
///
/// The key is refused until it is enabled. The sessions that came from it end and do not come back when it is
/// enabled. The answer comes when no server accepts it any more.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/disable",
    operation_id = "disableKey",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the key."), IfMatch, RequestName),
    request_body(content((Option<Nothing> = "application/json"))),
    responses(
        (
            status = 200,
            description = "The key as it is now.",
            body = ChangedKey,
            headers(("ETag"), ("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 412), (status = 413),
        (status = 415), (status = 422),
    ),
)]
pub(crate) async fn disable(
    asking: Asking,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&id)?;
    let sent = asking.read(&request, payload).await?;
    requests::nothing(sent.members)?;
    let operation = async |operations: Operations| operations.disable(&id).await;
    let once = asking.once(sent.named, operation).await?;
    if once.is_repeat() {
        // The first may have failed before all sessions had ended.
        let ended = asking.operations.end_sessions_of_disabled(&id).await;
        ended.map_err(of_operation)?;
    }
    as_it_is_now(&asking, &id, &once).await
}

/// Enable a disabled key
///
/// A key that the provider has disabled is enabled by the provider alone.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/enable",
    operation_id = "enableKey",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the key."), IfMatch, RequestName),
    request_body(content((Option<Nothing> = "application/json"))),
    responses(
        (
            status = 200,
            description = "The key as it is now.",
            body = ChangedKey,
            headers(("ETag"), ("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 412), (status = 413),
        (status = 415), (status = 422),
    ),
)]
pub(crate) async fn enable(
    asking: Asking,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&id)?;
    let sent = asking.read(&request, payload).await?;
    requests::nothing(sent.members)?;
    let operation = async |operations: Operations| operations.enable(&id).await;
    change(&asking, &id, sent.named, operation).await
}
