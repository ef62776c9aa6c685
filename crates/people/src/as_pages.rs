//! Errors that no page has made, as pages.

use actix_web::{
    Error, Resource, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{ALLOW, CONTENT_TYPE},
    },
    middleware::{Next, from_fn},
};
use central_logger_http_api::route::resource;
use central_logger_pages::{Failure, compressed};

/// Puts a page in the place of an error that is none, and compresses pages.
pub async fn as_pages(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let response = next.call(request).await?.map_into_boxed_body();
    let status = response.status();
    let media_type = response.headers().get(CONTENT_TYPE);
    let is_page = media_type.is_some_and(|found| found.as_bytes().starts_with(b"text/html"));
    if is_page || !(status.is_client_error() || status.is_server_error()) {
        return Ok(compressed(response));
    }
    let mut page = Failure::new(status, describe(status)).error_response();
    if let Some(methods) = response.headers().get(ALLOW) {
        page.headers_mut().insert(ALLOW, methods.clone());
    }
    Ok(response.into_response(page))
}

fn describe(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "There is no such page",
        StatusCode::METHOD_NOT_ALLOWED => "This page is for another kind of request",
        status if status.is_server_error() => {
            "The page could not be made: the server's log says why"
        }
        _ => "The request cannot be understood",
    }
}

/// The resource of a page, whose errors are pages, too.
pub fn page(
    pattern: &'static str,
    routes: fn(Resource) -> Resource,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    routes(resource(pattern)).wrap(from_fn(as_pages))
}
