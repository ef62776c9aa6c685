//! The routes by which clients send and read logs, and look at their usage and their alerts.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerts;
mod described;
mod export;
mod idempotency;
mod logs;
mod tail;
mod usage;

use actix_web::web;
use central_logger_auth::{Authenticator, Gate, SessionCookies};
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_http_api::{
    OpenTails,
    room::Rooms,
    route::{get, resource},
};
use central_logger_key_store::settings::ClientSettings;
use central_logger_keys::Scope;
use central_logger_limits::SharedLimits;
use central_logger_monitor::UsageCounter;
use central_logger_tenant_logs::Ingestor;
use central_logger_times::Clock;
use std::{fmt, sync::Arc};
use tokio::sync::watch;
use utoipa::OpenApi;

/// The description of these routes.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    logs::append,
    logs::page,
    logs::stats,
    logs::values,
    export::export,
    tail::tail,
    logs::get,
    usage::of_caller,
    alerts::of_caller,
    alerts::acknowledge,
))]
pub struct Described;

/// The patterns of these routes.
pub const PATTERNS: [&str; 9] = [
    "/api/v1/logs",
    "/api/v1/logs/stats",
    "/api/v1/logs/values",
    "/api/v1/logs/export",
    "/api/v1/logs/tail",
    "/api/v1/usage",
    "/api/v1/alerts",
    "/api/v1/logs/{id}",
    "/api/v1/alerts/{id}/acknowledge",
];

/// What these routes work with.
#[derive(Clone)]
pub struct ClientRoutes {
    /// What admits requests.
    pub authenticator: Arc<Authenticator>,
    /// How browsers hold sessions.
    pub cookies: SessionCookies,
    /// If servers share them.
    pub limits: Option<SharedLimits>,
    /// Where use is counted.
    pub usage: Arc<UsageCounter>,
    /// What stores entries.
    pub ingestor: Ingestor,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long entries are kept.
    pub retention: watch::Receiver<Arc<ClientSettings>>,
    /// The tails that clients hold open.
    pub tails: OpenTails,
    /// The memory that bodies and answers may take.
    pub rooms: Rooms,
    /// Whether the server is stopping.
    pub stopping: watch::Receiver<bool>,
}

impl ClientRoutes {
    /// Adds the routes.
    pub fn configure(&self, app: &mut web::ServiceConfig) {
        let gate = Gate::new(Arc::clone(&self.authenticator));
        let any_key = ApiKeyAuth::new(gate.with_sessions(self.cookies.clone()));
        let write = any_key.clone().require(Scope::LOGS_WRITE);
        let read = any_key.clone().require(Scope::LOGS_READ);
        let manage = any_key.require(Scope::KEYS_MANAGE);
        let [
            logs,
            stats,
            values,
            export,
            tail,
            usage,
            alerts,
            log,
            acknowledge,
        ] = PATTERNS;
        // Paths with a variable part come last: each request is compared with the paths in this
        // order, and only those cost a regular expression.
        app.app_data(web::Data::new(self.clone()))
            .service(
                resource(logs)
                    .route(web::post().to(logs::append).wrap(write))
                    .route(get().to(logs::page).wrap(read.clone())),
            )
            .service(resource(stats).route(get().to(logs::stats).wrap(read.clone())))
            .service(resource(values).route(get().to(logs::values).wrap(read.clone())))
            .service(resource(export).route(get().to(export::export).wrap(read.clone())))
            .service(resource(tail).route(get().to(tail::tail).wrap(read.clone())))
            .service(resource(usage).route(get().to(usage::of_caller).wrap(manage.clone())))
            .service(resource(alerts).route(get().to(alerts::of_caller).wrap(manage.clone())))
            .service(resource(log).route(get().to(logs::get).wrap(read)))
            .service(resource(acknowledge).route(web::post().to(alerts::acknowledge).wrap(manage)));
    }
}

impl fmt::Debug for ClientRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientRoutes").finish_non_exhaustive()
    }
}
