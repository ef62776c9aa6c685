//! Where messages about incidents of a client go, for the provider.

use crate::{
    channels::{add_as, list_as, no_parameters, remove_as, test_as},
    described::{self, OneClient},
    new_channel::new_channel,
    provider::take_client,
    routes::WorkflowRoutes,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Payload},
};
use central_logger_http_api::{Parameters, Problem, text};
use central_logger_operation_routes::Asking;

/// List the channels of a client
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/channels",
    operation_id = "listChannelsOfClient",
    tag = "provider",
    params(OneClient),
    responses(
        (status = 200, description = "The channels.", body = described::Channels),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn list(
    routes: web::Data<WorkflowRoutes>,
    mut parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let client = take_client(&mut parameters)?;
    no_parameters(&parameters)?;
    list_as(&routes, &client).await
}

/// Add a channel of a client
///
/// As `POST /api/v1/channels`, for a client. The client sees the channel, and can remove it.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    post,
    path = "/api/v1/provider/channels",
    operation_id = "addChannelOfClient",
    tag = "provider",
    params(described::RequestName),
    request_body(
        content = described::NewChannelOfClient,
        example = json!({
            "client_id": "globex", "kind": "webhook", "url": "https://hooks.example.com/central-logger",
        }),
    ),
    responses(
        (status = 201, description = "The channel, with its secret.", body = described::ChannelWithSecret),
        (
            status = 200,
            description = "The channel that was made before, as it is now, without its secret.",
            body = described::Channel,
            headers(("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 413), (status = 415),
        (status = 422),
    ),
)]
pub(crate) async fn add(
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let mut sent = asking.read(&request, payload).await?;
    let client = sent.members.need("client_id", text);
    let new = new_channel(sent.members)?;
    // Without one there was a fault.
    let client = client.ok_or_else(|| Problem::faulty_members(Default::default()))?;
    let operations = routes.operations(&asking).repeatable(sent.named);
    add_as(
        &routes,
        &operations,
        &client,
        new,
        "/api/v1/provider/channels",
    )
    .await
}

/// Remove a channel of a client
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    delete,
    path = "/api/v1/provider/channels/{id}",
    operation_id = "removeChannelOfClient",
    tag = "provider",
    params(("id" = String, Path, description = "The id of the channel."), OneClient),
    responses((status = 204, description = "It is removed."), (status = 400), (status = 404), (status = 422)),
)]
pub(crate) async fn remove(
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    id: web::Path<String>,
    mut parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let client = take_client(&mut parameters)?;
    no_parameters(&parameters)?;
    remove_as(&routes.operations(&asking), &client, &id).await
}

/// Test a channel of a client
///
/// As `POST /api/v1/channels/{id}/test`, for a client.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    post,
    path = "/api/v1/provider/channels/{id}/test",
    operation_id = "testChannelOfClient",
    tag = "provider",
    params(
        ("id" = String, Path, description = "The id of the channel."),
        OneClient,
        described::RequestName,
    ),
    responses(
        (
            status = 200,
            description = "The channel.",
            body = described::Channel,
            headers(("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 413), (status = 415), (status = 422),
    ),
)]
pub(crate) async fn test(
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    id: web::Path<String>,
    mut parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let client = take_client(&mut parameters)?;
    no_parameters(&parameters)?;
    let sent = asking.read(&request, payload).await?;
    sent.members.finish()?;
    let operations = routes.operations(&asking).repeatable(sent.named);
    test_as(&routes, &operations, &client, &id).await
}
