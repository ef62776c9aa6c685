use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, VARY},
    },
};
use central_logger_auth::{Allowances, Answer, Gate, Header, Rejection};

/// The answer in the place of a handler's whose [`Caller`](crate::Caller) there is not.
///
/// # Examples
///
/// ```
/// use actix_web::{FromRequest, ResponseError, test::TestRequest};
/// use central_logger_auth::scopes::Any;
/// use central_logger_auth_actix::Caller;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let without_middleware = TestRequest::default().to_http_request();
/// let rejection = Caller::<Any>::extract(&without_middleware).await.unwrap_err();
/// assert_eq!(rejection.status_code(), 500);
/// assert_eq!(rejection.to_string(), "the route has no middleware that knows the caller");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct CallerRejection(#[from] Rejection);

impl ResponseError for CallerRejection {
    fn status_code(&self) -> StatusCode {
        status(&self.0.answer())
    }

    fn error_response(&self) -> HttpResponse {
        response(self.0.answer())
    }
}

pub(crate) fn response(answer: Answer) -> HttpResponse {
    let mut response = HttpResponse::build(status(&answer));
    for (name, value) in answer.headers {
        response.insert_header((name, &*value));
    }
    response.body(answer.body)
}

/// Tells on a response what is left of the limits.
pub(crate) fn add_allowances(allowances: &Allowances, headers: &mut HeaderMap) {
    let fields = allowances.headers();
    insert(headers, fields.map(|(name, value)| (name, value.into())));
}

/// The headers of every answer behind a gate, made once for where the handler says nothing to caches.
#[derive(Debug)]
pub(crate) struct AnswerHeaders(Vec<(HeaderName, HeaderValue)>);

impl AnswerHeaders {
    pub(crate) fn new(gate: &Gate) -> Self {
        Self(values(gate.answer_headers([], [])).collect())
    }

    pub(crate) fn add(&self, gate: &Gate, headers: &mut HeaderMap) {
        if headers.contains_key(CACHE_CONTROL) || headers.contains_key(VARY) {
            return add_merged(gate, headers);
        }
        for (name, value) in &self.0 {
            headers.insert(name.clone(), value.clone());
        }
    }
}

fn add_merged(gate: &Gate, headers: &mut HeaderMap) {
    let fields = gate.answer_headers(
        headers.get_all(CACHE_CONTROL).map(HeaderValue::as_bytes),
        headers.get_all(VARY).map(HeaderValue::as_bytes),
    );
    insert(headers, fields);
}

fn insert(headers: &mut HeaderMap, fields: impl IntoIterator<Item = Header>) {
    for (name, value) in values(fields) {
        headers.insert(name, value);
    }
}

fn values(
    fields: impl IntoIterator<Item = Header>,
) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    // Numbers, names of headers and fixed words always make a value.
    fields.into_iter().filter_map(|(name, value)| {
        let value = HeaderValue::from_str(&value).ok()?;
        Some((HeaderName::from_static(name), value))
    })
}

fn status(answer: &Answer) -> StatusCode {
    StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
