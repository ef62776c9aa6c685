//! Taking access away. Each answer comes when no server accepts the keys any more.

use crate::{
    answers::withdrawn,
    described::{
        ChangedKey, ClientRevocation, IfMatch, RequestName, Revocation, RevokedClient, RevokedKeys,
        Selection,
    },
    requests,
};
use actix_web::{HttpRequest, HttpResponse, web};
use central_logger_http_api::Problem;
use central_logger_keys::KeyId;
use central_logger_operation_routes::{
    Asking,
    answers::{marked, milliseconds},
    problems::{client_id, key_id, of_operation},
};
use central_logger_operations::{Once, Operations, keys::Revoked};
use serde::Serialize;

#[derive(Serialize)]
struct RevokedIds<'a> {
    revoked: &'a [KeyId],
    waited_ms: u64,
}

/// Revoke a key for good
///
/// With `with_made`, all keys are revoked in the same step that this key has made, itself or through other
/// keys; `revoked` then lists all that were. The answer comes when no server accepts them any more.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/keys/{id}/revoke",
    operation_id = "revokeKey",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the key."), IfMatch, RequestName),
    request_body(content(
        (Option<Revocation> = "application/json", example = json!({"reason": "leaked"})),
    )),
    responses(
        (
            status = 200,
            description = "The key as it is now.",
            body = ChangedKey,
            headers(("ETag"), ("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 412), (status = 413), (status = 415),
        (status = 422),
    ),
)]
pub(crate) async fn revoke(
    asking: Asking,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&id)?;
    let sent = asking.read(&request, payload).await?;
    let (reason, with_made) = requests::revocation(sent.members)?;
    let revoke = async |operations: Operations| match with_made {
        true => operations.revoke_with_made(&id, reason.as_ref()).await,
        false => operations.revoke(&id, reason.as_ref()).await,
    };
    let once = asking.once(sent.named, revoke).await?;
    let waited = once.everywhere().await.map_err(of_operation)?;
    let key = asking.operations.key(&id).await.map_err(of_operation)?;
    let listed = with_made.then_some(revoked(&once));
    Ok(marked(once.is_repeat(), withdrawn(&key, listed, waited)))
}

/// Revoke several keys for good
///
/// Revokes up to 1,000 keys in one step. If one of them does not exist, none is revoked. The answer comes
/// when no server accepts them any more; it lists those that were not revoked before.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    post,
    path = "/api/v1/provider/keys/revoke",
    operation_id = "revokeKeysOfClients",
    tag = "provider",
    params(RequestName),
    request_body(content((
        Selection = "application/json",
        example = json!({"key_ids": ["4fT9aXk20bQz"], "reason": "leaked"}),
    ))),
    responses(
        (
            status = 200,
            description = "The keys that were revoked, now or by the request that this one repeats.",
            body = RevokedKeys,
            headers(("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 413), (status = 415), (status = 422),
    ),
)]
pub(crate) async fn revoke_all(
    asking: Asking,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let sent = asking.read(&request, payload).await?;
    let (ids, reason) = requests::selection(sent.members)?;
    let revoke = async |operations: Operations| operations.revoke_all(ids, reason.as_ref()).await;
    let once = asking.once(sent.named, revoke).await?;
    let waited = once.everywhere().await.map_err(of_operation)?;
    let answer = HttpResponse::Ok().json(RevokedIds {
        revoked: revoked(&once),
        waited_ms: milliseconds(waited),
    });
    Ok(marked(once.is_repeat(), answer))
}

/// Revoke all keys of a client for good
///
/// Revokes them in one step, and names the static keys of the client, which still work: null if the server
/// cannot read them. The answer comes when no server accepts the others any more.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    post,
    path = "/api/v1/provider/clients/{id}/revoke",
    operation_id = "revokeClient",
    tag = "provider",
    params(("id" = String, Path, description = "The id of the client."), RequestName),
    request_body(content(
        (Option<ClientRevocation> = "application/json", example = json!({"reason": "the contract has ended"})),
    )),
    responses(
        (
            status = 200,
            description = "The keys that were revoked, now or by the request that this one repeats.",
            body = RevokedClient,
            headers(("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 413), (status = 415),
        (status = 422),
    ),
)]
pub(crate) async fn revoke_client(
    asking: Asking,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let client = client_id(&id)?;
    let sent = asking.read(&request, payload).await?;
    let reason = requests::reason(sent.members)?;
    let entries = asking.routes.static_entries().await?;
    let revoke = async |operations: Operations| {
        let reason = reason.as_ref();
        operations.revoke_client(&client, reason, entries).await
    };
    let once = asking.once(sent.named, revoke).await?;
    let waited = once.everywhere().await.map_err(of_operation)?;
    let is_repeat = once.is_repeat();
    let revoked = match once {
        Once::Done(revoked) => revoked,
        Once::Repeated(repeated) => {
            let entries = asking.routes.static_entries().await?;
            let operations = &asking.operations;
            operations
                .client_revoked_before(repeated.result, &client, entries)
                .await
        }
    };
    let answer = HttpResponse::Ok().json(revoked.waited(waited));
    Ok(marked(is_repeat, answer))
}

/// The keys that were revoked, now or before.
fn revoked(once: &Once<Revoked>) -> &[KeyId] {
    match once {
        Once::Done(revoked) => &revoked.result.revoked,
        Once::Repeated(repeated) => &repeated.result.keys,
    }
}
