//! Opens what the settings name, puts the parts together, and serves until told to stop.

mod first_visit;
mod metrics_listener;
mod raising;
mod retention;
mod rotation;
mod stopping;
mod upkeep;
mod watching;

use crate::{
    config::Config, error::ServerError, readiness::Readiness, services::Services, sockets::Sockets,
};
use central_logger_auth::{Authenticator, SessionCookies, TrustedProxies};
use central_logger_block_store::{LastTotals, seal_logs};
use central_logger_database::Database;
use central_logger_hash_pool::HashPool;
use central_logger_http_api::{OpenTails, room::Rooms};
use central_logger_http_connections::{
    self as connections, Admission, Door, Opening, Room, max_connections,
};
use central_logger_http_metrics::{self as metrics, Counts};
use central_logger_intake_mappings::Mappings;
use central_logger_key_routes::KeyRoutes;
use central_logger_key_service::{KeyService, Tasks};
use central_logger_key_store::{Actor, KeyStore};
use central_logger_keyring::Keyring;
use central_logger_keys::KeyPrefix;
use central_logger_leak_routes::{GitHub, LeakRoutes};
use central_logger_monitor::AlertMail;
use central_logger_operation_routes::OperationRoutes;
use central_logger_operations::Stores;
use central_logger_provider_routes::ProviderRoutes;
use central_logger_reveal_routes::RevealRoutes;
use central_logger_session_routes::{MailSignIn, PublicAddress, SessionRoutes};
use central_logger_settings::{Listening, PublicUrl, StaticSource};
use central_logger_tenant_logs::Ingestor;
use central_logger_times::{Clock, SystemClock};
use central_logger_workflow_channels::{ChannelMail, Senders};
use central_logger_workflow_routes::WorkflowRoutes;
use raising::Raising;
use retention::Pruner;
use rotation::Rotation;
use std::{sync::Arc, time::Duration};
use stopping::{DRAIN, without_loss};
use tokio::sync::watch;

/// How long a connection is kept open for the next request. Longer than a proxy keeps it (nginx: 60 s),
/// so that it is the proxy that ends it: a server that does may do so when a request is on its way.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

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
    services: Services,
    key_service: KeyService,
    tasks: Tasks,
    database: Arc<dyn Database>,
    /// If metrics are served.
    counts: Option<Counts>,
    listening: Listening,
    stop_delay: Duration,
    url: Option<String>,
    stopping: watch::Sender<bool>,
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

    async fn key_service(
        &mut self,
        name: &str,
        counts: Option<&Counts>,
    ) -> Result<KeyService, ServerError> {
        let url = self.base_url();
        let Config {
            listening,
            lease,
            alerting,
            ..
        } = &mut self.config;
        let mut key_service = KeyService::of(&*self.database);
        for webhook in std::mem::take(&mut alerting.webhooks) {
            tracing::info!(receiver = %webhook, "alerts are delivered");
            key_service = key_service.with_webhook(webhook);
        }
        if let Some(mailer) = alerting.mailer.clone() {
            tracing::info!(server = mailer.server(), "mail is sent");
            key_service = key_service.with_mail(AlertMail {
                mailer,
                provider: alerting.mail_addresses.clone(),
                keys: self.database.keys(),
                server: url,
            });
        }
        let key_service = key_service
            .with_thresholds(alerting.thresholds.clone())
            .with_lease(lease.duration())
            .with_clock(Arc::clone(&self.clock))
            .authenticator(|authenticator| {
                let authenticator = authenticator
                    .with_fallback(self.static_source.keys())
                    .with_hashes(self.hashes.clone())
                    .with_sessions(self.database.sessions())
                    .with_trusted_proxies(TrustedProxies::new(listening.trusted_proxies.clone()));
                match counts {
                    Some(counts) => authenticator.with_events(counts.verifications.clone()),
                    None => authenticator,
                }
            });
        Ok(key_service.start(name).await?)
    }

    fn services(
        &self,
        key_service: &KeyService,
        counts: Option<&Counts>,
        raising: Raising,
        stopping: watch::Receiver<bool>,
    ) -> Result<Services, ServerError> {
        let logs = self.database.logs();
        let sessions = self.session_routes(key_service.authenticator());
        let shared = OperationRoutes {
            authenticator: key_service.authenticator(),
            stores: Stores {
                keys: self.database.keys(),
                activity: self.database.activity(),
                logs: self.database.log_pruner(),
                sessions: self.database.sessions(),
            },
            hashes: self.hashes.clone(),
            clock: Arc::clone(&self.clock),
            cookies: sessions.cookies.clone(),
            env_file: self.config.settings.environment.env_file().to_owned(),
            deliver_folder: self.config.deliver_folder.clone(),
        };
        let keys_url = self.config.secret_scanning_url.as_ref();
        let github = keys_url.map(|url| GitHub::new(url, Arc::clone(&self.clock)));
        let github = github.transpose()?.map(Arc::new);
        let mailer = self.config.alerting.mailer.clone();
        Ok(Services {
            leaks: LeakRoutes::new(shared.clone(), raising.leaked_keys, github),
            keys: KeyRoutes {
                shared: shared.clone(),
                prefix: self.config.settings.key_prefix.clone(),
            },
            reveal: RevealRoutes {
                shared: shared.clone(),
                prefix: self.config.settings.key_prefix.clone(),
                address: sessions.address.clone(),
                alerts: raising.reveal_links,
                has_pages: self.config.console,
            },
            provider: ProviderRoutes {
                shared: shared.clone(),
            },
            workflows: WorkflowRoutes {
                shared,
                store: self.database.workflows(),
                senders: Senders {
                    egress: self.config.alerting.channels,
                    mail: mailer.map(|mailer| ChannelMail::new(mailer, &self.base_url())),
                },
                address: sessions.address.clone(),
            },
            authenticator: key_service.authenticator(),
            readiness: Readiness {
                keys: self.database.keys(),
                logs: Arc::clone(&logs),
                cache: key_service.cache(),
                clock: Arc::clone(&self.clock),
                conditions: key_service.conditions(),
                stopping: stopping.clone(),
            },
            sessions,
            limits: key_service.limits(),
            usage: key_service.usage(),
            ingestor: match counts {
                Some(counts) => Ingestor::recorded_by(counts.commits.clone(), Arc::clone(&logs)),
                None => Ingestor::new(Arc::clone(&logs)),
            },
            logs,
            clock: Arc::clone(&self.clock),
            cache: key_service.cache(),
            retention: key_service.retention(),
            tails: OpenTails::default(),
            blocks: LastTotals::default(),
            rooms: Rooms::default(),
            intake_record: Arc::default(),
            intake_settings: self.config.intake,
            mappings: Mappings::new(self.database.workflows(), Arc::clone(&self.clock)),
            requests: counts.map(|counts| counts.requests.clone()),
            security_contact: self.config.security_contact.clone(),
            stopping,
        })
    }

    /// Where people reach this server, as links in mail say it.
    fn base_url(&self) -> String {
        self.config.url_at(self.config.listening.bind)
    }

    fn session_routes(&self, authenticator: Arc<Authenticator>) -> SessionRoutes {
        let Listening {
            tls,
            behind_tls_proxy,
            ..
        } = &self.config.listening;
        let url = self.config.settings.public_url.as_ref();
        let url = url.map(PublicUrl::as_str);
        let has_https = tls.is_some() || *behind_tls_proxy;
        let is_https = |url: &str| url.to_ascii_lowercase().starts_with("https:");
        let cookies = match has_https || url.is_some_and(is_https) {
            true => SessionCookies::secure(),
            false => SessionCookies::on_loopback(),
        };
        let mailer = self.config.alerting.mailer.clone();
        SessionRoutes {
            sessions: self.database.sessions(),
            keys: self.database.keys(),
            hashes: self.hashes.clone(),
            clock: Arc::clone(&self.clock),
            authenticator,
            cookies: match url {
                Some(url) => cookies.at(url),
                None => cookies,
            },
            lengths: self.config.sessions,
            has_console: self.config.console,
            mail: mailer.map(|mailer| Arc::new(MailSignIn::new(mailer, self.base_url()))),
            address: match (url, has_https) {
                (Some(url), _) => PublicAddress::At(url.to_owned()),
                (None, true) => PublicAddress::AnyHost("https"),
                (None, false) => PublicAddress::AnyHost("http"),
            },
        }
    }

    fn begin_tasks(
        &self,
        services: &Services,
        key_service: &KeyService,
        rotation: Option<Rotation>,
        tasks: &mut Tasks,
    ) {
        let readiness = services.readiness.clone();
        tasks.run("checking readiness", move || readiness.clone().watch());
        let database = Arc::clone(&self.database);
        tasks.run("reserving space for changes of keys", move || {
            upkeep::keep_room(Arc::clone(&database))
        });
        let static_source = self.static_source.clone();
        tasks.run("following static keys", move || {
            static_source.clone().follow()
        });
        let (logs, removal) = (Arc::clone(&services.logs), key_service.removal_clock());
        let (keys, workflows) = (self.database.keys(), self.database.workflows());
        tasks.run("deleting expired idempotency keys", move || {
            let (logs, keys) = (Arc::clone(&logs), Arc::clone(&keys));
            upkeep::keep_up(logs, keys, Arc::clone(&workflows), removal.clone())
        });
        let follower = watching::begin(self, services, key_service, tasks);
        if let Some(rotation) = rotation {
            tasks.run("rotating keys that are due", move || {
                let (rotation, follower) = (rotation.clone(), Arc::clone(&follower));
                async move { rotation.run(|| follower.leads()).await }
            });
        }
        let (sessions, removal) = (self.database.sessions(), key_service.removal_clock());
        tasks.run("deleting sessions that have ended", move || {
            upkeep::delete_ended_sessions(Arc::clone(&sessions), removal.clone())
        });
        let pruner = Pruner {
            logs: self.database.log_pruner(),
            retention: key_service.retention(),
            cache: key_service.cache(),
            clock: Arc::clone(&self.clock),
            removal: key_service.removal_clock(),
        };
        tasks.run("deleting expired logs", move || pruner.clone().run());
        if let Some(store) = self.database.block_store() {
            let (clock, totals) = (Arc::clone(&self.clock), services.blocks.clone());
            tasks.run("putting logs into blocks", move || {
                seal_logs(Arc::clone(&store), Arc::clone(&clock), totals.clone())
            });
        }
    }
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
