//! Alerts about the keys of the calling client.

use super::logs::CallerLogs;
use crate::{
    described::{self, SinceAWeekAgo},
    services::Services,
};
use actix_web::{http::StatusCode, web};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{Parameters, Problem};
use central_logger_key_activity::{Acknowledgement, Alert, AlertId, AlertPage};
use central_logger_times::Timestamp;
use serde::Serialize;
use time::Duration;
use utoipa::ToSchema;

/// How far back alerts are told of when nothing else is asked for.
const DEFAULT_PERIOD: Duration = Duration::days(7);
/// What stands before the id of a key that has acknowledged an alert.
const BY_KEY: &str = "key ";

/// What is suspicious about a client's keys.
#[derive(Serialize, ToSchema)]
pub(super) struct AlertReport {
    #[schema(value_type = OffsetDateTime)]
    since: Timestamp,
    #[schema(value_type = Vec<described::Alert>, max_items = 1000)]
    alerts: Vec<Alert>,
    /// Whether there are earlier ones.
    has_more: bool,
}

/// List alerts about the client's keys
///
/// Returns at most 1000 alerts, most recent first.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/alerts",
    operation_id = "alerts",
    tag = "keys",
    params(SinceAWeekAgo),
    responses(
        (status = 200, description = "The alerts.", body = AlertReport),
        (status = 400), (status = 422),
    ),
)]
pub(super) async fn of_caller(
    caller: Caller,
    CallerLogs(logs): CallerLogs,
    services: web::Data<Services>,
    parameters: Parameters,
) -> Result<web::Json<AlertReport>, Problem> {
    let since = parameters.since(services.clock.now(), DEFAULT_PERIOD)?;
    let client = caller.client_id().clone();
    let _turn = logs.turn().await?;
    let page = AlertPage::read(&*services.activity, Some(client), since).await?;
    let AlertPage {
        mut alerts,
        has_more,
    } = page;
    alerts.iter_mut().for_each(name_no_operator);
    Ok(web::Json(AlertReport {
        since,
        alerts,
        has_more,
    }))
}

/// Acknowledge an alert
///
/// Records that somebody has seen the alert. If several acknowledge it, the first is recorded. An alert
/// about another client is not found.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    post,
    path = "/api/v1/alerts/{id}/acknowledge",
    operation_id = "acknowledgeAlert",
    tag = "keys",
    params(("id" = String, Path, description = "The id of the alert.", pattern = "^[0-9a-f]{16}$")),
    responses(
        (status = 200, description = "The alert.", body = described::Alert),
        (status = 404),
    ),
)]
pub(super) async fn acknowledge(
    caller: Caller,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<web::Json<Alert>, Problem> {
    let absent = || Problem::new(StatusCode::NOT_FOUND, format!("There is no alert {id}"));
    let alert: AlertId = id.parse().map_err(|_| absent())?;
    let acknowledgement = Acknowledgement {
        at: services.clock.now(),
        by: format!("{BY_KEY}{}", caller.key_id()),
    };
    let client = Some(caller.client_id());
    let activity = &services.activity;
    let acknowledged = activity.acknowledge(&alert, client, &acknowledgement);
    let acknowledged = acknowledged.await?;
    let mut alert = acknowledged.ok_or_else(absent)?;
    name_no_operator(&mut alert);
    Ok(web::Json(alert))
}

/// Who works for the provider, and on which machines, is not for clients.
fn name_no_operator(alert: &mut Alert) {
    if let Some(seen) = &mut alert.acknowledged
        && !seen.by.starts_with(BY_KEY)
    {
        seen.by = "provider".to_owned();
    }
}
