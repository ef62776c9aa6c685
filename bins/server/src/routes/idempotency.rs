//! `Idempotency-Key`: a request that is carried out once, however often it is sent.

use crate::problem::Problem;
use actix_web::{HttpRequest, http::StatusCode};
use central_logger_log_store::{BodyDigest, Claim, IdempotencyKey};

const HEADER: &str = "Idempotency-Key";

/// Says that an answer is that of an earlier request.
pub(super) const REPLAYED: (&str, &str) = ("Idempotency-Replayed", "true");

/// The claim of a request with this body, if it makes one.
pub(super) fn claim(request: &HttpRequest, body: &[u8]) -> Result<Option<Claim>, Problem> {
    let mut values = request.headers().get_all(HEADER);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().ok().and_then(|text| text.parse().ok());
    match (key, values.next()) {
        (Some::<IdempotencyKey>(key), None) => Ok(Some(Claim {
            key,
            body: BodyDigest::of(body),
        })),
        _ => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The header Idempotency-Key must be given once and have 1 to 255 visible ASCII \
             characters; nothing was stored",
        )),
    }
}
