//! The framework's own errors as problems, like all others.

use actix_web::{
    dev::ServiceResponse,
    http::{StatusCode, header},
};
use central_logger_http_api::{
    Problem,
    problem::{InOwnShape, MEDIA_TYPE},
};

/// Puts a problem in the place of any error that is none yet, and keeps its headers, such as
/// `Allow`.
pub(super) fn in_place_of_errors(response: ServiceResponse) -> ServiceResponse {
    if !is_foreign_error(&response) {
        return response;
    }
    let status = response.status();
    let (request, foreign) = response.into_parts();
    match foreign.error() {
        Some(error) if status.is_server_error() => {
            tracing::error!(%error, "the framework could not answer");
        }
        Some(error) => tracing::debug!(%error, "answered by the framework"),
        None if status.is_server_error() => tracing::error!("the framework could not answer"),
        None => {}
    }
    let mut response = Problem::new(status, describe(status)).to_response();
    for (name, value) in foreign.headers() {
        if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, response)
}

fn is_foreign_error(response: &ServiceResponse) -> bool {
    if response.response().extensions().contains::<InOwnShape>() {
        return false;
    }
    let status = response.status();
    let media_type = response.headers().get(header::CONTENT_TYPE);
    (status.is_client_error() || status.is_server_error())
        && media_type.is_none_or(|found| {
            // The framework has no pages: one is for a person, as its route has made it.
            let is_page = found.as_bytes().starts_with(b"text/html");
            !is_page && found.as_bytes() != MEDIA_TYPE.as_bytes()
        })
}

fn describe(status: StatusCode) -> &'static str {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            "This path does not take this method; the header Allow lists those it takes"
        }
        StatusCode::BAD_REQUEST => "The request cannot be understood",
        status if status.is_server_error() => {
            "The request could not be served: the server's log says why"
        }
        _ => "The request cannot be served",
    }
}
