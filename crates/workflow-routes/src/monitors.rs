//! What is expected of the workflows of the calling client.

use crate::{
    described::{self, InEnvironment},
    problems::{lacks_scope, no_monitor, of_change, of_workflows},
    routes::WorkflowRoutes,
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::IF_NONE_MATCH,
    web::{self, Payload},
};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{Members, Parameters, Problem, body::read_small, text};
use central_logger_keys::{ClientId, Scope};
use central_logger_operation_routes::{Asking, Query, answers::marked};
use central_logger_times::UnitDuration;
use central_logger_workflow_operations::{Once, WorkflowOperationError};
use central_logger_workflows::{Monitor, MonitorView, WorkflowError, WorkflowName};
use serde_json::{Map, Value};

/// Set the monitor of a workflow
///
/// Says what is expected of the workflow: in the place of what was expected before, or with `If-None-Match: *` only
/// where nothing is. A monitor of a workflow that has not run waits for its first run.
///
/// Requires the scope `keys:manage`; with `If-None-Match: *` the scope `logs:write` is enough.
#[utoipa::path(
    put,
    path = "/api/v1/workflows/{workflow}/monitor",
    operation_id = "setMonitor",
    tag = "workflows",
    params(
        ("workflow" = String, Path, description = "The name of the workflow."),
        InEnvironment,
        ("If-None-Match" = Option<String>, Header, description = "`*`: changes no monitor that there is."),
    ),
    request_body = described::NewMonitor,
    responses(
        (status = 200, description = "The monitor.", body = described::Monitor),
        (status = 400), (status = 409), (status = 412), (status = 413), (status = 415), (status = 422),
    ),
)]
pub(crate) async fn put(
    caller: Caller,
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    workflow: web::Path<String>,
    parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let asked = request.headers().get(IF_NONE_MATCH);
    let only_if_none = asked.is_some_and(|value| value.as_bytes().trim_ascii() == b"*");
    let scopes = caller.scopes();
    let may_add = only_if_none && scopes.contains(&Scope::LOGS_WRITE);
    if !may_add && !scopes.contains(&Scope::KEYS_MANAGE) {
        return Err(lacks_scope());
    }
    let name = name(workflow, &parameters)?;
    let members = Members::parse(&read_small(&request, payload).await?)?;
    let members = monitor_members(members)?;
    let set = routes
        .operations(&asking)
        .set_monitor(caller.client_id(), &name, &members, only_if_none)
        .await;
    answer(&routes, caller.client_id(), &name, set).await
}

/// Show the monitor of a workflow
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/workflows/{workflow}/monitor",
    operation_id = "showMonitor",
    tag = "workflows",
    params(("workflow" = String, Path, description = "The name of the workflow."), InEnvironment),
    responses(
        (status = 200, description = "The monitor.", body = described::Monitor),
        (status = 404), (status = 422),
    ),
)]
pub(crate) async fn show(
    caller: Caller,
    routes: web::Data<WorkflowRoutes>,
    workflow: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let name = name(workflow, &parameters)?;
    let found = routes.workflows().monitor(caller.client_id(), &name).await;
    shown(found, &name)
}

/// Remove the monitor of a workflow
///
/// Nothing is expected of it any more, and its incidents end.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    delete,
    path = "/api/v1/workflows/{workflow}/monitor",
    operation_id = "removeMonitor",
    tag = "workflows",
    params(("workflow" = String, Path, description = "The name of the workflow."), InEnvironment),
    responses(
        (status = 200, description = "The monitor as it was.", body = described::Monitor),
        (status = 404), (status = 422),
    ),
)]
pub(crate) async fn remove(
    caller: Caller,
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    workflow: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let name = name(workflow, &parameters)?;
    let operations = routes.operations(&asking);
    let removed = operations.remove_monitor(caller.client_id(), &name).await;
    answer(&routes, caller.client_id(), &name, removed).await
}

/// Silence the monitor of a workflow
///
/// Incidents are listed, and nobody is sent a message about them for that time.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/workflows/{workflow}/monitor/silence",
    operation_id = "silenceMonitor",
    tag = "workflows",
    params(
        ("workflow" = String, Path, description = "The name of the workflow."),
        InEnvironment,
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
pub(crate) async fn silence(
    caller: Caller,
    asking: Asking,
    routes: web::Data<WorkflowRoutes>,
    workflow: web::Path<String>,
    parameters: Parameters,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let name = name(workflow, &parameters)?;
    let sent = asking.read(&request, payload).await?;
    let length = silence_length(sent.members)?;
    let operations = routes.operations(&asking).repeatable(sent.named);
    let silenced = operations.silence(caller.client_id(), &name, length).await;
    answer(&routes, caller.client_id(), &name, silenced).await
}

/// Shows a monitor, or says that the workflow has none.
pub(crate) fn shown(
    found: Result<Option<MonitorView>, WorkflowError>,
    name: &WorkflowName,
) -> Result<HttpResponse, Problem> {
    let monitor = found.map_err(of_workflows)?;
    let monitor = monitor.ok_or_else(|| no_monitor(name))?;
    Ok(HttpResponse::Ok().json(monitor))
}

/// Shows what came of a change of a monitor; to a repeat, the monitor as it is now.
pub(crate) async fn answer(
    routes: &WorkflowRoutes,
    client: &ClientId,
    name: &WorkflowName,
    change: Result<Once<Option<MonitorView>>, WorkflowOperationError>,
) -> Result<HttpResponse, Problem> {
    match change.map_err(of_change)? {
        Once::Done(monitor) => shown(Ok(monitor), name),
        Once::Repeated => {
            let now = routes.workflows().monitor(client, name).await;
            Ok(marked(true, shown(now, name)?))
        }
    }
}

/// For how long a body asks for silence.
pub(crate) fn silence_length(mut members: Members) -> Result<UnitDuration, Problem> {
    let length = members.need("for", text);
    members.finish()?;
    // Without one there was a fault.
    length.ok_or_else(|| Problem::faulty_members(Default::default()))
}

/// The workflow that a path and the query name.
pub(crate) fn name(
    workflow: web::Path<String>,
    parameters: &Parameters,
) -> Result<WorkflowName, Problem> {
    let mut query = Query::default();
    let mut environment = None::<String>;
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "environment" => query.set(name, value, &mut environment),
            _ => query.unknown(name),
        }
    }
    let name = WorkflowName::new(
        environment.clone().unwrap_or_default(),
        workflow.into_inner(),
    );
    match environment {
        None => query.fault("environment", "is missing"),
        Some(_) => {
            if let Err(error) = name.check() {
                query.fault(&error.field, error.message);
            }
        }
    }
    query.finish()?;
    Ok(name)
}

pub(crate) fn monitor_members(mut members: Members) -> Result<Map<String, Value>, Problem> {
    let mut taken = Map::new();
    for name in Monitor::MEMBERS {
        let value = members.take(name, |value| Ok(value.clone()));
        taken.extend(value.map(|value| (name.to_owned(), value)));
    }
    members.finish()?;
    Ok(taken)
}
