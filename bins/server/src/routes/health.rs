//! Whether the process is alive, and whether it can do its work.

use super::Services;
use crate::problem::Problem;
use actix_web::{http::StatusCode, web};
use central_logger_auth::CacheStatus;
use central_logger_key_store::Report;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct Alive {
    status: &'static str,
}

#[derive(Serialize)]
pub(super) struct Ready {
    status: &'static str,
    key_feed: KeyFeedStatus,
}

/// How well changes of keys are followed, in milliseconds.
#[derive(Serialize)]
struct KeyFeedStatus {
    lag_ms: Option<u128>,
    lease_left_ms: u128,
    last_change_delay_ms: u128,
}

pub(super) async fn alive() -> web::Json<Alive> {
    web::Json(Alive { status: "alive" })
}

/// Reasons are told in full: they name what does not answer, never a secret.
pub(super) async fn ready(services: web::Data<Services>) -> Result<web::Json<Ready>, Problem> {
    let unready = |reason: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, reason);
    let keys = services.keys.ready().await;
    keys.map_err(|error| unready(Report(&error).to_string()))?;
    let logs = services.logs.ready().await;
    logs.map_err(|error| unready(Report(&error).to_string()))?;
    let cache = services.cache.status(services.clock.elapsed());
    if cache.lease_left.is_zero() {
        let reason = "changes of keys cannot be followed at the moment";
        return Err(unready(reason.to_owned()));
    }
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
