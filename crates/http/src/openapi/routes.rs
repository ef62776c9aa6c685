//! What the server offers: for programs, and for people.

use super::{DOCUMENT, problems::problems};
use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, ContentType},
    web::{self, Bytes},
};
use central_logger_http_api::route::{get, resource};
use central_logger_openapi_page::{POLICY, page};
use std::sync::LazyLock;

/// The patterns of these routes.
pub(crate) const PATTERNS: [&str; 3] = ["/openapi.json", "/docs", "/docs/problems"];

pub(crate) fn configure(app: &mut web::ServiceConfig) {
    app.service(resource("/openapi.json").route(get().to(document)))
        .service(resource("/docs").route(get().to(docs)))
        .service(resource("/docs/problems").route(get().to(problems)));
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
    static PAGE: LazyLock<Bytes> = LazyLock::new(|| page(&DOCUMENT).unwrap_or_default().into());
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(PAGE.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value};

    fn members(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
        let members = object.as_object().into_iter().flat_map(Map::iter);
        members.map(|(name, value)| (name.as_str(), value))
    }

    #[test]
    fn every_operation_is_on_the_page_and_nothing_is_loaded() {
        let page = page(&DOCUMENT).unwrap();
        for (path, methods) in members(&DOCUMENT["paths"]) {
            assert!(page.contains(&format!("<code>{path}</code></p>")), "{path}");
            for (_, operation) in members(methods) {
                let summary = operation["summary"].as_str().unwrap();
                assert!(page.contains(summary), "{summary}");
            }
        }
        for loading in ["src=", "<link", "<script", "@import", "url("] {
            assert!(!page.contains(loading), "{loading}");
        }
    }

    #[test]
    fn every_link_leads_to_a_place_on_the_page_or_to_the_document() {
        let page = page(&DOCUMENT).unwrap();
        let links = page.split("href=\"").skip(1);
        for link in links.map(|rest| rest.split('"').next().unwrap()) {
            match link.strip_prefix('#') {
                Some(place) => assert!(page.contains(&format!("id=\"{place}\"")), "{place}"),
                None => assert_eq!(link, "openapi.json"),
            }
        }
    }

    #[test]
    fn logs_come_first_and_sending_before_reading() {
        let page = page(&DOCUMENT).unwrap();
        let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
        let order = ["#appendLogs", "#listLogs", "#whoami", "#alive", "<main>"].map(place);
        assert!(order.is_sorted(), "{order:?}");
    }
}
