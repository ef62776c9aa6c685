//! `Idempotency-Key`: a request that is carried out once, however often it is sent.

use actix_web::{HttpRequest, http::StatusCode};
use central_logger_http_api::{
    Problem,
    body::{Body, Format},
};
use central_logger_log_store::{BodyDigest, Claim, IdempotencyKey};

const HEADER: &str = "Idempotency-Key";

/// Says that an answer is that of an earlier request.
pub(super) const REPLAYED: (&str, &str) = ("Idempotency-Replayed", "true");

/// The claim of a request with this body, if it makes one. The same bytes in another format are another
/// body: they are answered in another shape.
pub(super) fn claim(request: &HttpRequest, body: &Body) -> Result<Option<Claim>, Problem> {
    let mut values = request.headers().get_all(HEADER);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().ok().and_then(|text| text.parse().ok());
    match (key, values.next()) {
        (Some::<IdempotencyKey>(key), None) => Ok(Some(Claim {
            key,
            body: match body.format {
                Format::Json => BodyDigest::of(&body.bytes),
                Format::JsonLines => BodyDigest::of_lines(&body.bytes),
            },
        })),
        _ => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The header Idempotency-Key must be given once and have 1 to 255 visible ASCII \
             characters; nothing was stored",
        )),
    }
}
