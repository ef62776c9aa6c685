//! Which versions of a key a request goes by.

use actix_web::{HttpRequest, http::header::IF_MATCH};
use central_logger_key_store::ETag;

/// The versions of which the key must have one: any if the request names none, or `*`.
///
/// A tag that is none of ours fits no key, as a weak one fits none.
pub(crate) fn asked_for(request: &HttpRequest) -> Option<Vec<ETag>> {
    let mut versions = None;
    for value in request.headers().get_all(IF_MATCH) {
        let tags = value.to_str().unwrap_or_default();
        let versions: &mut Vec<_> = versions.get_or_insert_default();
        for tag in tags.split(',').map(str::trim) {
            if tag == "*" {
                return None;
            }
            versions.extend(tag.parse::<ETag>());
        }
    }
    versions
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn tags_of_ours_are_compared_and_others_fit_nothing() {
        const ONE: &str = "\"00c0ffee00c0ffee\"";
        const OTHER: &str = "\"0000000000000001\"";
        let found = |values: &[&str]| {
            let mut request = TestRequest::default();
            for value in values {
                request = request.append_header((IF_MATCH, *value));
            }
            asked_for(&request.to_http_request())
        };
        let tags = |tags: &[&str]| {
            Some(
                tags.iter()
                    .map(|tag| tag.parse().unwrap())
                    .collect::<Vec<ETag>>(),
            )
        };
        assert_eq!(found(&[]), None);
        assert_eq!(found(&["*"]), None);
        assert_eq!(found(&[ONE]), tags(&[ONE]));
        assert_eq!(found(&[&format!("{ONE} ,{OTHER}")]), tags(&[ONE, OTHER]));
        assert_eq!(found(&[ONE, OTHER]), tags(&[ONE, OTHER]));
        assert_eq!(found(&["W/\"00c0ffee00c0ffee\""]), tags(&[]));
        assert_eq!(found(&["\"mine\", ", ""]), tags(&[]));
    }
}
