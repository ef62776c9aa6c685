//! What clients ask before they send.

use crate::{Intake, head, shape};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header::LOCATION},
    web::Data,
};
use central_logger_auth_actix::Caller;
use central_logger_http_api::{Problem, problem::InOwnShape, wants_page};
use central_logger_intake::Probe;
use serde_json::json;

pub(crate) async fn answer(probe: Probe, request: HttpRequest) -> HttpResponse {
    shape::response(probe.reply(&head::of(&request)))
}

/// For clients of Elasticsearch only: they bring a key, and browsers ask for HTML. All others are led on.
pub(crate) async fn root(
    caller: Option<Caller>,
    intake: Data<Intake>,
    request: HttpRequest,
) -> HttpResponse {
    if caller.is_some() && !wants_page(request.headers()) {
        return answer(Probe::Root, request).await;
    }
    if let Some(front_page) = intake.front_page {
        return HttpResponse::SeeOther()
            .insert_header((LOCATION, front_page))
            .finish();
    }
    let mut response = Problem::new(StatusCode::NOT_FOUND, "There is nothing at /").to_response();
    response.extensions_mut().insert(InOwnShape);
    response
}

pub(crate) async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({"text": "HEC is healthy", "code": 17}))
}
