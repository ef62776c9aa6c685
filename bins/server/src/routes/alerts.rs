//! What is suspicious about the keys of whoever is calling.

use super::{Services, since::since};
use crate::problem::Problem;
use actix_web::{http::StatusCode, web};
use central_logger_auth_actix::Caller;
use central_logger_key_store::{Acknowledgement, Alert, AlertId, AlertQuery};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

/// How far back alerts are told of when nothing else is asked for.
const DEFAULT_PERIOD: Duration = Duration::days(7);
/// How many are told of at a time.
pub(crate) const MOST_ALERTS: usize = 1000;

#[derive(Serialize)]
pub(super) struct AlertReport {
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    alerts: Vec<Alert>,
    /// Whether there are earlier ones.
    has_more: bool,
}

pub(super) async fn of_caller(
    caller: Caller,
    services: web::Data<Services>,
    web::Query(parameters): web::Query<Vec<(String, String)>>,
) -> Result<web::Json<AlertReport>, Problem> {
    let since = since(&parameters, services.clock.now(), DEFAULT_PERIOD)?;
    let query = AlertQuery {
        client: Some(caller.client_id().clone()),
        since,
        limit: MOST_ALERTS + 1,
    };
    let mut alerts = services.keys.alerts(&query).await?;
    let has_more = alerts.len() > MOST_ALERTS;
    alerts.truncate(MOST_ALERTS);
    Ok(web::Json(AlertReport {
        since,
        alerts,
        has_more,
    }))
}

pub(super) async fn acknowledge(
    caller: Caller,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<web::Json<Alert>, Problem> {
    let absent = || Problem::new(StatusCode::NOT_FOUND, format!("There is no alert {id}"));
    let alert: AlertId = id.parse().map_err(|_| absent())?;
    let acknowledgement = Acknowledgement {
        at: services.clock.now(),
        by: format!("key {}", caller.key_id()),
    };
    let client = Some(caller.client_id());
    let keys = &services.keys;
    let acknowledged = keys.acknowledge(&alert, client, &acknowledgement).await?;
    acknowledged.map(web::Json).ok_or_else(absent)
}
