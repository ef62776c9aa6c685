//! What went wrong with the workflows of the calling client.

use crate::{described, problems::of_workflows, routes::WorkflowRoutes};
use actix_web::{HttpResponse, web};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{Parameters, Problem};
use central_logger_operation_routes::{Query, values::Bound};
use central_logger_workflows::IncidentQuery;

/// List incidents
///
/// Returns what went wrong with workflows that have a monitor, the latest first: one incident for an episode.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/incidents",
    operation_id = "listIncidents",
    tag = "workflows",
    params(described::IncidentsQuery),
    responses(
        (status = 200, description = "The incidents.", body = described::Incidents),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn list(
    caller: Caller,
    routes: web::Data<WorkflowRoutes>,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let wanted = wanted(&parameters)?;
    let page = routes
        .workflows()
        .incidents(caller.client_id(), &wanted)
        .await;
    Ok(HttpResponse::Ok().json(page.map_err(of_workflows)?))
}

/// The incidents that a query asks for.
pub(crate) fn wanted(parameters: &Parameters) -> Result<IncidentQuery, Problem> {
    let mut query = Query::default();
    let (mut since, mut limit) = (None::<Bound>, None);
    let mut wanted = IncidentQuery::default();
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "since" => query.set(name, value, &mut since),
            "open" => query.set(name, value, &mut wanted.open),
            "workflow" => query.set(name, value, &mut wanted.workflow),
            "limit" => query.set(name, value, &mut limit),
            "cursor" => query.set(name, value, &mut wanted.cursor),
            _ => query.unknown(name),
        }
    }
    wanted.limit = query.limit(limit);
    query.finish()?;
    wanted.since = since.map(|since| since.0.get());
    Ok(wanted)
}
