//! Opens what the settings name, puts the parts together and serves until told to stop.

use crate::{
    args::Args,
    connections::{self, Admission, Opening, Room},
    metrics::{self, Counts},
    middleware::{as_problem, with_request_id, without_body_to_head},
    open_tails::OpenTails,
    plan::{Bound, Plan},
    quickstart::{self, QuickstartError},
    readiness::Readiness,
    retention::Pruner,
    room::Rooms,
    routes::Services,
    sockets::{self, Door},
    stop::{DRAIN, Stop},
    upkeep,
};
use actix_web::{App, middleware::from_fn};
use central_logger_auth::TrustedProxies;
use central_logger_backend::{
    Backend, BackendError, KeyService, SettingError, StaticKeysError, StaticSource, Tasks,
    TlsError, TlsFiles,
};
use central_logger_key_store::{Actor, HashPool, KeyStore, Keyring};
use central_logger_keys::RandomnessError;
use central_logger_log_store::Ingestor;
use central_logger_times::{Clock, SystemClock};
use rustls::ServerConfig;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;

/// How long a connection is kept open for the next request. Longer than a proxy keeps it (nginx: 60 s),
/// so that it is the proxy that ends it: a server that does may do so when a request is on its way.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Why the server does not serve.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error(
        "--bind {0}: this address is reachable from other machines, and API keys must not travel \
         over plain HTTP. Give --tls-cert and --tls-key, or --behind-tls-proxy when a proxy in \
         front speaks HTTPS, or bind to 127.0.0.1"
    )]
    PlainBeyondLoopback(SocketAddr),
    #[error(transparent)]
    Backend(#[from] BackendError),
    #[error(transparent)]
    StaticKeys(#[from] StaticKeysError),
    #[error(transparent)]
    Quickstart(#[from] QuickstartError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("--bind {0}: cannot listen there, choose another address or port")]
    Bind(SocketAddr, #[source] io::Error),
    #[error("--metrics-bind {0}: cannot listen there, choose another address or port")]
    MetricsBind(SocketAddr, #[source] io::Error),
    #[error("randomness")]
    Randomness(#[from] RandomnessError),
    #[error("the signals to stop cannot be received")]
    Signals(#[source] io::Error),
    #[error("the server stopped")]
    Serve(#[source] io::Error),
}

/// Serves until SIGTERM or SIGINT, then lets requests under way finish.
pub(crate) async fn run(args: Args) -> Result<(), ServerError> {
    let plan = Plan::read(&args)?;
    let tls = plan.listening.tls.as_ref().map(TlsFiles::load);
    let tls = tls.transpose()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let static_source = StaticSource::open(&plan.settings.environment, Arc::clone(&clock))?;
    let bound = plan.bind()?;
    let mut stop = Stop::listen(plan.stop_delay.duration()).map_err(ServerError::Signals)?;
    let backend = tokio::select! {
        backend = open(&plan) => backend?,
        () = stop.told() => return Ok(()),
    };

    let mut parts = Parts {
        hashes: HashPool::new(plan.settings.hasher.clone()),
        counts: bound.metrics.is_some().then(Counts::default),
        plan,
        backend,
        static_source,
        clock,
    };
    let key_service = parts.key_service(bound.address).await?;
    let mut tasks = Tasks::default();
    let served = parts.serve(bound, tls, stop, &key_service, &mut tasks);
    let served = served.await;
    // However it has ended, so that nobody waits for the lease.
    tasks.stop().await;
    key_service.stop().await;
    served?;
    tracing::info!("stopped");
    Ok(())
}

/// Opens the database and brings its schema up to date.
async fn open(plan: &Plan) -> Result<Backend, ServerError> {
    let backend = plan
        .settings
        .open_database_patiently(&plan.database)
        .await?;
    for migration in backend.migrate().await? {
        tracing::info!(migration, "schema brought up to date");
    }
    if let Some(sql) = backend.missing_wall().await? {
        tracing::warn!(
            sql,
            "PostgreSQL itself does not hold clients apart: let whoever may run this SQL"
        );
    }
    Ok(backend)
}

/// What a server is put together from.
struct Parts {
    plan: Plan,
    backend: Backend,
    static_source: StaticSource,
    hashes: HashPool,
    /// If metrics are served.
    counts: Option<Counts>,
    clock: Arc<dyn Clock>,
}

impl Parts {
    async fn key_service(&mut self, address: SocketAddr) -> Result<KeyService, ServerError> {
        let Plan {
            listening,
            lease,
            alerting,
            ..
        } = &mut self.plan;
        let mut key_service = self.backend.key_service();
        if let Some(webhook) = alerting.webhook.take() {
            tracing::info!(receiver = %webhook, "alerts are delivered");
            key_service = key_service.with_webhook(webhook);
        }
        let key_service = key_service
            .with_thresholds(alerting.thresholds.clone())
            .with_lease(lease.duration())
            .with_clock(Arc::clone(&self.clock))
            .authenticator(|authenticator| {
                let authenticator = authenticator
                    .with_fallback(self.static_source.keys())
                    .with_hashes(self.hashes.clone())
                    .with_trusted_proxies(TrustedProxies::new(listening.trusted_proxies.clone()));
                match &self.counts {
                    Some(counts) => authenticator.with_events(counts.verifications.clone()),
                    None => authenticator,
                }
            });
        Ok(key_service.start(&address.to_string()).await?)
    }

    fn services(&self, key_service: &KeyService, stopping: watch::Receiver<bool>) -> Services {
        let (keys, logs) = (self.backend.keys(), self.backend.logs());
        Services {
            authenticator: key_service.authenticator(),
            readiness: Readiness {
                keys: Arc::clone(&keys),
                logs: Arc::clone(&logs),
                cache: key_service.cache(),
                clock: Arc::clone(&self.clock),
                conditions: key_service.conditions(),
                stopping: stopping.clone(),
            },
            keys,
            activity: self.backend.activity(),
            usage: key_service.usage(),
            ingestor: match &self.counts {
                Some(counts) => Ingestor::recorded_by(counts.commits.clone(), Arc::clone(&logs)),
                None => Ingestor::new(Arc::clone(&logs)),
            },
            logs,
            clock: Arc::clone(&self.clock),
            cache: key_service.cache(),
            retention: key_service.retention(),
            tails: OpenTails::default(),
            rooms: Rooms::default(),
            requests: self.counts.as_ref().map(|counts| counts.requests.clone()),
            stopping,
        }
    }

    /// Serves until told to stop. What runs beside the requests is among the `tasks`.
    async fn serve(
        self,
        bound: Bound,
        tls: Option<ServerConfig>,
        stop: Stop,
        key_service: &KeyService,
        tasks: &mut Tasks,
    ) -> Result<(), ServerError> {
        let url = match &self.plan.settings.public_url {
            Some(url) => url.to_string(),
            None => self.plan.listening.url_at(bound.address),
        };
        let (stop_began, stopping) = watch::channel(false);
        let services = self.services(key_service, stopping);
        let door = Door::of(&bound.listener).map_err(ServerError::Serve)?;
        let configured = services.clone();
        let listening = &self.plan.listening;
        let opening = Opening {
            listener: bound.listener,
            tls,
            admission: Admission::new(Room {
                in_all: sockets::most_connections(),
                from_one: listening.connections_per_address.get(),
                proxies: listening.trusted_proxies.clone(),
            }),
            keep_alive: KEEP_ALIVE,
            stop: stop.without_loss(stop_began, door),
            drain: DRAIN,
        };

        if self.plan.quickstart {
            self.quickstart(&services, &url).await?;
        }
        self.begin_tasks(bound.metrics, &services, key_service, tasks)?;
        let server = connections::serve(opening, move || {
            App::new()
                .configure(|app| configured.configure(app))
                .wrap(from_fn(as_problem))
                .wrap(from_fn(without_body_to_head))
                .wrap(from_fn(with_request_id))
        });
        let server = server.map_err(ServerError::Serve)?;
        tracing::info!(address = %bound.address, url, "listening");
        let served = server.await.map_err(ServerError::Serve);
        services.ingestor.finish().await;
        served
    }

    async fn quickstart(&self, services: &Services, url: &str) -> Result<(), QuickstartError> {
        let stores: [Arc<dyn KeyStore>; 2] = [services.keys.clone(), self.static_source.keys()];
        let (keys, hashes) = (services.keys.clone(), self.hashes.clone());
        let actor = Actor::new("quickstart");
        let keyring = Keyring::new(keys, hashes, Arc::clone(&self.clock), actor);
        let prefix = &self.plan.settings.key_prefix;
        quickstart::welcome(&stores, &keyring, prefix, url).await
    }

    fn begin_tasks(
        self,
        metrics_listener: Option<TcpListener>,
        services: &Services,
        key_service: &KeyService,
        tasks: &mut Tasks,
    ) -> Result<(), ServerError> {
        if let (Some(listener), Some(counts)) = (metrics_listener, self.counts) {
            let alerts = key_service.alerts();
            let collectors = metrics::collectors(counts, services, alerts, &self.backend);
            metrics::serve(listener, collectors, tasks).map_err(ServerError::Serve)?;
        }
        let readiness = services.readiness.clone();
        tasks.run("looking whether the server is ready", move || {
            readiness.clone().watch()
        });
        let backend = self.backend.clone();
        tasks.run("keeping room for changes of keys", move || {
            upkeep::keep_room(backend.clone())
        });
        let static_source = self.static_source;
        tasks.run("following static keys", move || {
            static_source.clone().follow()
        });
        let (logs, removal) = (Arc::clone(&services.logs), key_service.removal_clock());
        tasks.run("forgetting idempotency keys", move || {
            upkeep::keep_up(Arc::clone(&logs), removal.clone())
        });
        let pruner = Pruner {
            logs: self.backend.log_keeper(),
            retention: key_service.retention(),
            cache: key_service.cache(),
            clock: self.clock,
            removal: key_service.removal_clock(),
        };
        tasks.run("removing logs whose term has ended", move || {
            pruner.clone().run()
        });
        Ok(())
    }
}
