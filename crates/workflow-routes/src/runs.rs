//! The runs of a workflow of the calling client.

use crate::{
    described::{InEnvironment, Run},
    monitors::name,
    problems::{no_workflow, of_workflows},
    routes::WorkflowRoutes,
};
use actix_web::{HttpResponse, web};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{Parameters, Problem};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

/// List the runs of a workflow
///
/// Returns the runs that are known one by one, the latest first: at most 200 that have ended, and 64 that have not.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/workflows/{workflow}/runs",
    operation_id = "listRuns",
    tag = "workflows",
    params(("workflow" = String, Path, description = "The name of the workflow."), InEnvironment),
    responses(
        (status = 200, description = "The runs.", body = Runs),
        (status = 404), (status = 422),
    ),
)]
pub(crate) async fn runs(
    caller: Caller,
    routes: web::Data<WorkflowRoutes>,
    workflow: web::Path<String>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let name = name(workflow, &parameters)?;
    let listed = routes.workflows().runs(caller.client_id(), &name).await;
    let runs = listed.map_err(of_workflows)?;
    let runs = runs.ok_or_else(|| no_workflow(&name))?;
    Ok(HttpResponse::Ok().json(json!({"runs": runs})))
}

/// The runs of a workflow.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct Runs {
    #[schema(max_items = 528)]
    runs: Vec<PastRun>,
}

/// A run, with the entries that tell of it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described only")]
struct PastRun {
    #[serde(flatten)]
    run: Run,
    failed: bool,
    first_entry_id: Uuid,
    /// Nothing while it runs.
    #[schema(required)]
    last_entry_id: Option<Uuid>,
}
