//! The workflows of the calling client.

use crate::{described, problems::of_workflows, routes::WorkflowRoutes};
use actix_web::{HttpResponse, web};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{Parameters, Problem};
use central_logger_operation_routes::Query;
use central_logger_workflows::{Standing, WorkflowQuery};
use serde_json::json;

/// List workflows, and how they stand
///
/// Returns the workflows that ran, at most 1000, and those with a monitor, at most 1000, by environment and name. A
/// run is the entries with one `run_id`, or a single entry without one. Counts are those of whole hours. Entries
/// count within a few seconds, whenever they were executed.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/workflows",
    operation_id = "listWorkflows",
    tag = "workflows",
    params(described::WorkflowsQuery),
    responses(
        (status = 200, description = "The workflows.", body = described::Workflows),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn list(
    caller: Caller,
    routes: web::Data<WorkflowRoutes>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::default();
    let mut wanted = WorkflowQuery::default();
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "environment" => query.set(name, value, &mut wanted.environment),
            "workflow" => query.set(name, value, &mut wanted.workflow),
            "state" => query.set::<Standing>(name, value, &mut wanted.state),
            _ => query.unknown(name),
        }
    }
    query.finish()?;
    let listed = routes.workflows().list(caller.client_id(), &wanted).await;
    let workflows = listed.map_err(of_workflows)?;
    Ok(HttpResponse::Ok().json(json!({"workflows": workflows})))
}
