//! Whether the process is alive, and whether it can do its work.

use super::Services;
use crate::problem::Problem;
use actix_web::{http::StatusCode, web};
use central_logger_key_store::Report;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
}

pub(super) async fn alive() -> web::Json<Health> {
    web::Json(Health { status: "alive" })
}

/// Reasons are told in full: they name what does not answer, never a secret.
pub(super) async fn ready(services: web::Data<Services>) -> Result<web::Json<Health>, Problem> {
    let unready = |reason| Problem::new(StatusCode::SERVICE_UNAVAILABLE, reason);
    let keys = services.keys.ready().await;
    keys.map_err(|error| unready(Report(&error).to_string()))?;
    let logs = services.logs.ready().await;
    logs.map_err(|error| unready(Report(&error).to_string()))?;
    Ok(web::Json(Health { status: "ready" }))
}
