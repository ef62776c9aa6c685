//! Bodies that are stored part by part while they arrive: the journal sends its whole backlog in one, and goes
//! on with what comes meanwhile. What is sent again after a failure is known by its cursors.

use crate::{
    Intake,
    append::{Arrived, noted, rules_of},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use central_logger_auth::Principal;
use central_logger_http_api::{
    Problem,
    body::{AnyBody, MAX_BODY, Parts},
    idempotency,
};
use central_logger_intake::{JOURNALD, Protocol};

/// Whether a body may be stored in parts: not one that is compressed, or that its sender has named.
pub(crate) fn are_of(protocol: &dyn Protocol, request: &HttpRequest) -> bool {
    let headers = request.headers();
    let is_whole = [header::CONTENT_ENCODING.as_str(), idempotency::HEADER]
        .into_iter()
        .any(|name| headers.contains_key(name));
    protocol.name() == JOURNALD.name() && !is_whole
}

/// Answers when the last part is stored, or with the first refusal.
pub(crate) async fn append(
    protocol: &'static dyn Protocol,
    caller: Principal,
    intake: &Intake,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let client = caller.client_id();
    let share = || intake.rooms.bodies.share(client);
    let mut parts = Parts::new(payload, share(), MAX_BODY);
    loop {
        let taken = next(protocol, &mut parts).await;
        let (bytes, is_last) =
            taken.map_err(|problem| noted(intake, protocol, client, problem, b""))?;
        let rules = rules_of(intake, protocol, client, &bytes).await?;
        let arrived = Arrived {
            protocol,
            caller: caller.clone(),
            request: request.clone(),
            body: AnyBody {
                bytes,
                share: share(),
            },
            rules,
        };
        let answer = arrived.answer(intake).await?;
        if is_last || !answer.status().is_success() {
            return Ok(answer);
        }
    }
}

/// The next part, and whether it is the last.
async fn next(protocol: &dyn Protocol, parts: &mut Parts) -> Result<(web::Bytes, bool), Problem> {
    let held = parts.fill().await?;
    let (length, part) = (held.len(), protocol.part(held));
    let has_more = protocol.part(&held[part..]) > 0;
    if parts.has_ended() && !has_more {
        return Ok((parts.take(length), true));
    }
    match part {
        0 => Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "An entry has at most 10 MiB",
        )),
        part => Ok((parts.take(part), false)),
    }
}
