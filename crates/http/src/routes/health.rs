//! Whether the process is alive, and whether it can do its work.

use crate::services::Services;
use actix_web::web;
use central_logger_auth::CacheStatus;
use central_logger_http_api::Problem;
use central_logger_problem_types::ProblemType;
use serde::Serialize;
use utoipa::ToSchema;

/// A process that answers.
#[derive(Serialize, ToSchema)]
pub(super) struct Alive {
    /// Always `alive`.
    status: &'static str,
}

/// A server that can do its work.
#[derive(Serialize, ToSchema)]
pub(super) struct Ready {
    /// Always `ready`.
    status: &'static str,
    #[schema(inline)]
    key_feed: KeyFeedStatus,
}

/// How well changes of keys are followed, in milliseconds.
#[derive(Serialize, ToSchema)]
struct KeyFeedStatus {
    /// The time since the keys in memory were last known to be as new as the database.
    #[schema(value_type = Option<u64>, required)]
    lag_ms: Option<u128>,
    /// How much longer keys may be verified from memory.
    #[schema(value_type = u64)]
    lease_left_ms: u128,
    /// The time from the commit of the last change until it was applied here.
    #[schema(value_type = u64)]
    last_change_delay_ms: u128,
}

/// Check that the process is alive
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "alive",
    tag = "server",
    responses((status = 200, description = "Success.", body = Alive)),
)]
pub(super) async fn alive() -> web::Json<Alive> {
    web::Json(Alive { status: "alive" })
}

/// Check that the server can do its work
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "ready",
    tag = "server",
    responses((status = 200, description = "Success.", body = Ready), (status = 503)),
)]
pub(super) async fn ready(services: web::Data<Services>) -> Result<web::Json<Ready>, Problem> {
    let looked = services.readiness.look().await;
    let not_ready = |reasons: Vec<_>| Problem::of(ProblemType::NOT_READY, reasons.join("; "));
    let cache = looked.map_err(not_ready)?;
    Ok(web::Json(Ready {
        status: "ready",
        key_feed: KeyFeedStatus::of(&cache),
    }))
}

impl KeyFeedStatus {
    fn of(cache: &CacheStatus) -> Self {
        Self {
            lag_ms: cache.lag.map(|lag| lag.as_millis()),
            lease_left_ms: cache.lease_left.as_millis(),
            last_change_delay_ms: cache.delay_last.as_millis(),
        }
    }
}
