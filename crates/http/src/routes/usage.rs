//! Usage of the keys of the calling client.

use super::logs::CallerLogs;
use crate::{
    described::{self, SinceADayAgo},
    services::Services,
};
use actix_web::web;
use central_logger_auth_actix::Caller;
use central_logger_http_api::{Parameters, Problem};
use central_logger_key_activity::{Usage, UsagePer, UsageQuery, UsageSlot};
use serde::Serialize;
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;

/// How far back usage is told of when nothing else is asked for.
const DEFAULT_PERIOD: Duration = Duration::hours(24);

/// What was counted of a client's keys.
#[derive(Serialize, ToSchema)]
pub(super) struct UsageReport {
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
pub(super) async fn of_caller(
    caller: Caller,
    CallerLogs(logs): CallerLogs,
    services: web::Data<Services>,
    parameters: Parameters,
) -> Result<web::Json<UsageReport>, Problem> {
    let since = parameters.since(services.clock.now(), DEFAULT_PERIOD)?;
    let query = UsageQuery {
        client: Some(caller.client_id().clone()),
        since,
        per: UsagePer::Key,
    };
    let _turn = logs.turn().await?;
    Ok(web::Json(UsageReport {
        since: UsageSlot::hour_of(since.get()),
        usage: services.activity.usage(&query).await?,
    }))
}
