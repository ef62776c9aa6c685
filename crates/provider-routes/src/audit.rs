//! The audit trail, and what a client may see of it.

use crate::described::{AuditQuery, AuditTrailPage, AuditVerdict, OwnAuditPage, OwnAuditQuery};
use actix_web::{HttpRequest, HttpResponse, http::header::CONTENT_TYPE};
use central_logger_http_api::{
    Parameters, Problem,
    idempotency::{SafeToRepeat, check},
};
use central_logger_operation_routes::{Asking, Query, problems::of_operation, values::Bound};

const NDJSON: &str = "application/x-ndjson";

/// Follow the audit trail
///
/// Returns the entries after a number, oldest first: who did what, from which network and over which way. With
/// the number of the last entry that was read as `after`, the next request goes on there. With `since`, the feed
/// begins at the first entry of that time or later. With
/// `format=ndjson`, each line is an entry.
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    get,
    path = "/api/v1/provider/audit",
    operation_id = "auditTrail",
    tag = "provider",
    params(AuditQuery),
    responses(
        (
            status = 200,
            description = "The entries.",
            content((AuditTrailPage = "application/json"), (String = "application/x-ndjson")),
        ),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn list(asking: Asking, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let mut query = Query::default();
    let (mut after, mut limit, mut format) = (None, None, None::<String>);
    let mut since = None::<Bound>;
    for (name, value) in &parameters.0 {
        match name.as_str() {
            // A cursor is a number, too.
            "after" | "cursor" if after.is_some() => {
                query.fault(name, "is given twice, as after or as cursor");
            }
            // Databases count entries with a sign.
            "after" | "cursor"
                if value
                    .parse::<u64>()
                    .is_ok_and(|after| i64::try_from(after).is_err()) =>
            {
                query.fault(name, format!("must be at most {}", i64::MAX));
            }
            "after" | "cursor" => query.set(name, value, &mut after),
            "since" => query.set(name, value, &mut since),
            "limit" => query.set(name, value, &mut limit),
            "format" if !["json", "ndjson"].contains(&value.as_str()) => {
                query.fault(name, "must be json or ndjson");
            }
            "format" => query.set(name, value, &mut format),
            _ => query.unknown(name),
        }
    }
    let limit = query.limit(limit);
    query.finish()?;
    let (operations, after) = (&asking.operations, after.unwrap_or(0));
    let page = match since {
        Some(since) => operations.audit_since(since.0, after, limit).await,
        None => operations.audit_after(after, limit).await,
    };
    let page = page.map_err(of_operation)?;
    if format.as_deref() != Some("ndjson") {
        return Ok(HttpResponse::Ok().json(page));
    }
    let mut lines = Vec::new();
    for entry in &page.entries {
        serde_json::to_writer(&mut lines, entry)
            .map_err(|error| Problem::failed(&error, "writing the audit trail"))?;
        lines.push(b'\n');
    }
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, NDJSON))
        .body(lines))
}

/// Verify the audit trail
///
/// Checks that no entry was altered or left out, and compares every key with its last entry. What does not
/// fit is in `report.faults`. Nothing is changed.
///
/// Requires a key of the provider with the scope `provider:read`.
#[utoipa::path(
    post,
    path = "/api/v1/provider/audit/verify",
    operation_id = "verifyAuditTrail",
    tag = "provider",
    params(SafeToRepeat),
    responses(
        (status = 200, description = "What was found.", body = AuditVerdict),
        (status = 422),
    ),
)]
pub(crate) async fn verify(asking: Asking, request: HttpRequest) -> Result<HttpResponse, Problem> {
    check(&request)?;
    let verdict = asking.operations.verify_audit(None).await;
    Ok(HttpResponse::Ok().json(verdict.map_err(of_operation)?))
}

/// List what was done to the client's keys
///
/// Returns the entries of the audit trail about the client's keys and sessions, oldest first. People and keys
/// of the provider have no names here.
///
/// Requires the scope `keys:manage`.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "ownAudit",
    tag = "keys",
    params(OwnAuditQuery),
    responses(
        (status = 200, description = "The entries.", body = OwnAuditPage),
        (status = 400), (status = 422),
    ),
)]
pub(crate) async fn own(asking: Asking, parameters: Parameters) -> Result<HttpResponse, Problem> {
    let mut query = Query::default();
    let (mut after, mut limit) = (None, None);
    for (name, value) in &parameters.0 {
        match name.as_str() {
            "limit" => query.set(name, value, &mut limit),
            "cursor" => query.set(name, value, &mut after),
            _ => query.unknown(name),
        }
    }
    let limit = query.limit(limit);
    query.finish()?;
    let page = asking.operations.own_audit(after.unwrap_or(0), limit);
    Ok(HttpResponse::Ok().json(page.await.map_err(of_operation)?))
}
