//! What is served where, and which scope it needs.

use crate::{pages, provider};
use actix_web::{HttpRequest, web};
use central_logger_http_api::route::{get, resource};
use central_logger_key_activity::AlertRaising;
use central_logger_key_store::Actor;
use central_logger_keys::KeyPrefix;
use central_logger_operation_routes::{Gates, OperationRoutes, network};
use central_logger_operations::Caller;
use central_logger_reveal_links::LinkHolder;
use central_logger_session_routes::PublicAddress;

/// The patterns of these routes.
pub const PATTERNS: [&str; 3] = [
    "/api/v1/provider/reveal-links",
    "/api/v1/provider/reveal-links/{id}",
    "/reveal/{token}",
];

/// What requests about reveal links are answered from, and the routes over it.
#[derive(Clone)]
pub struct RevealRoutes {
    /// What all requests for operations are answered from.
    pub shared: OperationRoutes,
    /// The brand at the head of new keys.
    pub prefix: KeyPrefix,
    /// Where people reach this server.
    pub address: PublicAddress,
    /// What becomes of alerts about links.
    pub alerts: AlertRaising,
    /// Whether there are pages. Without them no link is made.
    pub has_pages: bool,
}

impl RevealRoutes {
    /// Mounts the routes.
    pub fn configure(&self, app: &mut web::ServiceConfig) {
        let Gates { read, write, .. } = self.shared.gates();
        let [all, one, page] = PATTERNS;
        app.app_data(web::Data::new(self.clone()))
            .app_data(web::Data::new(self.shared.clone()))
            .service(
                resource(all)
                    .route(get().to(provider::list).wrap(read))
                    .route(web::post().to(provider::make).wrap(write.clone())),
            )
            .service(resource(one).route(web::delete().to(provider::withdraw).wrap(write)));
        if self.has_pages {
            app.service(
                resource(page)
                    .route(get().to(pages::look))
                    .route(web::post().to(pages::reveal)),
            );
        }
    }

    /// What answers whoever sends a request with the token of a link.
    pub(crate) fn holder(&self, request: &HttpRequest) -> LinkHolder<'_> {
        LinkHolder {
            operations: (self.shared).operations(Caller::Provider(Actor::server("reveal link"))),
            prefix: &self.prefix,
            alerts: self.alerts,
            network: network(request),
        }
    }
}
