//! A server whose background tasks run.

use super::{
    metrics_listener,
    stopping::{DRAIN, without_loss},
};
use crate::{error::ServerError, services::Services, sockets::Sockets};
use central_logger_database::Database;
use central_logger_http_connections::{
    self as connections, Admission, Door, Opening, Room, max_connections,
};
use central_logger_http_metrics::{self as metrics, Counts};
use central_logger_key_service::{KeyService, Tasks};
use central_logger_settings::Listening;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How long a connection is kept open for the next request. Longer than a proxy keeps it (nginx: 60 s),
/// so that it is the proxy that ends it: a server that does may do so when a request is on its way.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// A server whose background tasks run, and whose routes are mounted over its [`Services`]. It is to be
/// [stopped](Self::stop), or to [serve](Self::serve) until it is.
///
/// # Examples
///
/// ```no_run
/// use central_logger_http::{Config, Server};
///
/// async fn run(config: Config) -> Result<(), Box<dyn std::error::Error>> {
///     let server = Server::open(config).await?.start("my-service").await?;
///     let services = server.services().clone();
///     let app = move || services.app();
///     actix_web::HttpServer::new(app).bind("127.0.0.1:8080")?.run().await?;
///     server.stop().await;
///     Ok(())
/// }
/// ```
pub struct RunningServer {
    pub(super) services: Services,
    pub(super) key_service: KeyService,
    pub(super) tasks: Tasks,
    pub(super) database: Arc<dyn Database>,
    /// If metrics are served.
    pub(super) counts: Option<Counts>,
    pub(super) listening: Listening,
    pub(super) stop_delay: Duration,
    pub(super) url: Option<String>,
    pub(super) stopping: watch::Sender<bool>,
}

impl RunningServer {
    /// Returns what answers requests, for an application with a listener of its own.
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Serves until `stop` has ended and the requests under way then have been answered.
    ///
    /// # Errors
    /// When connections cannot be accepted.
    pub async fn serve(
        mut self,
        sockets: Sockets,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServerError> {
        let served = self.accept(sockets, stop).await;
        // Also after an error, so that no revocation waits for the lease.
        self.stop().await;
        served
    }

    /// Stores what is still to be stored, ends what runs beside the requests and takes the lease back.
    /// To be called when the last request was answered.
    pub async fn stop(self) {
        self.stopping.send_replace(true);
        self.services.ingestor.finish().await;
        self.tasks.stop().await;
        self.key_service.stop().await;
    }

    async fn accept(
        &mut self,
        sockets: Sockets,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServerError> {
        self.serve_metrics(&sockets)?;
        let address = sockets.address;
        let url = self.url.take();
        let url = url.unwrap_or_else(|| self.listening.url_at(address));
        let door = Door::of(&sockets.listener).map_err(ServerError::Serve)?;
        let opening = Opening {
            listener: sockets.listener,
            tls: sockets.tls,
            admission: Admission::new(Room {
                in_all: max_connections(),
                from_one: self.listening.connections_per_address.get(),
                proxies: self.listening.trusted_proxies.clone(),
            }),
            keep_alive: KEEP_ALIVE,
            stop: without_loss(stop, self.stopping.clone(), self.stop_delay, door),
            drain: DRAIN,
        };
        let services = self.services.clone();
        let server = connections::serve(opening, move || services.app());
        let server = server.map_err(ServerError::Serve)?;
        tracing::info!(%address, url, "listening");
        server.await.map_err(ServerError::Serve)
    }

    fn serve_metrics(&mut self, sockets: &Sockets) -> Result<(), ServerError> {
        let (Some(listener), Some(counts)) = (&sockets.metrics, self.counts.take()) else {
            return Ok(());
        };
        let services = &self.services;
        let sources = metrics::Sources {
            authenticator: Arc::clone(&services.authenticator),
            cache: Arc::clone(&services.cache),
            clock: Arc::clone(&services.clock),
            ingestor: services.ingestor.clone(),
            tails: services.tails.clone(),
            blocks: services.blocks.clone(),
            usage: Arc::clone(&services.usage),
            alerts: self.key_service.alerts(),
            database: Arc::clone(&self.database),
        };
        let registry = metrics::registry(counts, sources);
        let listener = listener.try_clone().map_err(ServerError::Serve)?;
        metrics_listener::serve(listener, registry, &mut self.tasks).map_err(ServerError::Serve)
    }
}
