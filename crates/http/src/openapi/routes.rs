//! What the server offers: for programs, and for people.

use super::{
    DOCUMENT,
    page::{POLICY, page},
};
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType},
    web::{self, Bytes},
};
use central_logger_http_api::route::{get, resource};
use std::sync::LazyLock;

/// The patterns of these routes.
pub(crate) const PATTERNS: [&str; 2] = ["/openapi.json", "/docs"];

pub(crate) fn configure(app: &mut web::ServiceConfig) {
    app.service(resource("/openapi.json").route(get().to(document)))
        .service(resource("/docs").route(get().to(docs)));
}

/// Describe the API for programs
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "server",
    responses((status = 200, description = "This description, as OpenAPI 3.1.", body = Object)),
)]
pub(super) async fn document() -> HttpResponse {
    static DOCUMENT_TEXT: LazyLock<Bytes> = LazyLock::new(|| DOCUMENT.to_string().into());
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(DOCUMENT_TEXT.clone())
}

/// Describe the API for people
#[utoipa::path(
    get,
    path = "/docs",
    operation_id = "docs",
    tag = "server",
    responses((status = 200, description = "This description, as a page.", body = String, content_type = "text/html")),
)]
pub(super) async fn docs() -> HttpResponse {
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| page().unwrap_or_default().into());
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(PAGE.clone())
}
