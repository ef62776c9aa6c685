//! `Idempotency-Key`: the name under which a request is carried out once, however often it is sent.

use crate::Problem;
use actix_web::{HttpRequest, http::StatusCode};
use central_logger_log_store::IdempotencyKey;
use utoipa::IntoParams;

/// The header.
pub const HEADER: &str = "Idempotency-Key";

/// Says that a request was carried out before.
pub const REPLAYED: (&str, &str) = ("Idempotency-Replayed", "true");

/// The header as the description has it, where a repeat is safe without it.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct SafeToRepeat {
    /// Is accepted and changes nothing: the request is safe to repeat without it.
    #[param(
        rename = "Idempotency-Key",
        value_type = String,
        required = false,
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]+$"
    )]
    pub key: Option<String>,
}

/// Returns the name that a request has, if it has one. In quotation marks, as a string of RFC 9651, it is the
/// same name as without them.
///
/// # Errors
/// When it has several, or one that cannot be a name.
pub fn key(request: &HttpRequest) -> Result<Option<IdempotencyKey>, Problem> {
    let mut values = request.headers().get_all(HEADER);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let key = value.to_str().ok().and_then(|text| {
        let name = unquoted(text);
        name.as_deref().unwrap_or(text).parse().ok()
    });
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The header Idempotency-Key must be given once and have 1 to 255 visible ASCII \
             characters; nothing was done",
        )),
    }
}

/// Refuses what cannot be a name, where a repeat is safe without one.
///
/// # Errors
/// As [`key`].
pub fn check(request: &HttpRequest) -> Result<(), Problem> {
    key(request).map(drop)
}

/// The text between quotation marks, if it is a string of RFC 9651.
fn unquoted(text: &str) -> Option<String> {
    let mut within = text.strip_prefix('"')?.strip_suffix('"')?.chars();
    let mut name = String::new();
    while let Some(character) = within.next() {
        name.push(match character {
            '"' => return None,
            '\\' => within.next().filter(|next| ['"', '\\'].contains(next))?,
            other => other,
        });
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn found(values: &[&str]) -> Result<Option<String>, Problem> {
        let mut request = TestRequest::default();
        for value in values {
            request = request.append_header((HEADER, *value));
        }
        let found = key(&request.to_http_request());
        found.map(|key| key.map(|key| key.as_str().to_owned()))
    }

    #[test]
    fn a_name_is_given_once_and_is_visible() {
        assert_eq!(found(&[]).unwrap(), None);
        assert_eq!(found(&["7f4a"]).unwrap().as_deref(), Some("7f4a"));
        for wrong in [
            &[""][..],
            &["\"\""],
            &["two words"],
            &["\"two words\""],
            &["a", "b"],
            &["a", "a"],
        ] {
            assert!(found(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_in_quotation_marks_is_the_same_name() {
        let longest = "k".repeat(IdempotencyKey::MAX_LENGTH);
        for (sent, name) in [
            (r#""7f4a""#, "7f4a"),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            (&format!("\"{longest}\""), &longest),
            // No strings: they are names as they stand.
            (r#"""#, r#"""#),
            (r#""7f4a"#, r#""7f4a"#),
            (r#"a"b"#, r#"a"b"#),
            (r#""a"b""#, r#""a"b""#),
            (r#""a\b""#, r#""a\b""#),
            (r#""a\""#, r#""a\""#),
        ] {
            assert_eq!(found(&[sent]).unwrap().as_deref(), Some(name), "{sent}");
        }
        assert!(found(&[&format!("\"k{longest}\"")]).is_err());
    }
}
