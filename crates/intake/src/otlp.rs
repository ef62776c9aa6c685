//! OTLP 1.11 over HTTP: logs in protobuf and in JSON.

mod json;
mod proto;
mod record;

use crate::{Batch, Head, Protocol, Refusal, Reply, Stored};
use central_logger_protobuf as protobuf;
use serde_json::json;
use time::OffsetDateTime;

#[derive(Debug)]
pub(crate) struct Otlp;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

impl Protocol for Otlp {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn is_partial(&self) -> bool {
        true
    }

    fn read(&self, head: &Head, body: &[u8], now: OffsetDateTime) -> Result<Batch, Refusal> {
        let mut batch = Batch::default();
        // Spans and measurements are taken for nothing, so that an SDK that sends all three is not told of
        // an error again and again.
        if !head.path().ends_with("/logs") {
            return Ok(batch);
        }
        match &*head.content_type() {
            PROTOBUF | "application/protobuf" => proto::read(body, now, &mut batch)?,
            JSON => json::read(body, now, &mut batch)?,
            _ => {
                let detail = "Send application/x-protobuf or application/json as Content-Type";
                return Err(Refusal::unsupported(detail));
            }
        }
        Ok(batch)
    }

    fn accepted(&self, head: &Head, stored: &Stored) -> Reply {
        let why = stored.first_fault().unwrap_or_default();
        if is_json(head) {
            let partial = json!({
                "rejectedLogRecords": stored.refused().to_string(),
                "errorMessage": why,
            });
            return match why {
                "" => Reply::json(200, &json!({})),
                _ => Reply::json(200, &json!({"partialSuccess": partial})),
            };
        }
        let mut message = Vec::new();
        if !why.is_empty() {
            let mut partial = Vec::new();
            protobuf::write_number(&mut partial, 1, stored.refused() as u64);
            protobuf::write_bytes(&mut partial, 2, why.as_bytes());
            protobuf::write_bytes(&mut message, 1, &partial);
        }
        in_protobuf(200, message)
    }

    /// Only 429, 502, 503 and 504 are tried again: what is the same as one of them is called so.
    fn refused(&self, head: &Head, refusal: &Refusal) -> Option<Reply> {
        let status = match refusal.status {
            408 => 503,
            422 => 400,
            status => status,
        };
        let (code, detail) = (code(status), &*refusal.detail);
        Some(match is_json(head) {
            true => Reply::json(status, &status_in_json(code, detail)),
            false => in_protobuf(status, status_in_protobuf(code, detail)),
        })
    }
}

fn is_json(head: &Head) -> bool {
    head.content_type() == JSON
}

fn in_protobuf(status: u16, body: Vec<u8>) -> Reply {
    Reply {
        content_type: Some(PROTOBUF.to_owned()),
        body,
        ..Reply::empty(status)
    }
}

const INVALID_ARGUMENT: u8 = 3;
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

/// The code of gRPC.
fn code(status: u16) -> u8 {
    match status {
        401 => 16,
        403 => 7,
        413 | 429 => 8,
        503 => 14,
        500.. => 13,
        _ => INVALID_ARGUMENT,
    }
}

fn status_in_json(code: u8, detail: &str) -> serde_json::Value {
    let mut status = json!({"code": code, "message": detail});
    if code == INVALID_ARGUMENT {
        let violation = json!({"field": "", "description": detail});
        status["details"] = json!([{"@type": BAD_REQUEST, "fieldViolations": [violation]}]);
    }
    status
}

fn status_in_protobuf(code: u8, detail: &str) -> Vec<u8> {
    let mut status = Vec::new();
    protobuf::write_number(&mut status, 1, code.into());
    protobuf::write_bytes(&mut status, 2, detail.as_bytes());
    if code == INVALID_ARGUMENT {
        let (mut violation, mut bad_request, mut any) = (Vec::new(), Vec::new(), Vec::new());
        protobuf::write_bytes(&mut violation, 2, detail.as_bytes());
        protobuf::write_bytes(&mut bad_request, 1, &violation);
        protobuf::write_bytes(&mut any, 1, BAD_REQUEST.as_bytes());
        protobuf::write_bytes(&mut any, 2, &bad_request);
        protobuf::write_bytes(&mut status, 3, &any);
    }
    status
}
