//! The usage of keys, and alerts about them.

use crate::described::{
    AcknowledgedAlerts, AlertsQuery, ProviderAlerts, ProviderUsage, UsageQueryOfAll,
};
use actix_web::{HttpRequest, HttpResponse, web};
use central_logger_http_api::{
    Parameters, Problem,
    idempotency::{SafeToRepeat, check},
};
use central_logger_key_activity::{
    AlertId, AlertPage, AlertPlace, AlertQuery, UsagePer, UsagePlace, UsageQuery,
};
use central_logger_operation_routes::{
    Asking, Query,
    problems::{of_operation, unknown_alert},
    values::Bound,
};
use central_logger_operations::paging::PageRequest;
use central_logger_times::Timestamp;
use time::Duration;

/// How far back usage is told of when nothing else is asked for.
const USAGE_PERIOD: Duration = Duration::hours(24);
/// How far back alerts are.
const ALERTS_PERIOD: Duration = Duration::days(7);

/// Count requests and entries of all clients
///
/// Counts what was done with each key, or with all keys of each client, up to a few seconds ago.
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/usage",
    operation_id = "usageOfClients",
    tag = "provider",
    params(UsageQueryOfAll),
    responses(
        (status = 200, description = "The counts.", body = ProviderUsage),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn usage(asking: Asking, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let mut query = Query::default();
    let (mut client, mut since, mut limit) = (None, None::<Bound>, None);
    let (mut per, mut after) = (None::<String>, None::<UsagePlace>);
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "client_id" => query.set(name, value, &mut client),
            "since" => query.set(name, value, &mut since),
            "per" if !["key", "client"].contains(&value.as_str()) => {
                query.fault(name, "must be key or client");
            }
            "per" => query.set(name, value, &mut per),
            "limit" => query.set(name, value, &mut limit),
            "cursor" => query.set(name, value, &mut after),
            _ => query.unknown(name),
        }
    }
    let limit = query.limit(limit);
    query.finish()?;
    let wanted = UsageQuery {
        client,
        since: since_or(since, &asking, USAGE_PERIOD),
        per: match per.as_deref() {
            Some("client") => UsagePer::Client,
            _ => UsagePer::Key,
        },
    };
    let page = PageRequest { limit, after };
    let page = asking.operations.usage_page(&wanted, &page);
    Ok(HttpResponse::Ok().json(page.await.map_err(of_operation)?))
}

/// List alerts of all clients
///
/// Returns alerts, most recent first, with how their delivery stands.
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/alerts",
    operation_id = "alertsOfClients",
    tag = "provider",
    params(AlertsQuery),
    responses(
        (status = 200, description = "The alerts.", body = ProviderAlerts),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn alerts(
    asking: Asking,
    parameters: Parameters,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::default();
    let (mut client, mut since) = (None, None::<Bound>);
    let (mut limit, mut before) = (None, None::<AlertPlace>);
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "client_id" => query.set(name, value, &mut client),
            "since" => query.set(name, value, &mut since),
            "limit" => query.set(name, value, &mut limit),
            "cursor" => query.set(name, value, &mut before),
            _ => query.unknown(name),
        }
    }
    let limit = query.limit(Some(limit.unwrap_or(AlertPage::MAX)));
    query.finish()?;
    let alerts = asking.operations.alerts(AlertQuery {
        client,
        since: since_or(since, &asking, ALERTS_PERIOD),
        before,
        limit,
    });
    let alerts = alerts.await;
    Ok(HttpResponse::Ok().json(alerts.map_err(of_operation)?))
}

/// Acknowledge an alert of any client
///
/// Records that somebody has seen the alert. If several acknowledge it, the first is recorded, so that a repeat
/// is answered as the first request was.
///
/// Requires a key of the provider with the scope `provider:write`.
#[utoipa::path(
    post,
    path = "/api/v1/provider/alerts/{id}/acknowledge",
    operation_id = "acknowledgeAlertOfClient",
    tag = "provider",
    params(
        ("id" = String, Path, description = "The id of the alert.", pattern = "^[0-9a-f]{16}$"),
        SafeToRepeat,
    ),
    responses(
        (status = 200, description = "The alert, in a list.", body = AcknowledgedAlerts),
        (status = 404), (status = 422),
    ),
)]
pub(crate) async fn acknowledge(
    asking: Asking,
    id: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    check(&request)?;
    let id: AlertId = id.parse().map_err(|_| unknown_alert(&id))?;
    let acknowledged = asking.operations.acknowledge(&[id]).await;
    Ok(HttpResponse::Ok().json(acknowledged.map_err(of_operation)?))
}

fn since_or(since: Option<Bound>, asking: &Asking, period: Duration) -> Timestamp {
    let default = || Timestamp::clamped(asking.now()).saturating_sub(period);
    since.map_or_else(default, |since| since.0)
}
