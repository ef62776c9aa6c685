//! What is served where, and which scope it needs.

use crate::views;
use actix_web::web;
use central_logger_auth::{Authenticator, Gate, SessionCookies};
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_http_api::route::{get, resource};
use central_logger_keys::Scope;
use central_logger_saved_views::SavedViews;
use std::sync::Arc;
use utoipa::OpenApi;

/// The description of these routes.
#[derive(OpenApi)]
#[openapi(paths(views::list, views::save, views::remove))]
pub struct Described;

/// The patterns of these routes.
pub const PATTERNS: [&str; 2] = ["/api/v1/views", "/api/v1/views/{name}"];

/// What requests about saved views are answered from, and the routes over it.
#[derive(Clone)]
pub struct ViewRoutes {
    /// What finds out who calls.
    pub authenticator: Arc<Authenticator>,
    /// How browsers hold sessions.
    pub cookies: SessionCookies,
    /// The views.
    pub views: SavedViews,
}

impl ViewRoutes {
    /// Mounts the routes.
    pub fn configure(&self, app: &mut web::ServiceConfig) {
        let gate = Gate::new(Arc::clone(&self.authenticator)).with_sessions(self.cookies.clone());
        let read = ApiKeyAuth::new(gate).require(Scope::LOGS_READ);
        let [all, one] = PATTERNS;
        app.app_data(web::Data::new(self.clone()))
            .service(resource(all).route(get().to(views::list).wrap(read.clone())))
            .service(
                resource(one)
                    .route(web::put().to(views::save).wrap(read.clone()))
                    .route(web::delete().to(views::remove).wrap(read)),
            );
    }
}
