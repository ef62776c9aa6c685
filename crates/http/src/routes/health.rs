//! Whether the process is alive, and whether it can do its work.

use crate::{problem::Problem, services::Services};
use actix_web::{http::StatusCode, web};
use central_logger_auth::CacheStatus;
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

pub(super) async fn ready(services: web::Data<Services>) -> Result<web::Json<Ready>, Problem> {
    let looked = services.readiness.look().await;
    let cache = looked
        .map_err(|reasons| Problem::new(StatusCode::SERVICE_UNAVAILABLE, reasons.join("; ")))?;
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
