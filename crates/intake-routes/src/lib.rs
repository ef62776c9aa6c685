#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod append;
mod described;
mod head;
mod hooks;
mod keys;
mod mapping_bodies;
mod mapping_routes;
mod mappings;
mod once;
mod parts;
mod probes;
mod provider_mappings;
mod record;
mod report;
mod shape;
mod table;

pub use described::describe;
pub use keys::key_sources;
pub use mapping_routes::MAPPING_PATTERNS;
pub use mappings::{no_mapping, of_mappings};
pub use record::{Counts, IntakeRecord, Refused as RefusedIntake};
pub use report::described;
pub use table::PATTERNS;

use actix_web::{Resource, middleware::from_fn, web};
use central_logger_auth::{Authenticator, Gate, SessionCookies};
use central_logger_auth_actix::ApiKeyAuth;
use central_logger_http_api::{
    room::Rooms,
    route::{get, resource},
};
use central_logger_intake_mappings::Mappings;
use central_logger_key_store::settings::ClientSettings;
use central_logger_keys::Scope;
use central_logger_limits::SharedLimits;
use central_logger_monitor::UsageCounter;
use central_logger_tenant_logs::Ingestor;
use central_logger_times::Clock;
use std::sync::Arc;
use table::{ROUTES, Row, What};
use tokio::sync::watch;

/// What the routes need of the server.
#[derive(Clone)]
pub struct Intake {
    /// Who verifies keys.
    pub authenticator: Arc<Authenticator>,
    /// How browsers hold the sessions in which people read what came in.
    pub cookies: SessionCookies,
    /// Where entries are stored.
    pub ingestor: Ingestor,
    /// Limits that servers share, if they do.
    pub limits: Option<SharedLimits>,
    /// What counts the use of keys.
    pub usage: Arc<UsageCounter>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Retention periods of clients.
    pub retention: watch::Receiver<Arc<ClientSettings>>,
    /// Rules of clients, and hooks.
    pub mappings: Mappings,
    /// The largest body of OTLP, in bytes.
    pub otlp_max_body: usize,
    /// Whether bodies without a name are stored once where they can hardly be others.
    pub once: bool,
    /// Memory for bodies.
    pub rooms: Rooms,
    /// What was stored and refused, of all threads together.
    pub record: Arc<IntakeRecord>,
    /// Where `/` leads all but clients of Elasticsearch, if anywhere.
    pub front_page: Option<&'static str>,
}

impl Intake {
    /// Adds the routes to an application.
    pub fn configure(&self, app: &mut web::ServiceConfig) {
        let gate = Gate::new(Arc::clone(&self.authenticator)).keys_from(key_sources());
        let auth = ApiKeyAuth::new(gate);
        app.app_data(web::Data::new(self.clone()));
        let people = Gate::new(Arc::clone(&self.authenticator)).with_sessions(self.cookies.clone());
        let read = ApiKeyAuth::new(people).require(Scope::LOGS_READ);
        app.service(resource(report::PATH).route(get().to(report::report).wrap(read)));
        mapping_routes::configure(app, self);
        let hooks = auth.clone().require(Scope::LOGS_WRITE).optional();
        let [.., hook] = MAPPING_PATTERNS;
        app.service(resource(hook).route(web::post().to(hooks::receive).wrap(hooks)));
        for row in &ROUTES {
            app.service(mounted(row, &auth));
        }
    }
}

fn mounted(
    row: &'static Row,
    auth: &ApiKeyAuth,
) -> Resource<
    impl actix_web::dev::ServiceFactory<
        actix_web::dev::ServiceRequest,
        Config = (),
        Response = actix_web::dev::ServiceResponse<impl actix_web::body::MessageBody + use<>>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    let protocol = row.protocol;
    let mut mounted = resource(row.pattern);
    for method in row.methods {
        let route = match *method {
            "GET" => get(),
            "PUT" => web::put(),
            _ => web::post(),
        };
        mounted = mounted.route(match row.what {
            What::Entries | What::Nothing => {
                let append = move |caller, intake, request, payload| {
                    append::append(protocol, caller, intake, request, payload)
                };
                route
                    .to(append)
                    .wrap(auth.clone().require(Scope::LOGS_WRITE))
            }
            What::Probe(probe) => {
                let answer = move |request| probes::answer(probe, request);
                route.to(answer).wrap(auth.clone())
            }
            What::Root => route.to(probes::root).wrap(auth.clone().optional()),
            What::Health => route.to(probes::health),
        });
    }
    mounted.wrap(from_fn(move |request, next| {
        shape::in_shape(protocol, request, next)
    }))
}
