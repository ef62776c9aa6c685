//! Setting clients up, and changing what is set.

use crate::{
    client_bodies::client_patch,
    described::{Client, ClientSettings, IfMatch},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{ETAG, LOCATION},
    web,
};
use central_logger_http_api::Problem;
use central_logger_operation_routes::{
    Asking,
    answers::versioned,
    problems::{client_id, of_operation},
    values::members,
};

/// Set a client up
///
/// Sets a client up, or replaces all that is set for it: what is left out is taken away. The client may have
/// no keys yet; those that it gets have its quota, its retention and its policy.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    put,
    path = "/api/v1/provider/clients/{id}",
    operation_id = "putClient",
    tag = "provider",
    params(("id" = String, Path, description = "The id of the client."), IfMatch),
    request_body(content((
        Option<ClientSettings> = "application/json",
        example = json!({
            "name": "Acme Corp.", "external_id": "crm-7", "quota": {"entries_per_day": 1_000_000},
            "keep": "90d", "policy": {"max_keys": 5},
        }),
    ))),
    responses(
        (status = 200, description = "The client as it is now.", body = Client, headers(("ETag"))),
        (status = 201, description = "The client, which is new.", body = Client, headers(("Location"), ("ETag"))),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 412), (status = 413),
        (status = 415), (status = 422),
    ),
)]
pub(crate) async fn put(
    asking: Asking,
    id: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let id = client_id(&id)?;
    let patch = client_patch(&id, members(&request, payload).await?)?;
    let set = asking.operations.put_client(&id, &patch).await;
    let set = set.map_err(of_operation)?;
    set.everywhere().await.map_err(of_operation)?;
    let client = &set.result.client;
    Ok(match set.result.is_new {
        false => versioned(client, client.etag),
        true => HttpResponse::Created()
            .insert_header((LOCATION, format!("/api/v1/provider/clients/{id}")))
            .insert_header((ETAG, client.etag.to_string()))
            .json(client),
    })
}

/// Change a client
///
/// Changes what is set for a client. A member that is left out stays, within `quota` and `policy` as well, and
/// `null` takes it away.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    patch,
    path = "/api/v1/provider/clients/{id}",
    operation_id = "updateClient",
    tag = "provider",
    params(("id" = String, Path, description = "The id of the client."), IfMatch),
    request_body(content((
        Option<ClientSettings> = "application/json",
        example = json!({"quota": {"entries_per_day": 2_000_000}, "keep": "30d"}),
    ))),
    responses(
        (status = 200, description = "The client as it is now.", body = Client, headers(("ETag"))),
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
    let id = client_id(&id)?;
    let patch = client_patch(&id, members(&request, payload).await?)?;
    let set = asking.operations.patch_client(&id, &patch).await;
    let set = set.map_err(of_operation)?;
    set.everywhere().await.map_err(of_operation)?;
    Ok(versioned(&set.result, set.result.etag))
}
