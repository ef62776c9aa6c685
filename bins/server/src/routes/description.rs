//! What the server offers: for programs, and for people.

use crate::openapi::{self, DOCUMENT};
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType},
    web::Json,
};
use serde_json::Value;

pub(super) async fn document() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

pub(super) async fn page() -> HttpResponse {
    match openapi::page() {
        Ok(page) => HttpResponse::Ok()
            .content_type(ContentType::html())
            .insert_header((CONTENT_SECURITY_POLICY, openapi::POLICY))
            .insert_header((CACHE_CONTROL, "no-cache"))
            .body(page),
        Err(error) => {
            tracing::error!(%error, "the page of the description cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
