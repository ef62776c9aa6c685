//! Answers in the shape of a protocol.

use crate::head;
use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, RETRY_AFTER},
    },
    middleware::Next,
};
use central_logger_http_api::{Problem, problem::InOwnShape};
use central_logger_intake::{Head, Protocol, Refusal, Reply, Stored};
use serde::Deserialize;

/// Puts the protocol's own answer in the place of any error, and keeps its headers.
pub(crate) async fn in_shape<B: MessageBody + 'static>(
    protocol: &'static dyn Protocol,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let head = head::of(request.request());
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.response().extensions().contains::<InOwnShape>() {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = body.try_into_bytes().unwrap_or_default();
    let refusal = refusal(status, &body);
    let Some(reply) = protocol.refused(&head, &refusal) else {
        let response = response.set_body(BoxBody::new(body));
        return Ok(ServiceResponse::new(request, response));
    };
    let mut shaped = self::response(reply);
    for (name, value) in response.headers() {
        if *name != CONTENT_TYPE && *name != CONTENT_LENGTH {
            shaped.headers_mut().append(name.clone(), value.clone());
        }
    }
    Ok(ServiceResponse::new(request, shaped))
}

/// What a problem says.
#[derive(Deserialize)]
struct Said {
    detail: String,
}

fn refusal(status: StatusCode, body: &[u8]) -> Refusal {
    let said: Result<Said, _> = serde_json::from_slice(body);
    let detail = match said {
        Ok(said) => said.detail,
        Err(_) => status.canonical_reason().unwrap_or("Error").to_owned(),
    };
    Refusal::new(status.as_u16(), detail)
}

/// The answer to a request of which nothing is stored.
pub(crate) fn refused(protocol: &dyn Protocol, head: &Head, refusal: &Refusal) -> HttpResponse {
    match protocol.refused(head, refusal) {
        Some(reply) => response(reply),
        None => {
            let status = status(refusal.status);
            let detail = match refusal.index {
                Some(index) => format!("Entry {index}: {}; nothing was stored", refusal.detail),
                None => refusal.detail.clone(),
            };
            Problem::new(status, detail).to_response()
        }
    }
}

/// The answer to items that are to be sent again later, where a protocol tells of each.
pub(crate) fn delayed(
    protocol: &dyn Protocol,
    head: &Head,
    problem: &Problem,
    items: &Stored,
) -> Option<HttpResponse> {
    let status = problem.status_code();
    let passes = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    if items.items.is_empty() || !passes.contains(&status) {
        return None;
    }
    let refusal = Refusal::new(status.as_u16(), problem.detail());
    let mut delayed = response(protocol.delayed(head, &refusal, items)?);
    if let Some(seconds) = problem.retry_after() {
        let headers = delayed.headers_mut();
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Some(delayed)
}

pub(crate) fn response(reply: Reply) -> HttpResponse {
    let mut response = HttpResponse::build(status(reply.status));
    if let Some(content_type) = reply.content_type {
        response.content_type(content_type);
    }
    for header in reply.headers {
        response.insert_header(header);
    }
    let mut response = response.body(reply.body);
    response.extensions_mut().insert(InOwnShape);
    response
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
