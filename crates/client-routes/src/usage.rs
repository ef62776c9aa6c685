//! Usage of the keys of the calling client.

use crate::{
    described::{self, SinceADayAgo},
    logs::CallerLogs,
};
use actix_web::web;
use central_logger_http_api::{Parameters, Problem};
use central_logger_key_activity::Usage;
use central_logger_operation_routes::{Asking, problems::of_operation};
use central_logger_operations as operations;
use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;

/// How far back usage is told of when nothing else is asked for.
const DEFAULT_PERIOD: Duration = Duration::hours(24);

/// What was counted of a client's keys.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsageReport {
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    #[schema(value_type = Vec<described::Usage>, inline)]
    usage: Vec<Usage>,
}

/// Count requests and entries by key
///
/// Counts what was done with each of the client's keys, up to a few seconds ago.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/usage",
    operation_id = "usage",
    tag = "keys",
    params(SinceADayAgo),
    responses(
        (status = 200, description = "The counts of each key.", body = UsageReport),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn of_caller(
    asking: Asking,
    CallerLogs(logs): CallerLogs,
    parameters: Parameters,
) -> Result<web::Json<UsageReport>, Problem> {
    let since = parameters.since(asking.now(), DEFAULT_PERIOD)?;
    let _turn = logs.turn().await?;
    let report = asking.operations.own_usage(since).await;
    let operations::UsageReport { since, usage } = report.map_err(of_operation)?;
    Ok(web::Json(UsageReport { since, usage }))
}
