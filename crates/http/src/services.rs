//! What the routes and the middleware share.

use crate::readiness::Readiness;
use central_logger_auth::{Authenticator, KeyCache};
use central_logger_http_api::{OpenTails, room::Rooms};
use central_logger_http_metrics::RequestCounts;
use central_logger_key_activity::ActivityStore;
use central_logger_key_store::settings::ClientSettings;
use central_logger_limits::SharedLimits;
use central_logger_log_store::{Ingestor, LogStore};
use central_logger_monitor::UsageCounter;
use central_logger_times::Clock;
use std::sync::Arc;
use tokio::sync::watch;

/// The stores and services that requests are answered from.
///
/// A [`Server`](crate::Server) makes them; [`configure`](Self::configure) mounts the routes over them.
///
/// # Examples
///
/// ```no_run
/// use actix_web::{App, web};
/// use central_logger_http::Services;
///
/// /// Adds the routes beside those of a service.
/// fn configure(services: &Services, app: &mut web::ServiceConfig) {
///     app.route("/hello", web::get().to(async || "hello"));
///     services.configure(app);
/// }
/// ```
#[derive(Clone)]
pub struct Services {
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) activity: Arc<dyn ActivityStore>,
    /// If servers share them.
    pub(crate) limits: Option<SharedLimits>,
    pub(crate) usage: Arc<UsageCounter>,
    pub(crate) logs: Arc<dyn LogStore>,
    pub(crate) ingestor: Ingestor,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cache: Arc<KeyCache>,
    pub(crate) retention: watch::Receiver<Arc<ClientSettings>>,
    pub(crate) tails: OpenTails,
    pub(crate) rooms: Rooms,
    /// If metrics are served.
    pub(crate) requests: Option<Arc<RequestCounts>>,
    pub(crate) readiness: Readiness,
    /// Whether the server is stopping.
    pub(crate) stopping: watch::Receiver<bool>,
}
