//! Making keys: the only answers that show one.

use crate::{
    KeyRoutes,
    answers::created,
    described::{ChangedKey, IfMatch, IssuedKey, NewKey, NewRotation, RequestName, RotatedKey},
    repeats::made_before,
    requests,
};
use actix_web::{HttpRequest, HttpResponse, web};
use central_logger_http_api::Problem;
use central_logger_operation_routes::{Asking, problems::key_id};
use central_logger_operations::{Change, Once, Operations};
use std::time::Duration;

/// Make a key
///
/// The answer is the only one that shows the key itself. A key makes only keys that allow no more than it
/// does: with scopes that it has, from networks within its own, with a rate that is not above its own, and
/// that end no later. What is left out is as with the key that asks: its scopes `logs:read` and
/// `logs:write`, its networks, its rate, its end. A later end is cut to its own. What it makes counts in its
/// rate, too.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/keys",
    operation_id = "issueKey",
    tag = "keys",
    params(RequestName),
    request_body(content(
        (Option<NewKey> = "application/json", example = json!({"name": "billing job", "expires_in": "90d"})),
    )),
    responses(
        (
            status = 201,
            description = "The key.",
            body = IssuedKey,
            headers(("Location"), ("ETag")),
        ),
        (
            status = 200,
            description = "The key that was made before, as it is now. It is not shown itself.",
            body = ChangedKey,
            headers(("ETag"), ("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 413), (status = 415),
        (status = 422),
    ),
)]
pub(crate) async fn issue(
    asking: Asking,
    routes: web::Data<KeyRoutes>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let sent = asking.read(&request, payload).await?;
    let new = requests::new_key(sent.members, asking.client.clone(), asking.now())?;
    let prefix = &routes.prefix;
    let issue = async |operations: Operations| operations.issue_requested(prefix, new).await;
    let issued = match asking.once(sent.named, issue).await? {
        Once::Done(issued) => issued,
        Once::Repeated(repeated) => return made_before(&asking, repeated).await,
    };
    let waited = wait(&issued).await;
    let (record, path) = (&issued.result.record, path(&asking));
    Ok(created(&issued, path, &record.id, record.etag(), waited))
}

/// Rotate a key
///
/// Makes a successor with the same name, scopes, networks, rate, label and note; the answer is the only one
/// that shows it. Both work until the grace ends, 24 hours unless told otherwise, `0` for none. The successor
/// lives as long as the old key was meant to, but not beyond the end of the key that asks, nor beyond an end
/// that the provider has set unless keys of the client are renewable. The key must not allow more than the
/// one that asks. With a grace below a minute, the answer comes when every server knows the end of the old key.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/rotate",
    operation_id = "rotateKey",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the key."), IfMatch, RequestName),
    request_body(content(
        (Option<NewRotation> = "application/json", example = json!({"grace": "24h"})),
    )),
    responses(
        (
            status = 201,
            description = "The successor.",
            body = RotatedKey,
            headers(("Location"), ("ETag")),
        ),
        (
            status = 200,
            description = "The successor that was made before, as it is now. It is not shown itself.",
            body = ChangedKey,
            headers(("ETag"), ("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 412), (status = 413),
        (status = 415), (status = 422),
    ),
)]
pub(crate) async fn rotate(
    asking: Asking,
    routes: web::Data<KeyRoutes>,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&id)?;
    let sent = asking.read(&request, payload).await?;
    let rotation = requests::rotation(sent.members)?;
    let prefix = &routes.prefix;
    let rotate = async |operations: Operations| operations.rotate(&id, prefix, rotation).await;
    let rotated = match asking.once(sent.named, rotate).await? {
        Once::Done(rotated) => rotated,
        Once::Repeated(repeated) => return made_before(&asking, repeated).await,
    };
    let waited = match rotated.result.is_wait_due {
        true => wait(&rotated).await,
        // All servers go by it before the old key ends.
        false => Some(Duration::ZERO),
    };
    let (record, path) = (&rotated.result.issued.record, path(&asking));
    Ok(created(&rotated, path, &record.id, record.etag(), waited))
}

/// Waits until all servers go by a change, and returns how long that took, if it could be confirmed. The key is
/// shown in any case, since nothing shows it later.
async fn wait<T>(change: &Change<T>) -> Option<Duration> {
    let waited = change.everywhere().await;
    waited
        .inspect_err(|error| tracing::warn!(%error, "a new key was not confirmed everywhere"))
        .ok()
}

/// The path of all keys that can be seen.
fn path(asking: &Asking) -> &'static str {
    match asking.client {
        Some(_) => "/api/v1/keys",
        None => "/api/v1/provider/keys",
    }
}
