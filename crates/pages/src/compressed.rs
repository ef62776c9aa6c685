//! Pages and files in fewer bytes, for browsers that can read them.
//!
//! A page may have words of a stranger beside what the stranger must not know, and its size then tells of both
//! (BREACH, CVE-2013-3587). What secures forms is therefore written otherwise on each page, answers to forms, which
//! may show keys, stay as they are, and each page is longer by a random number of bytes.

use actix_web::{
    body::{BoxBody, MessageBody},
    dev::ServiceResponse,
    http::{
        Method,
        header::{
            ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
            VARY,
        },
    },
    web::Bytes,
};
use flate2::{Compression, GzBuilder};
use std::io::{self, Write};

/// A shorter one fits into one packet as it is.
const SHORTEST: usize = 1024;

/// Compresses a page that was asked for by a browser that reads gzip.
pub fn compressed(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let request = response.request();
    let is_asked = matches!(*request.method(), Method::GET | Method::HEAD)
        && accepts_gzip(request.headers())
        && is_page(response.headers());
    match is_asked {
        true => response.map_body(|head, body| match body.try_into_bytes() {
            Ok(page) => {
                let (page, is_smaller) = smaller(page);
                if is_smaller {
                    mark(head.headers_mut());
                }
                BoxBody::new(page)
            }
            // It is made while it is sent.
            Err(body) => body,
        }),
        false => response,
    }
}

/// Whether a browser reads gzip.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING);
    let accepted = accepted.filter_map(|value| value.to_str().ok());
    let mut codings = accepted.flat_map(|value| value.split(','));
    codings.any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let is_refused = weight.is_some_and(|weight| weight.parse() == Ok(0.0));
        name.eq_ignore_ascii_case("gzip") && !is_refused
    })
}

/// Says that the content is compressed.
pub(crate) fn mark(headers: &mut HeaderMap) {
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.append(
        VARY,
        HeaderValue::from_name(HeaderName::from_static("accept-encoding")),
    );
}

/// The same for a file, which is the same for everybody.
pub(crate) fn file(content: &[u8]) -> io::Result<Vec<u8>> {
    written(GzBuilder::new(), content, Compression::best())
}

fn is_page(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE);
    media_type.is_some_and(|found| found.as_bytes().starts_with(b"text/html"))
        && !headers.contains_key(CONTENT_ENCODING)
}

fn smaller(page: Bytes) -> (Bytes, bool) {
    if page.len() < SHORTEST {
        return (page, false);
    }
    let mut random = [0];
    let Ok(()) = getrandom::fill(&mut random) else {
        return (page, false);
    };
    // The head of gzip has room for the name of a file, which nobody reads.
    let padding = vec![b'a'; usize::from(random[0])];
    match written(
        GzBuilder::new().filename(padding),
        &page,
        Compression::new(4),
    ) {
        Ok(smaller) => (smaller.into(), true),
        Err(_) => (page, false),
    }
}

fn written(builder: GzBuilder, content: &[u8], level: Compression) -> io::Result<Vec<u8>> {
    let mut encoder = builder.write(Vec::new(), level);
    encoder.write_all(content)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{HttpResponse, test::TestRequest};
    use flate2::read::GzDecoder;
    use std::{collections::BTreeSet, io::Read};

    fn answered(method: Method, accepted: &str, media_type: &str) -> HttpResponse {
        let request = TestRequest::default().method(method);
        let request = request.insert_header((ACCEPT_ENCODING, accepted));
        let response = HttpResponse::Ok()
            .content_type(media_type.to_owned())
            .insert_header((VARY, "Cookie"))
            .body("<p>words</p>".repeat(1000));
        let response = ServiceResponse::new(request.to_http_request(), response);
        compressed(response).into()
    }

    #[test]
    fn a_page_is_compressed_for_whoever_reads_that() {
        let mut lengths = BTreeSet::new();
        for _ in 0..40 {
            let answer = answered(Method::GET, "br;q=1.0, GZIP;q=0.8, *;q=0.1", "text/html");
            assert_eq!(answer.headers().get(CONTENT_ENCODING).unwrap(), "gzip");
            let vary: Vec<_> = answer.headers().get_all(VARY).collect();
            assert_eq!(vary, ["Cookie", "accept-encoding"]);
            let bytes = answer.into_body().try_into_bytes().unwrap();
            let mut text = String::new();
            GzDecoder::new(&bytes[..])
                .read_to_string(&mut text)
                .unwrap();
            assert_eq!(text, "<p>words</p>".repeat(1000));
            lengths.insert(bytes.len());
        }
        assert!(lengths.len() > 10, "{lengths:?}");
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for (method, accepted, media_type) in [
            (Method::GET, "", "text/html"),
            (Method::GET, "br, gzip;q=0", "text/html"),
            (Method::GET, "gzipped", "text/html"),
            (Method::POST, "gzip", "text/html"),
            (Method::GET, "gzip", "text/event-stream"),
        ] {
            let answer = answered(method, accepted, media_type);
            assert!(
                !answer.headers().contains_key(CONTENT_ENCODING),
                "{accepted}"
            );
        }
    }
}
