//! Opens what the settings name, puts the parts together, and serves until told to stop.

mod assembly;
mod background;
mod first_visit;
mod metrics_listener;
mod raising;
mod retention;
mod rotation;
mod running;
mod stopping;
mod upkeep;
mod watching;

pub use running::RunningServer;

use crate::{config::Config, error::ServerError};
use central_logger_database::Database;
use central_logger_hash_pool::HashPool;
use central_logger_http_metrics::Counts;
use central_logger_key_service::Tasks;
use central_logger_key_store::{Actor, KeyStore};
use central_logger_keyring::Keyring;
use central_logger_keys::KeyPrefix;
use central_logger_settings::StaticSource;
use central_logger_times::{Clock, SystemClock};
use raising::Raising;
use rotation::Rotation;
use std::sync::Arc;
use tokio::sync::watch;

/// A server whose database is open and that does nothing yet.
///
/// # Examples
///
/// ```no_run
/// use central_logger_http::{Config, Server, ServerError, Sockets};
/// use std::future::pending;
///
/// async fn run(config: Config) -> Result<(), ServerError> {
///     let sockets = Sockets::bind(&config.listening)?;
///     let name = sockets.address().to_string();
///     let server = Server::open(config).await?.start(&name).await?;
///     server.serve(sockets, pending()).await
/// }
/// ```
pub struct Server {
    config: Config,
    database: Arc<dyn Database>,
    static_source: StaticSource,
    hashes: HashPool,
    clock: Arc<dyn Clock>,
}

impl Server {
    /// Opens the database, waiting for it if the settings say so, and brings its schema up to date.
    ///
    /// # Errors
    /// When the database or the static keys cannot be used.
    pub async fn open(config: Config) -> Result<Self, ServerError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let settings = &config.settings;
        let static_source = StaticSource::open(&settings.environment, Arc::clone(&clock))?;
        let database = settings.open_database(&config.open_options).await?;
        for migration in database.migrate().await? {
            tracing::info!(migration, "schema brought up to date");
        }
        for finding in database.findings().await {
            if !finding.is_ok {
                tracing::warn!(check = finding.check, "{}", finding.detail);
            }
        }
        Ok(Self {
            hashes: HashPool::new(settings.hasher.clone()),
            config,
            database,
            static_source,
            clock,
        })
    }

    /// Returns the stores that keys are looked up in.
    pub fn key_stores(&self) -> [Arc<dyn KeyStore>; 2] {
        [self.database.keys(), self.static_source.keys()]
    }

    /// Returns what issues and revokes keys, in the name of `actor`.
    pub fn keyring(&self, actor: Actor) -> Keyring {
        let (hashes, clock) = (self.hashes.clone(), Arc::clone(&self.clock));
        Keyring::new(self.database.keys(), hashes, clock, actor)
    }

    /// Returns the brand at the head of new keys.
    pub fn key_prefix(&self) -> &KeyPrefix {
        &self.config.settings.key_prefix
    }

    /// Starts what runs beside the requests, on the present tokio runtime. `name` is what people read
    /// where the leases are kept, such as the address that the server listens at.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub async fn start(mut self, name: &str) -> Result<RunningServer, ServerError> {
        let is_counted = self.config.listening.metrics_bind.is_some();
        let counts = is_counted.then(Counts::default);
        let raising = Raising::of(&self.config.alerting);
        let key_service = self.key_service(name, counts.as_ref()).await?;
        let (stopping, is_stopping) = watch::channel(false);
        let services = self.services(&key_service, counts.as_ref(), raising, is_stopping)?;
        let mut tasks = Tasks::default();
        let rotation = Rotation::of(&self, &services.provider.shared, raising);
        self.begin_tasks(&services, &key_service, rotation, &mut tasks);
        let public_url = self.config.settings.public_url;
        Ok(RunningServer {
            services,
            key_service,
            tasks,
            database: self.database,
            counts,
            listening: self.config.listening,
            stop_delay: self.config.stop_delay.duration(),
            url: public_url.map(|url| url.to_string()),
            stopping,
        })
    }

    /// Where people reach this server, as links in mail say it.
    fn base_url(&self) -> String {
        self.config.url_at(self.config.listening.bind)
    }
}
