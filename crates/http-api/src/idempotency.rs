//! `Idempotency-Key`: the name under which a request is carried out once, however often it is sent.

use crate::Problem;
use actix_web::{HttpRequest, http::StatusCode};
use central_logger_log_store::IdempotencyKey;

const HEADER: &str = "Idempotency-Key";

/// Says that a request was carried out before.
pub const REPLAYED: (&str, &str) = ("Idempotency-Replayed", "true");

/// Returns the name that a request has, if it has one.
///
/// # Errors
/// When it has several, or one that cannot be a name.
pub fn key(request: &HttpRequest) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = request.headers().get_all(HEADER);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().ok().and_then(|text| text.parse().ok());
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The header Idempotency-Key must be given once and have 1 to 255 visible ASCII \
             characters; nothing was done",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_name_is_given_once_and_is_visible() {
        let found = |values: &[&str]| {
            let mut request = TestRequest::default();
            for value in values {
                request = request.append_header((HEADER, *value));
            }
            let found = key(&request.to_http_request());
            found.map(|key| key.map(|key| key.as_str().to_owned()))
        };
        assert_eq!(found(&[]).unwrap(), None);
        assert_eq!(found(&["7f4a"]).unwrap().as_deref(), Some("7f4a"));
        for wrong in [&[""][..], &["two words"], &["a", "b"], &["a", "a"]] {
            assert!(found(wrong).is_err(), "{wrong:?}");
        }
    }
}
