//! What a request with an `Idempotency-Key` claims.

use actix_web::HttpRequest;
use central_logger_http_api::{
    Problem,
    body::{Body, Format},
    idempotency,
};
use central_logger_log_store::{BodyDigest, Claim};

/// The claim of a request with this body, if it makes one. The same bytes in another format are another
/// body: they are answered in another shape.
pub(crate) fn claim(request: &HttpRequest, body: &Body) -> Result<Option<Claim>, Problem> {
    let key = idempotency::key(request)?;
    Ok(key.map(|key| Claim {
        key,
        body: match body.format {
            Format::Json => BodyDigest::of(&body.bytes),
            Format::JsonLines => BodyDigest::of_lines(&body.bytes),
        },
        remembered: Claim::REMEMBERED,
    }))
}
