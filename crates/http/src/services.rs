//! What the routes and the middleware share.

use crate::readiness::Readiness;
use central_logger_auth::{Authenticator, KeyCache};
use central_logger_block_store::LastTotals;
use central_logger_client_routes::ClientRoutes;
use central_logger_console::{self as console, Console};
use central_logger_http_api::{OpenTails, room::Rooms};
use central_logger_http_metrics::RequestCounts;
use central_logger_intake_mappings::Mappings;
use central_logger_intake_routes::{Intake, IntakeRecord};
use central_logger_key_routes::KeyRoutes;
use central_logger_key_store::settings::ClientSettings;
use central_logger_leak_routes::LeakRoutes;
use central_logger_limits::SharedLimits;
use central_logger_log_store::LogStore;
use central_logger_monitor::UsageCounter;
use central_logger_provider_routes::ProviderRoutes;
use central_logger_reveal_routes::RevealRoutes;
use central_logger_saved_views::SavedViews;
use central_logger_session_routes::SessionRoutes;
use central_logger_settings::{IntakeSettings, SecurityContact};
use central_logger_tenant_logs::Ingestor;
use central_logger_times::Clock;
use central_logger_view_routes::ViewRoutes;
use central_logger_workflow_routes::WorkflowRoutes;
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
    /// What manages keys.
    pub(crate) keys: KeyRoutes,
    /// What manages clients.
    pub(crate) provider: ProviderRoutes,
    /// Where clients get their keys.
    pub(crate) reveal: RevealRoutes,
    /// What takes reports of leaked keys.
    pub(crate) leaks: LeakRoutes,
    /// What watches workflows.
    pub(crate) workflows: WorkflowRoutes,
    /// Where people sign in, and how browsers hold their sessions.
    pub(crate) sessions: SessionRoutes,
    /// If servers share them.
    pub(crate) limits: Option<SharedLimits>,
    pub(crate) usage: Arc<UsageCounter>,
    pub(crate) logs: Arc<dyn LogStore>,
    pub(crate) ingestor: Ingestor,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) cache: Arc<KeyCache>,
    pub(crate) retention: watch::Receiver<Arc<ClientSettings>>,
    pub(crate) tails: OpenTails,
    pub(crate) blocks: LastTotals,
    pub(crate) rooms: Rooms,
    pub(crate) intake_record: Arc<IntakeRecord>,
    pub(crate) mappings: Mappings,
    pub(crate) intake_settings: IntakeSettings,
    /// If metrics are served.
    pub(crate) requests: Option<Arc<RequestCounts>>,
    pub(crate) readiness: Readiness,
    /// Where to report a vulnerability, if that is said.
    pub(crate) security_contact: Option<SecurityContact>,
    /// Whether the server is stopping.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Services {
    /// The part of them that clients are served from.
    pub(crate) fn of_clients(&self) -> ClientRoutes {
        ClientRoutes {
            authenticator: Arc::clone(&self.authenticator),
            cookies: self.sessions.cookies.clone(),
            limits: self.limits.clone(),
            usage: Arc::clone(&self.usage),
            ingestor: self.ingestor.clone(),
            clock: Arc::clone(&self.clock),
            retention: self.retention.clone(),
            tails: self.tails.clone(),
            rooms: self.rooms.clone(),
            stopping: self.stopping.clone(),
        }
    }

    /// The part of them that foreign protocols are served from.
    pub(crate) fn intake(&self) -> Intake {
        Intake {
            authenticator: Arc::clone(&self.authenticator),
            cookies: self.sessions.cookies.clone(),
            ingestor: self.ingestor.clone(),
            limits: self.limits.clone(),
            usage: Arc::clone(&self.usage),
            clock: Arc::clone(&self.clock),
            retention: self.retention.clone(),
            mappings: self.mappings.clone(),
            otlp_max_body: self.intake_settings.otlp_max_body,
            once: self.intake_settings.once,
            rooms: self.rooms.clone(),
            record: Arc::clone(&self.intake_record),
            front_page: self.sessions.has_console.then_some(console::PATH),
        }
    }

    /// The part of them that saved views are served from.
    pub(crate) fn views(&self) -> ViewRoutes {
        ViewRoutes {
            authenticator: Arc::clone(&self.authenticator),
            cookies: self.sessions.cookies.clone(),
            views: SavedViews::new(Arc::clone(&self.workflows.store), Arc::clone(&self.clock)),
        }
    }

    /// The pages for people, unless they are turned off.
    pub(crate) fn console(&self) -> Option<Console> {
        self.sessions.has_console.then(|| Console {
            sessions: self.sessions.clone(),
            ingestor: self.ingestor.clone(),
            workflows: self.workflows.workflows(),
            channels: self.workflows.channels(),
            views: self.views().views,
            intake: Arc::clone(&self.intake_record),
            mappings: self.mappings.clone(),
            prefix: self.keys.prefix.clone(),
        })
    }
}
