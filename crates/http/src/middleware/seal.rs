//! What every answer says to browsers and caches.

use actix_web::http::header::{
    CACHE_CONTROL, HeaderMap, HeaderValue, STRICT_TRANSPORT_SECURITY, VARY, X_CONTENT_TYPE_OPTIONS,
};

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const A_YEAR_OF_HTTPS: HeaderValue = HeaderValue::from_static("max-age=31536000");
const KEY_HEADERS: HeaderValue = HeaderValue::from_static("X-API-Key, Authorization, Cookie");

/// Keeps browsers from guessing what an answer is, and caches from keeping what has not told them whether
/// they may: a key stood in the request perhaps, though no gate was there to look at it. Where the server is
/// reached over HTTPS, browsers come back that way alone.
pub(super) fn seal(headers: &mut HeaderMap, is_https: bool) {
    let nosniff = HeaderValue::from_static("nosniff");
    headers.insert(X_CONTENT_TYPE_OPTIONS, nosniff);
    if is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, A_YEAR_OF_HTTPS);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, NO_STORE);
        headers.insert(VARY, KEY_HEADERS);
    }
}
