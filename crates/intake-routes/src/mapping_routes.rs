//! Where mappings are served, and which scopes they need.

use crate::{Intake, mappings, provider_mappings as provider};
use actix_web::web;
use central_logger_auth::Gate;
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_http_api::route::{get, resource};
use central_logger_keys::Scope;
use std::sync::Arc;

/// The patterns of mappings and their hooks.
pub const MAPPING_PATTERNS: [&str; 6] = [
    "/api/v1/intake/mappings",
    "/api/v1/intake/mappings/{name}",
    "/api/v1/intake/try",
    "/api/v1/provider/intake/mappings",
    "/api/v1/provider/intake/mappings/{name}",
    "/hooks/{mapping}",
];

/// Mounts the calls about mappings, without the hooks.
pub(crate) fn configure(app: &mut web::ServiceConfig, intake: &Intake) {
    let people = Gate::new(Arc::clone(&intake.authenticator)).with_sessions(intake.cookies.clone());
    let people = ApiKeyAuth::new(people);
    let manage = people.clone().require(Scope::KEYS_MANAGE);
    let read = people.clone().of_provider().require(Scope::PROVIDER_READ);
    let write = people.of_provider().require(Scope::PROVIDER_WRITE);
    let [all, one, trial, all_of_client, one_of_client, _] = MAPPING_PATTERNS;
    app.service(resource(all).route(get().to(mappings::list).wrap(manage.clone())))
        .service(
            resource(one)
                .route(get().to(mappings::show).wrap(manage.clone()))
                .route(web::put().to(mappings::set).wrap(manage.clone()))
                .route(web::delete().to(mappings::remove).wrap(manage.clone())),
        )
        .service(resource(trial).route(web::post().to(mappings::try_rules).wrap(manage)))
        .service(resource(all_of_client).route(get().to(provider::list).wrap(read.clone())))
        .service(
            resource(one_of_client)
                .route(get().to(provider::show).wrap(read))
                .route(web::put().to(provider::set).wrap(write.clone()))
                .route(web::delete().to(provider::remove).wrap(write)),
        );
}
