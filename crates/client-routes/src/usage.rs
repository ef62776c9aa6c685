//! Usage of the keys of the calling client.

use crate::{
    described::{self, UsageOfOwn},
    logs::CallerLogs,
};
use actix_web::web;
use central_logger_http_api::{Parameters, Problem};
use central_logger_key_activity::{Usage, UsagePlace};
use central_logger_operation_routes::{Asking, Query, problems::of_operation, values::Bound};
use central_logger_operations as operations;
use central_logger_times::Timestamp;
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
    #[schema(value_type = Vec<described::Usage>, inline, max_items = 1000)]
    usage: Vec<Usage>,
    /// Where the next page begins, or null.
    #[schema(required, value_type = Option<String>)]
    next_cursor: Option<UsagePlace>,
}

/// Count requests and entries by key
///
/// Counts what was done with each of the client's keys, up to a few seconds ago, by the id of the key.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/usage",
    operation_id = "usage",
    tag = "keys",
    params(UsageOfOwn),
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
    let mut query = Query::default();
    let (mut since, mut limit, mut after) = (None::<Bound>, None, None::<UsagePlace>);
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "since" => query.set(name, value, &mut since),
            "limit" => query.set(name, value, &mut limit),
            "cursor" => query.set(name, value, &mut after),
            _ => query.unknown(name),
        }
    }
    let page = query.largest_page(limit, after);
    query.finish()?;
    let default = || Timestamp::clamped(asking.now()).saturating_sub(DEFAULT_PERIOD);
    let since = since.map_or_else(default, |since| since.0);
    let _turn = logs.turn().await?;
    let page = asking.operations.own_usage_page(since, &page).await;
    let operations::UsagePage {
        report,
        next_cursor,
    } = page.map_err(of_operation)?;
    Ok(web::Json(UsageReport {
        since: report.since,
        usage: report.usage,
        next_cursor,
    }))
}
