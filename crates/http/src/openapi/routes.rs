//! What the server offers: for programs, and for people.

use super::{
    DOCUMENT,
    page::{POLICY, page},
};
use crate::route::Route;
use actix_web::{
    HttpResponse,
    guard::{Any, Get, Head},
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType},
    web::{self, Json},
};
use serde_json::Value;

pub(crate) fn configure(app: &mut web::ServiceConfig) {
    let at = |path: &'static str| web::resource(path).app_data(Route(path));
    let get = || web::route().guard(Any(Get()).or(Head()));
    app.service(at("/openapi.json").route(get().to(document)))
        .service(at("/docs").route(get().to(docs)));
}

async fn document() -> Json<&'static Value> {
    Json(&DOCUMENT)
}

async fn docs() -> HttpResponse {
    match page() {
        Ok(page) => HttpResponse::Ok()
            .content_type(ContentType::html())
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((CACHE_CONTROL, "no-cache"))
            .body(page),
        Err(error) => {
            tracing::error!(%error, "the page of the description cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
