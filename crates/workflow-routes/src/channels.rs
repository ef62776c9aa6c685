//! Where messages about incidents of the calling client go.

use crate::{
    described,
    new_channel::new_channel,
    problems::{of_change, of_workflows},
    routes::WorkflowRoutes,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::LOCATION},
    web::{self, Payload},
};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{Parameters, Problem};
use central_logger_keys::ClientId;
use central_logger_operation_routes::{Asking, Query, answers::marked};
use central_logger_workflow_channels::NewChannel;
use central_logger_workflow_operations::{Once, WorkflowOperations};
use serde_json::json;

/// List channels
///
/// Returns where messages about incidents go, and the latest attempts to deliver them.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/channels",
    operation_id = "listChannels",
    tag = "workflows",
    responses(
        (status = 200, description = "The channels.", body = described::Channels),
        (status = 422),
    ),
)]
pub(crate) async fn list(
    caller: Caller,
    routes: web::Data<WorkflowRoutes>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    no_parameters(&parameters)?;
    list_as(&routes, caller.client_id()).await
}

pub(crate) async fn list_as(
    routes: &WorkflowRoutes,
    client: &ClientId,
) -> Result<HttpResponse, Problem> {
    let listed = routes.channels().list(client).await;
    let channels = listed.map_err(of_workflows)?;
    Ok(HttpResponse::Ok().json(json!({"channels": channels})))
}

/// Add a channel
///
/// Messages about incidents are posted to the URL, signed by Standard Webhooks with the secret of the answer, which
/// nobody can ask for again. They are delivered in order, again and again for three days; in quiet hours they wait.
/// A mailbox gets a link first, good for seven days, and nothing else before its reader has allowed it there.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/channels",
    operation_id = "addChannel",
    tag = "workflows",
    params(described::RequestName),
    request_body(
        content = described::NewChannel,
        example = json!({"kind": "webhook", "url": "https://hooks.example.com/central-logger"}),
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
    caller: Caller,
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let sent = asking.read(&request, payload).await?;
    let new = new_channel(sent.members)?;
    let operations = routes.operations(&asking).repeatable(sent.named);
    add_as(
        &routes,
        &operations,
        caller.client_id(),
        new,
        "/api/v1/channels",
    )
    .await
}

pub(crate) async fn add_as(
    routes: &WorkflowRoutes,
    operations: &WorkflowOperations,
    client: &ClientId,
    new: NewChannel,
    all: &str,
) -> Result<HttpResponse, Problem> {
    match operations
        .add_channel(client, new)
        .await
        .map_err(of_change)?
    {
        Once::Done(added) => {
            let place = format!("{all}/{}", added.channel.id);
            Ok(HttpResponse::Created()
                .insert_header((LOCATION, place))
                .json(added))
        }
        Once::Repeated => as_it_is(routes, client, &operations.new_channel_id()).await,
    }
}

/// Remove a channel
///
/// Messages that wait in it are not delivered.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    delete,
    path = "/api/v1/channels/{id}",
    operation_id = "removeChannel",
    tag = "workflows",
    params(("id" = String, Path, description = "The id of the channel.")),
    responses((status = 204, description = "It is removed."), (status = 404)),
)]
pub(crate) async fn remove(
    caller: Caller,
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    remove_as(&routes.operations(&asking), caller.client_id(), &id).await
}

pub(crate) async fn remove_as(
    operations: &WorkflowOperations,
    client: &ClientId,
    id: &str,
) -> Result<HttpResponse, Problem> {
    match operations
        .remove_channel(client, id)
        .await
        .map_err(of_change)?
    {
        Once::Done(None) => Err(unknown(id)),
        Once::Done(Some(_)) | Once::Repeated => Ok(HttpResponse::NoContent().finish()),
    }
}

/// Test a channel
///
/// Sends a message of the type `incident.test` behind those that wait, in quiet hours at once. `deliveries` of the
/// list says what became of it. A mailbox that is not confirmed gets another link, at most three an hour.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/channels/{id}/test",
    operation_id = "testChannel",
    tag = "workflows",
    params(("id" = String, Path, description = "The id of the channel."), described::RequestName),
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
    caller: Caller,
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    id: web::Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let sent = asking.read(&request, payload).await?;
    sent.members.finish()?;
    let operations = routes.operations(&asking).repeatable(sent.named);
    test_as(&routes, &operations, caller.client_id(), &id).await
}

pub(crate) async fn test_as(
    routes: &WorkflowRoutes,
    operations: &WorkflowOperations,
    client: &ClientId,
    id: &str,
) -> Result<HttpResponse, Problem> {
    match operations
        .test_channel(client, id)
        .await
        .map_err(of_change)?
    {
        Once::Done(None) => Err(unknown(id)),
        Once::Done(Some(channel)) => Ok(HttpResponse::Ok().json(channel)),
        Once::Repeated => as_it_is(routes, client, id).await,
    }
}

/// What is answered to a repeat.
async fn as_it_is(
    routes: &WorkflowRoutes,
    client: &ClientId,
    id: &str,
) -> Result<HttpResponse, Problem> {
    let found = routes.channels().show(client, id).await;
    let channel = found.map_err(of_workflows)?.ok_or_else(|| unknown(id))?;
    Ok(marked(true, HttpResponse::Ok().json(channel)))
}

fn unknown(id: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("There is no channel {id}"))
}

pub(crate) fn no_parameters(parameters: &Parameters) -> Result<(), Problem> {
    let mut query = Query::default();
    for (name, _) in &parameters.0 {
        query.unknown(name);
    }
    query.finish()
}
