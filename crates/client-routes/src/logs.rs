//! Sending and reading logs. A handler has a [`TenantLogs`], which knows one client only.

use crate::{
    ClientRoutes,
    described::{
        self, Counting, Direction, Entries, EntryLines, Filters, IdempotencyKey, Limit, Log, Of,
        Period, Words,
    },
    idempotency,
};
use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::{StatusCode, header},
    rt, web,
};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{
    Parameters, Problem,
    body::{self, Format},
    idempotency::REPLAYED,
    ingest_quota,
};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogPage, LogSearch, LogStats, LogValues, RetentionPeriod, StatsQuery, StoredLog,
    Submission, ValuesQuery,
};
use central_logger_tenant_logs::{AppendError, TenantLogs};
use serde::Serialize;
use std::{future::Future, pin::Pin, sync::Arc};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// The logs of the calling client.
pub(crate) struct CallerLogs(pub(crate) TenantLogs);

impl FromRequest for CallerLogs {
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = <Caller>::from_request(request, payload);
        let routes = web::Data::<ClientRoutes>::extract(request);
        Box::pin(async move {
            let caller = caller.await?;
            let quota = ingest_quota(&caller);
            let client = caller.client_id().clone();
            let routes = routes.await?;
            let logs = TenantLogs::new(&routes.ingestor, client).with_quota(quota);
            Ok(Self(logs.with_shared_limits(routes.limits.clone())))
        })
    }
}

/// One entry that was stored.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Appended {
    #[schema(value_type = Uuid)]
    id: LogId,
    #[schema(value_type = String, pattern = "^[a-z0-9][a-z0-9_-]{0,63}$")]
    client_id: ClientId,
    #[serde(with = "time::serde::rfc3339")]
    received_at: OffsetDateTime,
}

/// Entries that were stored, in the order in which they were sent.
#[derive(Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppendedMany {
    #[schema(minimum = 1, maximum = 10_000)]
    accepted: usize,
    #[schema(value_type = Vec<Uuid>, max_items = 10_000)]
    ids: Vec<LogId>,
}

/// As many as were sent.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum Stored {
    One(Appended),
    Many(AppendedMany),
}

/// Store one entry or several
///
/// All entries of a request are stored, or none, durably and before the answer. A request has at most
/// 10,000 entries and 10 MiB, also when decompressed, and 60 seconds to arrive. `Content-Encoding` may be
/// `gzip` or `zstd`.
///
/// Requires the scope `logs:write`.
#[utoipa::path(
    post,
    path = "/api/v1/logs",
    operation_id = "appendLogs",
    tag = "logs",
    params(IdempotencyKey),
    request_body(content(
        (Entries = "application/json", example = json!({
            "environment": "production",
            "executed_at": "2025-12-24T10:30:00Z",
            "status": "SUCCESS",
        })),
        (EntryLines = "application/x-ndjson", example = json!([{
            "environment": "production",
            "executed_at": "2025-12-24T10:30:00Z",
            "status": "SUCCESS",
        }])),
    )),
    responses(
        (
            status = 201,
            description = "Stored, by this request or by the one that it repeats.",
            body = inline(Stored),
            headers(("Location"), ("Idempotency-Replayed")),
        ),
        (status = 400), (status = 408), (status = 413), (status = 415), (status = 422),
    ),
)]
pub(crate) async fn append(
    caller: Caller,
    CallerLogs(logs): CallerLogs,
    routes: web::Data<ClientRoutes>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let share = routes.rooms.bodies.share(logs.client());
    let body = body::read(&request, payload, logs.client(), share).await?;
    let received_at = routes.clock.now();
    let submission = match body.format {
        Format::Json => Submission::parse(&body.bytes, logs.client(), received_at),
        Format::JsonLines => Submission::parse_lines(&body.bytes, logs.client(), received_at),
    }?;
    let claim = idempotency::claim(&request, &body)?;
    let is_one = matches!(submission, Submission::One(_));
    let retention = RetentionPeriod::of_setting(routes.retention.borrow().of(logs.client()));
    let logs = logs.with_retention(retention);
    let client = logs.client().clone();
    let appending = {
        let (usage, bytes) = (Arc::clone(&routes.usage), body.bytes.len() as u64);
        async move {
            let kept = logs.append(received_at, submission, claim).await?;
            if !kept.is_replay {
                let entries = kept.ids.len() as u64;
                usage.count_stored(&caller, received_at, entries, bytes);
            }
            Ok::<_, AppendError>(kept)
        }
    };
    // What is stored is counted, also when the client has gone before the answer.
    let kept = rt::spawn(appending).await;
    let kept = kept.map_err(|error| match error.is_panic() {
        true => Problem::failed(&error, "storing"),
        false => AppendError::Ending.into(),
    })??;
    let mut answer = HttpResponse::Created();
    if kept.is_replay {
        answer.insert_header(REPLAYED);
    }
    Ok(match *kept.ids {
        [id] if is_one => answer
            .insert_header((header::LOCATION, format!("/api/v1/logs/{id}")))
            .json(Stored::One(Appended {
                id,
                client_id: client,
                received_at: kept.received_at,
            })),
        _ => answer.json(Stored::Many(AppendedMany {
            accepted: kept.ids.len(),
            ids: kept.ids,
        })),
    })
}

/// List entries
///
/// Returns a page of entries, newest first unless another order is asked for. Custom members are
/// filtered by parameters `attr.NAME` and `not.attr.NAME`; a NAME with dots is also a path. With these or
/// `q`, a page may have fewer entries than `limit`, or none, and still a cursor to go on with.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/logs",
    operation_id = "listLogs",
    tag = "logs",
    params(Filters, Words, Period, Direction, Limit),
    responses(
        (status = 200, description = "The entries of one page.", body = described::LogPage),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn page(
    CallerLogs(logs): CallerLogs,
    Parameters(parameters): Parameters,
) -> Result<web::Json<LogPage>, Problem> {
    let search = LogSearch::from_pairs(parameters).map_err(Problem::faulty_query)?;
    Ok(web::Json(logs.page(&search).await?))
}

/// Count entries over time
///
/// Counts the entries of the last 24 hours unless another period is asked for, in at most 1000 buckets and
/// 10,000 counts.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/logs/stats",
    operation_id = "countLogs",
    tag = "logs",
    params(Filters, Words, Period, Counting),
    responses(
        (status = 200, description = "The counts.", body = described::LogStats),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn stats(
    CallerLogs(logs): CallerLogs,
    routes: web::Data<ClientRoutes>,
    Parameters(parameters): Parameters,
) -> Result<web::Json<LogStats>, Problem> {
    let query = StatsQuery::from_pairs(parameters, routes.clock.now());
    let query = query.map_err(Problem::faulty_query)?;
    Ok(web::Json(logs.stats(&query).await?))
}

/// List the values of a member
///
/// Returns the values that a member has in the entries asked for, the most frequent first, at most 1000;
/// entries without the member are left out. Without `from` and `to`, all entries are counted.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/logs/values",
    operation_id = "listLogValues",
    tag = "logs",
    params(Of, Filters, Words, Period),
    responses(
        (status = 200, description = "The values.", body = described::LogValues),
        (status = 400), (status = 422),
    ),
)]
pub(super) async fn values(
    CallerLogs(logs): CallerLogs,
    Parameters(parameters): Parameters,
) -> Result<web::Json<LogValues>, Problem> {
    let query = ValuesQuery::from_pairs(parameters).map_err(Problem::faulty_query)?;
    Ok(web::Json(logs.values(&query).await?))
}

/// Read one entry
///
/// An entry of another client is not found.
///
/// Requires the scope `logs:read`.
#[utoipa::path(
    get,
    path = "/api/v1/logs/{id}",
    operation_id = "readLog",
    tag = "logs",
    params(("id" = Uuid, Path, description = "The id of the entry.")),
    responses(
        (status = 200, description = "The entry.", body = Log),
        (status = 404),
    ),
)]
pub(crate) async fn get(
    CallerLogs(logs): CallerLogs,
    id: web::Path<String>,
) -> Result<web::Json<StoredLog>, Problem> {
    let absent = || Problem::new(StatusCode::NOT_FOUND, "There is no log with this id");
    let id: LogId = id.parse().map_err(|_| absent())?;
    let found = logs.get(id).await?;
    found.map(web::Json).ok_or_else(absent)
}
