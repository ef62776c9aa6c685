//! Alerts about the keys of the calling client.

use crate::{
    described::{self, AlertsQuery},
    logs::CallerLogs,
};
use actix_web::{HttpRequest, web};
use central_logger_http_api::{
    Parameters, Problem,
    idempotency::{SafeToRepeat, check},
};
use central_logger_key_activity::{Alert, AlertId, AlertPage, AlertPlace};
use central_logger_operation_routes::{
    Asking, Query,
    problems::{of_operation, unknown_alert},
    values::Bound,
};
use central_logger_times::Timestamp;
use serde::Serialize;
use time::Duration;
use utoipa::ToSchema;

/// How far back alerts are told of when nothing else is asked for.
const DEFAULT_PERIOD: Duration = Duration::days(7);

/// What is suspicious about a client's keys.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertReport {
    #[schema(value_type = OffsetDateTime)]
    since: Timestamp,
    #[schema(value_type = Vec<described::Alert>, max_items = 1000)]
    alerts: Vec<Alert>,
    /// Whether there are earlier ones.
    has_more: bool,
    /// Where the next page begins, or null.
    #[schema(required, value_type = Option<String>)]
    next_cursor: Option<AlertPlace>,
}

/// List alerts about the client's keys
///
/// Returns alerts, most recent first, at most 1000 alerts at a time.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    operation_id = "alerts",
    tag = "keys",
    params(AlertsQuery),
    responses(
        (status = 200, description = "The alerts.", body = AlertReport),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn of_caller(
    asking: Asking,
    CallerLogs(logs): CallerLogs,
    parameters: Parameters,
) -> Result<web::Json<AlertReport>, Problem> {
    let mut query = Query::default();
    let (mut since, mut limit, mut before) = (None::<Bound>, None, None::<AlertPlace>);
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "since" => query.set(name, value, &mut since),
            "limit" => query.set(name, value, &mut limit),
            "cursor" => query.set(name, value, &mut before),
            _ => query.unknown(name),
        }
    }
    let limit = query.limit(Some(limit.unwrap_or(AlertPage::MAX)));
    query.finish()?;
    let default = || Timestamp::clamped(asking.now()).saturating_sub(DEFAULT_PERIOD);
    let since = since.map_or_else(default, |since| since.0);
    let _turn = logs.turn().await?;
    let page = asking.operations.own_alerts(since, before, limit).await;
    let page = page.map_err(of_operation)?;
    Ok(web::Json(AlertReport {
        since,
        next_cursor: page.next(),
        has_more: page.has_more,
        alerts: page.alerts,
    }))
}

/// Acknowledge an alert
///
/// Records that somebody has seen the alert. If several acknowledge it, the first is recorded, so that a repeat
/// is answered as the first request was. An alert about another client is not found.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/acknowledge",
    operation_id = "acknowledgeAlert",
    tag = "keys",
    params(
        ("id" = String, Path, description = "The id of the alert.", pattern = "^[0-9a-f]{16}$"),
        SafeToRepeat,
    ),
    responses(
        (status = 200, description = "The alert.", body = described::Alert),
        (status = 404), (status = 422),
    ),
)]
pub(crate) async fn acknowledge(
    asking: Asking,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<web::Json<Alert>, Problem> {
    check(&request)?;
    let alert: AlertId = id.parse().map_err(|_| unknown_alert(&id))?;
    let alert = asking.operations.acknowledge_own(&alert).await;
    Ok(web::Json(alert.map_err(of_operation)?))
}
