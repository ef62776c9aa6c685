//! What is served where, and which scope it needs.

use crate::{changes, lists, making, withdrawals};
use actix_web::web;
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_http_api::route::{get, resource};
use central_logger_keys::KeyPrefix;
use central_logger_operation_routes::{Gates, OperationRoutes};

/// The patterns of the routes of a client: all keys, one key, and what is done to it.
const OF_CLIENT: [&str; 8] = [
    "/api/v1/keys",
    "/api/v1/keys/{id}",
    "/api/v1/keys/{id}/rotate",
    "/api/v1/keys/{id}/finish",
    "/api/v1/keys/{id}/extend",
    "/api/v1/keys/{id}/disable",
    "/api/v1/keys/{id}/enable",
    "/api/v1/keys/{id}/revoke",
];

/// The same for the keys of all clients.
const OF_PROVIDER: [&str; 8] = [
    "/api/v1/provider/keys",
    "/api/v1/provider/keys/{id}",
    "/api/v1/provider/keys/{id}/rotate",
    "/api/v1/provider/keys/{id}/finish",
    "/api/v1/provider/keys/{id}/extend",
    "/api/v1/provider/keys/{id}/disable",
    "/api/v1/provider/keys/{id}/enable",
    "/api/v1/provider/keys/{id}/revoke",
];

const REVOKE_ALL: &str = "/api/v1/provider/keys/revoke";
const REVOKE_CLIENT: &str = "/api/v1/provider/clients/{id}/revoke";

/// The patterns of these routes.
pub const PATTERNS: [&[&str]; 3] = [&[REVOKE_ALL, REVOKE_CLIENT], &OF_CLIENT, &OF_PROVIDER];

/// What requests about keys are answered from, and the routes over it.
#[derive(Clone)]
pub struct KeyRoutes {
    /// What all requests for operations are answered from.
    pub shared: OperationRoutes,
    /// The brand at the head of new keys.
    pub prefix: KeyPrefix,
}

impl KeyRoutes {
    /// Mounts the routes.
    pub fn configure(&self, app: &mut web::ServiceConfig) {
        app.app_data(web::Data::new(self.clone()));
        app.app_data(web::Data::new(self.shared.clone()));
        let Gates {
            manage,
            read,
            write,
        } = self.shared.gates();
        // Before the path of one key, which would take it for an id.
        let revoke_all = web::post().to(withdrawals::revoke_all).wrap(write.clone());
        app.service(resource(REVOKE_ALL).route(revoke_all));
        mount(app, OF_CLIENT, &manage, &manage);
        mount(app, OF_PROVIDER, &read, &write);
        let revoke_client = web::post().to(withdrawals::revoke_client).wrap(write);
        app.service(resource(REVOKE_CLIENT).route(revoke_client));
    }
}

fn mount(
    app: &mut web::ServiceConfig,
    paths: [&'static str; 8],
    read: &ApiKeyAuth,
    write: &ApiKeyAuth,
) {
    let [all, one, rotate, finish, extend, disable, enable, revoke] = paths;
    let (reads, writes) = (|| read.clone(), || write.clone());
    app.service(
        resource(all)
            .route(get().to(lists::list).wrap(reads()))
            .route(web::post().to(making::issue).wrap(writes())),
    )
    .service(
        resource(one)
            .route(get().to(lists::show).wrap(reads()))
            .route(web::patch().to(changes::update).wrap(writes())),
    )
    .service(resource(rotate).route(web::post().to(making::rotate).wrap(writes())))
    .service(resource(finish).route(web::post().to(changes::finish).wrap(writes())))
    .service(resource(extend).route(web::post().to(changes::extend).wrap(writes())))
    .service(resource(disable).route(web::post().to(changes::disable).wrap(writes())))
    .service(resource(enable).route(web::post().to(changes::enable).wrap(writes())))
    .service(resource(revoke).route(web::post().to(withdrawals::revoke).wrap(writes())));
}
