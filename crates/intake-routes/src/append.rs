//! Entries that are stored.

use crate::{
    Intake, head,
    mappings::of_mappings,
    once, parts,
    record::{self, Refused},
    shape,
};
use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{HeaderName, HeaderValue},
    },
    rt, web,
};
use central_logger_auth::Principal;
use central_logger_auth_actix::Caller;
use central_logger_http_api::{
    Problem,
    body::{self, AnyBody, BodyLimits, MAX_BODY},
    ingest_quota,
};
use central_logger_intake::{Batch, Head, OTLP, Protocol, Refusal, Rules, Stored};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    Claim, LogEntry, LogId, RetentionPeriod, Submission, retention::kept_from,
};
use central_logger_tenant_logs::{AppendError, TenantLogs};
use std::sync::Arc;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// The encoding that belongs to a protocol and not to HTTP.
const SNAPPY: &str = "snappy";

/// Says that an answer is that of an earlier request.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Answers a request with entries.
pub(crate) async fn append(
    protocol: &'static dyn Protocol,
    caller: Caller,
    intake: web::Data<Intake>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    if parts::are_of(protocol, &request) {
        return parts::append(protocol, caller.into_principal(), &intake, request, payload).await;
    }
    let client = caller.client_id();
    let most = match protocol.name() == OTLP.name() {
        true => intake.otlp_max_body,
        false => MAX_BODY,
    };
    let body = match read(&intake, client, &request, payload, most).await {
        Ok(body) => body,
        Err(problem) => return Err(noted(&intake, protocol, client, problem, b"")),
    };
    let rules = rules_of(&intake, protocol, client, &body.bytes).await?;
    let arrived = Arrived {
        protocol,
        caller: caller.into_principal(),
        request,
        body,
        rules,
    };
    arrived.answer(&intake).await
}

/// Reads a body of at most so many bytes in the share of a client.
pub(crate) async fn read(
    intake: &Intake,
    client: &ClientId,
    request: &HttpRequest,
    payload: web::Payload,
    most: usize,
) -> Result<AnyBody, Problem> {
    let share = intake.rooms.bodies.share(client);
    let limits = BodyLimits { most, kept: SNAPPY };
    body::read_any(request, payload, client, share, limits).await
}

/// The rules of a client, for a body of it.
pub(crate) async fn rules_of(
    intake: &Intake,
    protocol: &dyn Protocol,
    client: &ClientId,
    body: &[u8],
) -> Result<Rules, Problem> {
    let rules = intake.mappings.rules(client).await;
    rules.map_err(|error| noted(intake, protocol, client, of_mappings(error), body))
}

/// Remembers a failure for the client.
pub(crate) fn noted(
    intake: &Intake,
    protocol: &dyn Protocol,
    client: &ClientId,
    problem: Problem,
    body: &[u8],
) -> Problem {
    let refused = Refused {
        at: intake.clock.now(),
        protocol: protocol.name(),
        reason: record::reason(problem.status_code().as_u16()),
        detail: problem.to_string(),
        sample: record::sample(body),
    };
    intake.record.refused(client, 1, refused);
    problem
}

/// What became of a request that was stored, and whether an earlier one did that.
struct Kept {
    answer: Stored,
    is_replay: bool,
}

/// Why nothing was stored.
enum NotKept {
    /// The protocol says it.
    Refused(Refusal),
    /// The service says it, of these items if they were read.
    Failed(Problem, Stored),
}

/// A request whose sender is known and whose body is here.
pub(crate) struct Arrived {
    pub(crate) protocol: &'static dyn Protocol,
    pub(crate) caller: Principal,
    pub(crate) request: HttpRequest,
    pub(crate) body: AnyBody,
    /// Those of the client.
    pub(crate) rules: Rules,
}

impl Arrived {
    /// Stores the entries, and answers as the protocol does.
    pub(crate) async fn answer(self, intake: &Intake) -> Result<HttpResponse, Problem> {
        let (protocol, client) = (self.protocol, self.caller.client_id().clone());
        let head = head::of(&self.request);
        let bytes = self.body.bytes.clone();
        let refused = |count: usize, status: u16, detail: &str| {
            let refused = Refused {
                at: intake.clock.now(),
                protocol: protocol.name(),
                reason: record::reason(status),
                detail: detail.to_owned(),
                sample: record::sample(&bytes),
            };
            intake.record.refused(&client, count, refused);
        };
        match self.store(intake, &head).await {
            Ok(Kept { answer, is_replay }) => {
                let rejected = answer.refused();
                let taken = answer.items.len() - rejected;
                intake.record.stored(&client, protocol, taken, is_replay);
                if let Some(fault) = answer.first_fault() {
                    refused(rejected, 400, fault);
                }
                let mut response = shape::response(protocol.accepted(&head, &answer));
                if is_replay {
                    let headers = response.headers_mut();
                    headers.insert(REPLAYED, HeaderValue::from_static("true"));
                }
                Ok(response)
            }
            Err(NotKept::Refused(refusal)) => {
                refused(1, refusal.status, &refusal.to_string());
                Ok(shape::refused(protocol, &head, &refusal))
            }
            Err(NotKept::Failed(problem, items)) => {
                refused(1, problem.status_code().as_u16(), &problem.to_string());
                shape::delayed(protocol, &head, &problem, &items).ok_or(problem)
            }
        }
    }

    async fn store(mut self, intake: &Intake, head: &Head) -> Result<Kept, NotKept> {
        let client = self.caller.client_id().clone();
        let received_at = intake.clock.now();
        let retention = RetentionPeriod::of_setting(intake.retention.borrow().of(&client));
        let read = self.protocol.read(head, &self.body.bytes, received_at);
        let batch = read.and_then(|batch| self.rules.apply(batch, received_at))?;
        let batch = taken(self.protocol, batch, retention, received_at)?;
        let held = self.body.bytes.len() + batch.size();
        if self.body.share.resize(held).is_err() {
            let detail = "Too many entries are being read at the moment: send them again later";
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
            return Err(NotKept::of_items(problem, batch));
        }
        let claim = once::claim(
            &self.request,
            self.protocol,
            head,
            &self.body.bytes,
            &batch,
            intake.once,
        )?;
        let logs = TenantLogs::new(&intake.ingestor, client)
            .with_quota(ingest_quota(&self.caller))
            .with_shared_limits(intake.limits.clone())
            .with_retention(retention);
        let batch = match intake.once {
            true => match once::first_times(&batch, &logs, claim.as_ref(), received_at).await {
                Ok(times) => batch.first_sent(&times, received_at),
                Err(problem) => return Err(NotKept::of_items(problem, batch)),
            },
            false => batch,
        };
        let (entries, answer) = batch.into_parts();
        if entries.is_empty() {
            return Ok(Kept {
                answer,
                is_replay: false,
            });
        }
        let append = Append {
            caller: self.caller,
            logs,
            received_at,
            entries,
            claim,
            bytes: self.body.bytes.len() as u64,
        };
        match append.store(intake).await {
            Ok((ids, is_replay)) => Ok(Kept {
                answer: answer.stored(&ids),
                is_replay,
            }),
            Err(problem) => Err(NotKept::Failed(problem, answer)),
        }
    }
}

impl NotKept {
    fn of_items(problem: Problem, batch: Batch) -> Self {
        let (_, items) = batch.into_parts();
        Self::Failed(problem, items)
    }
}

impl From<Refusal> for NotKept {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Problem> for NotKept {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem, Stored::default())
    }
}

/// Refuses entries that are older than any is kept, and the whole where a protocol knows no parts.
fn taken(
    protocol: &dyn Protocol,
    mut batch: Batch,
    retention: RetentionPeriod,
    now: OffsetDateTime,
) -> Result<Batch, Refusal> {
    if let Some(term) = retention.duration() {
        let from = now
            .checked_sub(term)
            .and_then(|from| from.format(&Rfc3339).ok());
        let from = from.unwrap_or_default();
        let detail =
            format!("executed_at: must not lie before {from}: entries are kept for {retention}");
        batch.refuse_before(kept_from(now, term), &detail);
    }
    match batch.fault() {
        Some(fault) if !protocol.is_partial() => Err(fault),
        _ => Ok(batch),
    }
}

struct Append {
    caller: Principal,
    logs: TenantLogs,
    received_at: OffsetDateTime,
    entries: Vec<LogEntry>,
    claim: Option<Claim>,
    bytes: u64,
}

impl Append {
    /// Returns the ids, and whether an earlier request stored them.
    async fn store(self, intake: &Intake) -> Result<(Vec<LogId>, bool), Problem> {
        let usage = Arc::clone(&intake.usage);
        let appending = async move {
            let submission = Submission::Many(self.entries);
            let kept = self
                .logs
                .append(self.received_at, submission, self.claim)
                .await?;
            if !kept.is_replay {
                let entries = kept.ids.len() as u64;
                usage.count_stored(&self.caller, self.received_at, entries, self.bytes);
            }
            Ok::<_, AppendError>((kept.ids, kept.is_replay))
        };
        // What is stored is counted, also when the client has gone before the answer.
        let kept = rt::spawn(appending).await;
        let kept = kept.map_err(|error| match error.is_panic() {
            true => Problem::failed(&error, "storing"),
            false => AppendError::Ending.into(),
        })?;
        Ok(kept?)
    }
}
