//! What is served where, and which scope it needs.

mod alerts;
mod export;
mod health;
mod idempotency;
mod identity;
mod logs;
mod tail;
mod usage;

use crate::services::Services;
use actix_web::web;
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_http_api::route::{Route, get, resource};
use central_logger_keys::Scope;
use std::sync::Arc;
use utoipa::OpenApi;

/// The description of what is served here.
#[derive(OpenApi)]
#[openapi(paths(
    logs::append,
    logs::page,
    logs::stats,
    export::export,
    tail::tail,
    logs::get,
    identity::whoami,
    identity::verify,
    usage::of_caller,
    alerts::of_caller,
    alerts::acknowledge,
    health::alive,
    health::ready,
))]
pub(crate) struct Described;

const VERIFY: &str = "/api/v1/verify";

/// The patterns of these routes.
pub(crate) const PATTERNS: [&str; 12] = [
    "/api/v1/verify/*",
    "/api/v1/logs",
    "/api/v1/whoami",
    "/api/v1/logs/stats",
    "/api/v1/logs/export",
    "/api/v1/logs/tail",
    "/api/v1/usage",
    "/api/v1/alerts",
    "/healthz",
    "/readyz",
    "/api/v1/logs/{id}",
    "/api/v1/alerts/{id}/acknowledge",
];

pub(crate) fn configure(services: &Services, app: &mut web::ServiceConfig) {
    let any_key = ApiKeyAuth::new(Arc::clone(&services.authenticator));
    let write = any_key.clone().require(Scope::LOGS_WRITE);
    let read = any_key.clone().require(Scope::LOGS_READ);
    let manage = any_key.clone().require(Scope::KEYS_MANAGE);

    // Paths with a variable part come last: each request is compared with the paths in this
    // order, and only those cost a regular expression.
    app.service(
        web::scope(VERIFY)
            .app_data(Route(VERIFY))
            .default_service(web::to(identity::verify).wrap(any_key.clone())),
    )
    .service(
        resource("/api/v1/logs")
            .route(web::post().to(logs::append).wrap(write))
            .route(get().to(logs::page).wrap(read.clone())),
    )
    .service(resource("/api/v1/whoami").route(get().to(identity::whoami).wrap(any_key)))
    .service(resource("/api/v1/logs/stats").route(get().to(logs::stats).wrap(read.clone())))
    .service(resource("/api/v1/logs/export").route(get().to(export::export).wrap(read.clone())))
    .service(resource("/api/v1/logs/tail").route(get().to(tail::tail).wrap(read.clone())))
    .service(resource("/api/v1/usage").route(get().to(usage::of_caller).wrap(manage.clone())))
    .service(resource("/api/v1/alerts").route(get().to(alerts::of_caller).wrap(manage.clone())))
    .service(resource("/healthz").route(get().to(health::alive)))
    .service(resource("/readyz").route(get().to(health::ready)))
    .service(resource("/api/v1/logs/{id}").route(get().to(logs::get).wrap(read)))
    .service(
        resource("/api/v1/alerts/{id}/acknowledge")
            .route(web::post().to(alerts::acknowledge).wrap(manage)),
    );
}
