use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
};
use central_logger_auth::{Allowances, Answer, Rejection};

/// The answer in the place of a handler's whose [`Caller`](crate::Caller) there is not.
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
pub(crate) fn add_headers(allowances: &Allowances, headers: &mut HeaderMap) {
    for (name, value) in allowances.headers() {
        // Numbers and fixed words always make a value.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

fn status(answer: &Answer) -> StatusCode {
    StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
