//! What is served where, and which scope it needs.

mod health;
mod identity;
mod security_txt;

use crate::services::Services;
use actix_web::web;
use central_logger_auth::Gate;
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_http_api::route::{Route, get, resource};
use std::sync::Arc;
use utoipa::OpenApi;

/// The description of what is served here.
#[derive(OpenApi)]
#[openapi(paths(
    identity::whoami,
    identity::verify,
    health::alive,
    health::ready,
    security_txt::security_txt,
))]
pub(crate) struct Described;

const VERIFY: &str = "/api/v1/verify";

/// The patterns of these routes.
pub(crate) const PATTERNS: [&str; 5] = [
    "/api/v1/verify/*",
    "/api/v1/whoami",
    "/healthz",
    "/readyz",
    security_txt::PATH,
];

pub(crate) fn configure(services: &Services, app: &mut web::ServiceConfig) {
    let authenticator = || Arc::clone(&services.authenticator);
    let by_key = ApiKeyAuth::new(authenticator());
    let cookies = services.sessions.cookies.clone();
    let any_key = ApiKeyAuth::new(Gate::new(authenticator()).with_sessions(cookies));

    app.service(
        web::scope(VERIFY)
            .app_data(Route(VERIFY))
            .default_service(web::to(identity::verify).wrap(by_key)),
    )
    .service(resource("/api/v1/whoami").route(get().to(identity::whoami).wrap(any_key.of_all())))
    .service(resource("/healthz").route(get().to(health::alive)))
    .service(resource("/readyz").route(get().to(health::ready)))
    .service(resource(security_txt::PATH).route(get().to(security_txt::security_txt)));
}
