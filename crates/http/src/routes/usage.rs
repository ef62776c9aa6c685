//! What was done with the keys of whoever is calling.

use super::{logs::CallerLogs, since::since};
use crate::{parameters::Parameters, problem::Problem, services::Services};
use actix_web::web;
use central_logger_auth_actix::Caller;
use central_logger_key_activity::{Usage, UsagePer, UsageQuery, UsageSlot};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

/// How far back usage is told of when nothing else is asked for.
const DEFAULT_PERIOD: Duration = Duration::hours(24);

#[derive(Serialize)]
pub(super) struct UsageReport {
    #[serde(with = "time::serde::rfc3339")]
    since: OffsetDateTime,
    usage: Vec<Usage>,
}

pub(super) async fn of_caller(
    caller: Caller,
    CallerLogs(logs): CallerLogs,
    services: web::Data<Services>,
    Parameters(parameters): Parameters,
) -> Result<web::Json<UsageReport>, Problem> {
    let since = since(&parameters, services.clock.now(), DEFAULT_PERIOD)?;
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
