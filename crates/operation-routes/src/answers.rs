//! What is answered when something was done.

use actix_web::{
    HttpResponse,
    http::header::{ETAG, HeaderName, HeaderValue},
};
use central_logger_http_api::idempotency::REPLAYED;
use central_logger_key_store::ETag;
use serde::Serialize;
use std::time::Duration;

/// Returns the answer that has an object in this version.
pub fn versioned(object: &impl Serialize, etag: ETag) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((ETAG, etag.to_string()))
        .json(object)
}

/// Returns how long all servers took, as answers have it.
pub fn milliseconds(waited: Duration) -> u64 {
    u64::try_from(waited.as_millis()).unwrap_or(u64::MAX)
}

/// Says of an answer that nothing was done for it, if it is to a repeat.
#[must_use]
pub fn marked(is_repeat: bool, mut answer: HttpResponse) -> HttpResponse {
    if is_repeat {
        let (name, value) = (REPLAYED.0, HeaderValue::from_static(REPLAYED.1));
        if let Ok(name) = HeaderName::try_from(name) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}
