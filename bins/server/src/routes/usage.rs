//! What was done with the keys of whoever is calling.

use super::Services;
use crate::problem::Problem;
use actix_web::web;
use central_logger_auth_actix::Caller;
use central_logger_key_store::{Usage, UsagePer, UsageQuery, UsageSlot};
use central_logger_log_store::Fault;
use serde::Serialize;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

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
    services: web::Data<Services>,
    web::Query(parameters): web::Query<Vec<(String, String)>>,
) -> Result<web::Json<UsageReport>, Problem> {
    let since = since(&parameters).map_err(|fault| Problem::faulty_query(vec![fault]))?;
    let since = since.unwrap_or_else(|| services.clock.now() - DEFAULT_PERIOD);
    let query = UsageQuery {
        client: Some(caller.client_id().clone()),
        since,
        per: UsagePer::Key,
    };
    Ok(web::Json(UsageReport {
        since: UsageSlot::hour_of(since),
        usage: services.keys.usage(&query).await?,
    }))
}

/// The one parameter that there is.
fn since(parameters: &[(String, String)]) -> Result<Option<OffsetDateTime>, Fault> {
    match parameters {
        [] => Ok(None),
        [(name, value)] if name == "since" => match OffsetDateTime::parse(value, &Rfc3339) {
            Ok(since) => Ok(Some(since)),
            Err(_) => Err(Fault::new(
                "since",
                "must be RFC 3339, such as 2027-01-31T12:00:00Z",
            )),
        },
        [.., (name, _)] if name == "since" => Err(Fault::new("since", "is given twice")),
        [.., (name, _)] => Err(Fault::new(name.clone(), "is no parameter of this call")),
    }
}
