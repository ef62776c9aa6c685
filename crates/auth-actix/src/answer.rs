use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use central_logger_auth::{Answer, Rejection};

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
    for header in answer.headers {
        response.insert_header(header);
    }
    response.body(answer.body)
}

fn status(answer: &Answer) -> StatusCode {
    StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
