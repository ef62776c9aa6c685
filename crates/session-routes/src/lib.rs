//! The routes by which people sign in, and by which sessions are listed and ended.
//!
//! They decide nothing about sessions: that is up to [`SessionOperations`], and to the gate before them.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod asking_limits;
mod by_mail;
mod own;
mod page;
mod problem;
mod provider;
mod repeats;
mod sign_in;
mod view;

pub use by_mail::MailSignIn;
pub use own::may_see;
pub use problem::{problem, unknown};

use actix_web::{HttpRequest, web};
use central_logger_auth::{Authenticator, Gate, RequestHead, SessionCookies, subnet};
use central_logger_auth_actix::{ApiKeyAuth, Head};
use central_logger_hash_pool::HashPool;
use central_logger_http_api::route::{get, resource};
use central_logger_key_store::{Actor, KeyAdmin};
use central_logger_keyring::Keyring;
use central_logger_keys::Scope;
use central_logger_operations::sessions::SessionOperations;
use central_logger_sessions::{SessionLengths, SessionStore};
use central_logger_times::Clock;
use std::{fmt, net::IpAddr, sync::Arc};
use utoipa::OpenApi;

/// The description of these routes.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    own::begin,
    own::list,
    own::end,
    provider::list,
    provider::end,
    provider::make_link,
    sign_in::page,
    sign_in::redeem,
    by_mail::ask,
))]
pub struct Described;

/// The patterns of these routes.
pub const PATTERNS: [&str; 7] = [
    "/api/v1/sessions",
    "/api/v1/provider/sessions",
    "/api/v1/provider/sign-in-links",
    "/api/v1/sessions/{id}",
    "/api/v1/provider/sessions/{id}",
    "/sign-in/{token}",
    "/api/v1/sign-in-mails",
];

/// What these routes work with.
#[derive(Clone)]
pub struct SessionRoutes {
    /// The sessions and links.
    pub sessions: Arc<dyn SessionStore>,
    /// The keys that they come from, and the audit trail.
    pub keys: Arc<dyn KeyAdmin>,
    /// What seals the audit trail.
    pub hashes: HashPool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// What admits requests.
    pub authenticator: Arc<Authenticator>,
    /// How browsers hold sessions.
    pub cookies: SessionCookies,
    /// How long sessions last.
    pub lengths: SessionLengths,
    /// Where people reach this server.
    pub address: PublicAddress,
    /// Whether there are pages to which a person is led who has signed in. Without them nobody signs in by a link.
    pub has_console: bool,
    /// What mails sign-in links, if this server sends mail.
    pub mail: Option<Arc<MailSignIn>>,
}

/// Where people reach a server.
#[derive(Debug, Clone)]
pub enum PublicAddress {
    /// At this base URL.
    At(String),
    /// At whatever host they ask for, over this scheme.
    AnyHost(&'static str),
}

impl SessionRoutes {
    /// Adds the routes.
    pub fn configure(&self, app: &mut web::ServiceConfig) {
        let by_key = ApiKeyAuth::new(Gate::new(Arc::clone(&self.authenticator))).of_all();
        let gate = Gate::new(Arc::clone(&self.authenticator));
        let auth = ApiKeyAuth::new(gate.with_sessions(self.cookies.clone()));
        let (all, provider) = (auth.clone().of_all(), auth.of_provider());
        let read = provider.clone().require(Scope::PROVIDER_READ);
        let write = provider.require(Scope::PROVIDER_WRITE);
        let [sessions, of_all, links, session, one_of_all, sign_in, mails] = PATTERNS;
        app.app_data(web::Data::new(self.clone()))
            .service(
                resource(sessions)
                    .route(web::post().to(own::begin).wrap(by_key))
                    .route(get().to(own::list).wrap(all.clone())),
            )
            .service(resource(of_all).route(get().to(provider::list).wrap(read)))
            .service(resource(links).route(web::post().to(provider::make_link).wrap(write.clone())))
            .service(resource(session).route(web::delete().to(own::end).wrap(all)))
            .service(resource(one_of_all).route(web::delete().to(provider::end).wrap(write)))
            .service(
                resource(sign_in)
                    .route(get().to(sign_in::page))
                    .route(web::post().to(sign_in::redeem)),
            )
            .service(resource(mails).route(web::post().to(by_mail::ask)));
    }

    /// Returns the operations in the name of an actor.
    pub fn operations(&self, actor: Actor) -> SessionOperations {
        let (hashes, clock) = (self.hashes.clone(), Arc::clone(&self.clock));
        let keyring = Keyring::new(Arc::clone(&self.keys), hashes, Arc::clone(&clock), actor);
        SessionOperations::new(Arc::clone(&self.sessions), keyring, clock)
    }

    /// Returns the operations in the name of an actor that makes a request.
    pub fn operations_of(&self, actor: Actor, request: &HttpRequest) -> SessionOperations {
        self.operations(match self.network(request) {
            Some(network) => actor.from_network(&network),
            None => actor,
        })
    }

    /// The network that a request comes from, as the audit trail tells it.
    fn network(&self, request: &HttpRequest) -> Option<String> {
        self.nearest(request).map(subnet)
    }

    /// The nearest address that is not that of a trusted proxy.
    fn nearest(&self, request: &HttpRequest) -> Option<IpAddr> {
        let (head, proxies) = (Head(request), self.authenticator.trusted_proxies());
        let origin = proxies.origin(head.peer(), head.header("x-forwarded-for"));
        origin.nearest()
    }
}

impl PublicAddress {
    /// Returns the base URL for links.
    pub fn base_url(&self, request: &HttpRequest) -> String {
        match self {
            Self::At(url) => url.clone(),
            Self::AnyHost(scheme) => {
                format!("{scheme}://{}", request.connection_info().host())
            }
        }
    }
}

/// Returns the `Host` of a request, as cookies go by it.
pub fn host(request: &HttpRequest) -> Option<&[u8]> {
    request.headers().get("host").map(|host| host.as_bytes())
}

impl fmt::Debug for SessionRoutes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionRoutes")
            .field("lengths", &self.lengths)
            .finish_non_exhaustive()
    }
}
