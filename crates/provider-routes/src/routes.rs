//! What is served where, and which scope it needs.

use crate::{activity, audit, client_changes, clients, removals, servers};
use actix_web::web;
use central_logger_http_api::route::{get, resource};
use central_logger_operation_routes::{Gates, OperationRoutes};

/// The patterns of these routes.
pub const PATTERNS: [&str; 10] = [
    "/api/v1/provider/clients",
    "/api/v1/provider/clients/{id}",
    "/api/v1/provider/clients/{id}/logs",
    "/api/v1/provider/usage",
    "/api/v1/provider/alerts",
    "/api/v1/provider/alerts/{id}/acknowledge",
    "/api/v1/provider/audit",
    "/api/v1/provider/audit/verify",
    "/api/v1/audit",
    "/api/v1/provider/servers",
];

/// What requests about clients are answered from, and the routes over it.
#[derive(Clone)]
pub struct ProviderRoutes {
    /// What all requests for operations are answered from.
    pub shared: OperationRoutes,
}

impl ProviderRoutes {
    /// Mounts the routes.
    pub fn configure(&self, app: &mut web::ServiceConfig) {
        app.app_data(web::Data::new(self.shared.clone()));
        let Gates {
            manage,
            read,
            write,
        } = self.shared.gates();
        let (reads, writes) = (|| read.clone(), || write.clone());
        let [
            all,
            one,
            logs,
            usage,
            alerts,
            acknowledge,
            trail,
            verify,
            own,
            servers_of_all,
        ] = PATTERNS;
        app.service(resource(all).route(get().to(clients::list).wrap(reads())))
            .service(
                resource(one)
                    .route(get().to(clients::show).wrap(reads()))
                    .route(web::put().to(client_changes::put).wrap(writes()))
                    .route(web::patch().to(client_changes::update).wrap(writes()))
                    .route(web::delete().to(removals::remove).wrap(writes())),
            )
            .service(resource(logs).route(web::delete().to(removals::forget).wrap(writes())))
            .service(resource(usage).route(get().to(activity::usage).wrap(reads())))
            .service(resource(alerts).route(get().to(activity::alerts).wrap(reads())))
            .service(
                resource(acknowledge).route(web::post().to(activity::acknowledge).wrap(writes())),
            )
            .service(resource(trail).route(get().to(audit::list).wrap(reads())))
            .service(resource(verify).route(web::post().to(audit::verify).wrap(reads())))
            .service(resource(servers_of_all).route(get().to(servers::list).wrap(reads())))
            .service(resource(own).route(get().to(audit::own).wrap(manage)));
    }
}
