//! Sending and reading logs. A handler has a [`TenantLogs`], which knows one client only.

use super::idempotency;
use crate::{
    body::{self, Format},
    parameters::Parameters,
    problem::Problem,
    services::Services,
};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
    rt, web,
};
use central_logger_auth_actix::Caller;
use central_logger_key_store::quota::QuotaDimension;
use central_logger_log_store::{
    AppendError, LogId, LogPage, LogSearch, LogStats, RetentionPeriod, SpaceQuota, StatsQuery,
    StoredLog, Submission, TenantLogs,
};
use serde::Serialize;
use std::{future::Future, num::NonZeroU64, pin::Pin, sync::Arc};
use time::OffsetDateTime;

/// The logs of whoever is calling.
pub(super) struct CallerLogs(pub(super) TenantLogs);

impl FromRequest for CallerLogs {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = <Caller>::from_request(request, payload);
        let services = web::Data::<Services>::extract(request);
        Box::pin(async move {
            let caller = caller.await?;
            let quota = caller.quota();
            let limit = |dimension| quota.limit(dimension).map(NonZeroU64::get);
            let quota = SpaceQuota {
                entries: limit(QuotaDimension::EntriesPerDay),
                bytes: limit(QuotaDimension::BytesPerDay),
            };
            let client = caller.client_id().clone();
            let logs = TenantLogs::new(&services.await?.ingestor, client);
            Ok(Self(logs.with_quota(quota)))
        })
    }
}

#[derive(Serialize)]
struct Appended<'a> {
    id: LogId,
    client_id: &'a str,
    #[serde(with = "time::serde::rfc3339")]
    received_at: OffsetDateTime,
}

#[derive(Serialize)]
struct AppendedMany {
    accepted: usize,
    ids: Vec<LogId>,
}

pub(super) async fn append(
    caller: Caller,
    CallerLogs(logs): CallerLogs,
    services: web::Data<Services>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let share = services.rooms.bodies.share(logs.client());
    let body = body::read(&request, payload, logs.client(), share).await?;
    let received_at = services.clock.now();
    let submission = match body.format {
        Format::Json => Submission::parse(&body.bytes, logs.client(), received_at),
        Format::JsonLines => Submission::parse_lines(&body.bytes, logs.client(), received_at),
    }?;
    let claim = idempotency::claim(&request, &body)?;
    let is_one = matches!(submission, Submission::One(_));
    let term = RetentionPeriod::of_setting(services.retention.borrow().of(logs.client()));
    let term = term.duration();
    let logs = logs.with_term(term);
    let client = logs.client().clone();
    let appending = {
        let (usage, bytes) = (Arc::clone(&services.usage), body.bytes.len() as u64);
        async move {
            let kept = logs.append(received_at, submission, claim).await?;
            if !kept.is_replay {
                let entries = kept.ids.len() as u64;
                usage.count_stored(&caller, received_at, entries, bytes);
            }
            Ok::<_, AppendError>(kept)
        }
    };
    // What is stored is counted, also when whoever sent it has gone before the answer.
    let kept = rt::spawn(appending).await;
    let kept = kept.map_err(|error| match error.is_panic() {
        true => Problem::failed(&error, "storing"),
        false => AppendError::Ending.into(),
    })??;
    let mut answer = HttpResponse::Created();
    if kept.is_replay {
        answer.insert_header(idempotency::REPLAYED);
    }
    Ok(match *kept.ids {
        [id] if is_one => answer
            .insert_header((header::LOCATION, format!("/api/v1/logs/{id}")))
            .json(Appended {
                id,
                client_id: client.as_str(),
                received_at: kept.received_at,
            }),
        _ => answer.json(AppendedMany {
            accepted: kept.ids.len(),
            ids: kept.ids,
        }),
    })
}

pub(super) async fn page(
    CallerLogs(logs): CallerLogs,
    Parameters(parameters): Parameters,
) -> Result<web::Json<LogPage>, Problem> {
    let search = LogSearch::from_pairs(parameters).map_err(Problem::faulty_query)?;
    Ok(web::Json(logs.page(&search).await?))
}

pub(super) async fn stats(
    CallerLogs(logs): CallerLogs,
    services: web::Data<Services>,
    Parameters(parameters): Parameters,
) -> Result<web::Json<LogStats>, Problem> {
    let query = StatsQuery::from_pairs(parameters, services.clock.now());
    let query = query.map_err(Problem::faulty_query)?;
    Ok(web::Json(logs.stats(&query).await?))
}

pub(super) async fn get(
    CallerLogs(logs): CallerLogs,
    id: web::Path<String>,
) -> Result<web::Json<StoredLog>, Problem> {
    let absent = || Problem::new(StatusCode::NOT_FOUND, "There is no log with this id");
    let id: LogId = id.parse().map_err(|_| absent())?;
    let found = logs.get(id).await?;
    found.map(web::Json).ok_or_else(absent)
}
