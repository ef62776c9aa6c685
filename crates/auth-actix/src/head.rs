use actix_web::{
    HttpRequest,
    http::header::{AUTHORIZATION, HeaderName, HeaderValue, X_FORWARDED_FOR},
};
use central_logger_auth::RequestHead;
use std::net::IpAddr;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The head of a request of actix-web.
///
/// # Examples
///
/// ```
/// use actix_web::test::TestRequest;
/// use central_logger_auth::RequestHead;
/// use central_logger_auth_actix::Head;
///
/// let request = TestRequest::get().uri("/logs?limit=1").to_http_request();
/// let head = Head(&request);
/// assert_eq!((head.method(), head.path(), head.query()), ("GET", "/logs", Some("limit=1")));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Head<'r>(pub &'r HttpRequest);

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn path(&self) -> &str {
        self.0.path()
    }

    fn query(&self) -> Option<&str> {
        self.0.uri().query()
    }

    fn header<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        let headers = self.0.headers();
        // Looking up a text makes a name of it first.
        let values = match name {
            "x-api-key" => headers.get_all(&X_API_KEY),
            "authorization" => headers.get_all(AUTHORIZATION),
            "x-forwarded-for" => headers.get_all(X_FORWARDED_FOR),
            _ => headers.get_all(name),
        };
        values.map(HeaderValue::as_bytes)
    }

    fn peer(&self) -> Option<IpAddr> {
        self.0.peer_addr().map(|address| address.ip())
    }
}
