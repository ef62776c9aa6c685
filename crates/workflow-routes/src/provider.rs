//! Workflows of all clients, for the provider.

use crate::{
    described::{self, OfClient},
    incidents::wanted,
    monitors::{answer, monitor_members, name, shown, silence_length},
    problems::of_workflows,
    routes::WorkflowRoutes,
};
use actix_web::{
    HttpRequest, HttpResponse,
    web::{self, Payload},
};
use central_logger_http_api::{Members, Parameters, Problem, body::read_small};
use central_logger_keys::ClientId;
use central_logger_operation_routes::{Asking, Query};
use central_logger_workflows::{Standing, WorkflowQuery, of_all::IncidentPlace};
use std::{fmt::Display, str::FromStr};

/// List workflows of all clients, and how they stand
///
/// Returns the workflows that ran or have a monitor, by client: at least 100 on a page, if there are as many, and
/// all of each of its clients.
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/workflows",
    operation_id = "listWorkflowsOfClients",
    tag = "provider",
    params(described::ClientWorkflowsQuery),
    responses(
        (status = 200, description = "The workflows.", body = described::ClientWorkflows),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn workflows(
    routes: web::Data<WorkflowRoutes>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::default();
    let mut wanted = WorkflowQuery::default();
    let (mut client, mut after) = (None::<ClientId>, None::<ClientId>);
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "client_id" => query.set(name, value, &mut client),
            "environment" => query.set(name, value, &mut wanted.environment),
            "workflow" => query.set(name, value, &mut wanted.workflow),
            "state" => query.set::<Standing>(name, value, &mut wanted.state),
            "cursor" => query.set(name, value, &mut after),
            _ => query.unknown(name),
        }
    }
    query.finish()?;
    let page = routes
        .workflows()
        .list_of_all(client.as_ref(), after.as_ref(), &wanted)
        .await;
    Ok(HttpResponse::Ok().json(page.map_err(of_workflows)?))
}

/// List incidents of all clients
///
/// Returns what went wrong with workflows that have a monitor, the latest first.
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/incidents",
    operation_id = "listIncidentsOfClients",
    tag = "provider",
    params(described::ClientIncidentsQuery),
    responses(
        (status = 200, description = "The incidents.", body = described::ClientIncidents),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn incidents(
    routes: web::Data<WorkflowRoutes>,
    mut parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let client = take_if_named(&mut parameters, "client_id")?;
    let after: Option<IncidentPlace> = take_if_named(&mut parameters, "cursor")?;
    let wanted = wanted(&parameters)?;
    let page = routes
        .workflows()
        .incidents_of_all(client.as_ref(), after.as_ref(), &wanted)
        .await;
    Ok(HttpResponse::Ok().json(page.map_err(of_workflows)?))
}

/// Set the monitor of a client's workflow
///
/// As `PUT /api/v1/workflows/{workflow}/monitor`, for a client.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    put,
    path = "/api/v1/provider/workflows/{workflow}/monitor",
    operation_id = "setMonitorOfClient",
    tag = "provider",
    params(("workflow" = String, Path, description = "The name of the workflow."), OfClient),
    request_body = described::NewMonitor,
    responses(
        (status = 200, description = "The monitor.", body = described::Monitor),
        (status = 400), (status = 409), (status = 413), (status = 415), (status = 422),
    ),
)]
pub(crate) async fn set_monitor(
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    workflow: web::Path<String>,
    mut parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let client = take_client(&mut parameters)?;
    let name = name(workflow, &parameters)?;
    let members = Members::parse(&read_small(&request, payload).await?)?;
    let members = monitor_members(members)?;
    let set = routes
        .operations(&asking)
        .set_monitor(&client, &name, &members, false)
        .await;
    answer(&routes, &client, &name, set).await
}

/// Show the monitor of a client's workflow
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/workflows/{workflow}/monitor",
    operation_id = "showMonitorOfClient",
    tag = "provider",
    params(("workflow" = String, Path, description = "The name of the workflow."), OfClient),
    responses(
        (status = 200, description = "The monitor.", body = described::Monitor),
        (status = 404), (status = 422),
    ),
)]
pub(crate) async fn show_monitor(
    routes: web::Data<WorkflowRoutes>,
    workflow: web::Path<String>,
    mut parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let client = take_client(&mut parameters)?;
    let name = name(workflow, &parameters)?;
    let found = routes.workflows().monitor(&client, &name).await;
    shown(found, &name)
}

/// Remove the monitor of a client's workflow
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    delete,
    path = "/api/v1/provider/workflows/{workflow}/monitor",
    operation_id = "removeMonitorOfClient",
    tag = "provider",
    params(("workflow" = String, Path, description = "The name of the workflow."), OfClient),
    responses(
        (status = 200, description = "The monitor as it was.", body = described::Monitor),
        (status = 404), (status = 422),
    ),
)]
pub(crate) async fn remove_monitor(
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    workflow: web::Path<String>,
    mut parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let client = take_client(&mut parameters)?;
    let name = name(workflow, &parameters)?;
    let operations = routes.operations(&asking);
    let removed = operations.remove_monitor(&client, &name).await;
    answer(&routes, &client, &name, removed).await
}

/// Silence the monitor of a client's workflow
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    post,
    path = "/api/v1/provider/workflows/{workflow}/monitor/silence",
    operation_id = "silenceMonitorOfClient",
    tag = "provider",
    params(
        ("workflow" = String, Path, description = "The name of the workflow."),
        OfClient,
        described::RequestName,
    ),
    request_body = described::Silence,
    responses(
        (
            status = 200,
            description = "The monitor.",
            body = described::Monitor,
            headers(("Idempotency-Replayed")),
        ),
        (status = 400), (status = 404), (status = 408), (status = 409), (status = 413), (status = 415),
        (status = 422),
    ),
)]
pub(crate) async fn silence_monitor(
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    workflow: web::Path<String>,
    mut parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let client = take_client(&mut parameters)?;
    let name = name(workflow, &parameters)?;
    let sent = asking.read(&request, payload).await?;
    let length = silence_length(sent.members)?;
    let operations = routes.operations(&asking).repeatable(sent.named);
    let silenced = operations.silence(&client, &name, length).await;
    answer(&routes, &client, &name, silenced).await
}

/// Takes the client that a query has to name out of it.
pub(crate) fn take_client(parameters: &mut Parameters) -> Result<ClientId, Problem> {
    let named = take_if_named(parameters, "client_id")?;
    let mut query = Query::default();
    if named.is_none() {
        query.fault("client_id", "is missing");
    }
    query.finish()?;
    // Without one there was a fault.
    named.ok_or_else(|| Problem::faulty_query(Default::default()))
}

/// Takes what a query may name out of it.
fn take_if_named<T: FromStr<Err: Display>>(
    parameters: &mut Parameters,
    wanted: &str,
) -> Result<Option<T>, Problem> {
    let mut query = Query::default();
    let mut value = None;
    for (name, text) in &parameters.0 {
        if name == wanted {
            query.set(name, text, &mut value);
        }
    }
    query.finish()?;
    parameters.0.retain(|(name, _)| name != wanted);
    Ok(value)
}
