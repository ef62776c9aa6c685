//! Opens what the settings name, puts the parts together and serves until told to stop.

use crate::{
    args::Args,
    metrics::{self, Counts},
    middleware::{as_problem, with_request_id},
    open_tails::OpenTails,
    quickstart::{self, QuickstartError},
    retention::Pruner,
    routes::Services,
    sockets, upkeep,
};
use actix_web::{App, HttpServer, middleware::from_fn};
use central_logger_auth::TrustedProxies;
use central_logger_backend::{
    Alerting, Backend, BackendError, LeaseLength, Listening, SettingError, Settings,
    StaticKeysError, StaticSource, TlsError, TlsFiles,
};
use central_logger_key_store::{Actor, Clock, HashPool, KeyStore, Keyring, SystemClock};
use central_logger_keys::RandomnessError;
use central_logger_log_store::Ingestor;
use std::{
    io::{self, Write},
    net::SocketAddr,
    sync::Arc,
};
use tokio::sync::watch;

/// How long requests under way may take when the server is told to stop, in seconds.
const DRAIN: u64 = 30;

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
    let settings = Settings::read(&args.shared)?;
    let listening = Listening::read(&settings.environment, &args.listen)?;
    let lease = LeaseLength::read(&settings.environment, args.lease.as_deref())?;
    let alerting = Alerting::read(&settings.environment, &args.alerts)?;
    let bind = listening.bind;
    if listening.tls.is_none() && !args.behind_tls_proxy && !bind.ip().is_loopback() {
        return Err(ServerError::PlainBeyondLoopback(bind));
    }
    let tls = listening.tls.as_ref().map(TlsFiles::load).transpose()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let static_source = StaticSource::open(&settings.environment, Arc::clone(&clock))?;
    let listener = sockets::listen(bind).map_err(|error| ServerError::Bind(bind, error))?;
    let address = listener.local_addr().map_err(ServerError::Serve)?;
    let backend = Backend::open(&settings.database_url).await?;
    for migration in backend.migrate().await? {
        tracing::info!(migration, "schema brought up to date");
    }
    if let Some(sql) = backend.missing_wall().await? {
        tracing::warn!(
            sql,
            "PostgreSQL itself does not hold clients apart: let whoever may run this SQL, and restart"
        );
    }

    let counts = listening.metrics_bind.map(|_| Counts::default());
    let (keys, static_keys) = (backend.keys(), static_source.keys());
    let hashes = HashPool::new(settings.hasher);
    let mut key_service = backend.key_service();
    if let Some(webhook) = alerting.webhook {
        tracing::info!(receiver = %webhook, "alerts are delivered");
        key_service = key_service.with_webhook(webhook);
    }
    let key_service = key_service
        .with_thresholds(alerting.thresholds)
        .with_lease(lease.duration())
        .with_clock(Arc::clone(&clock))
        .authenticator(|authenticator| {
            let authenticator = authenticator
                .with_fallback(static_keys.clone())
                .with_hashes(hashes.clone())
                .with_trusted_proxies(TrustedProxies::new(listening.trusted_proxies.clone()));
            match &counts {
                Some(counts) => authenticator.with_events(counts.verifications.clone()),
                None => authenticator,
            }
        })
        .start(&address.to_string())
        .await?;
    let cache = key_service.cache();
    let logs = backend.logs();
    let pruner = Pruner {
        logs: backend.log_keeper(),
        retention: key_service.retention(),
        cache: cache.clone(),
        clock: Arc::clone(&clock),
    };
    let (stop_began, stopping) = watch::channel(false);
    let services = Services {
        authenticator: key_service.authenticator(),
        keys: keys.clone(),
        usage: key_service.usage(),
        logs: Arc::clone(&logs),
        ingestor: match &counts {
            Some(counts) => Ingestor::recorded_by(counts.commits.clone(), Arc::clone(&logs)),
            None => Ingestor::new(Arc::clone(&logs)),
        },
        clock: Arc::clone(&clock),
        cache,
        retention: key_service.retention(),
        tails: OpenTails::default(),
        requests: counts.as_ref().map(|counts| counts.requests.clone()),
        stopping,
    };
    let collectors =
        counts.map(|counts| metrics::collectors(counts, &services, key_service.alerts(), &backend));

    let url = settings
        .public_url
        .unwrap_or_else(|| listening.url_at(address));
    if args.quickstart {
        let stores: [Arc<dyn KeyStore>; 2] = [keys.clone(), static_keys];
        let keyring = Keyring::new(keys.clone(), hashes, clock, Actor::new("quickstart"));
        let key = quickstart::issue_first_key(&stores, &keyring, &settings.key_prefix).await?;
        let welcome = quickstart::welcome(key.as_deref(), &url);
        writeln!(io::stdout(), "{welcome}").map_err(QuickstartError::Output)?;
    }

    let stop = stop_signal().map_err(ServerError::Signals)?;
    let server = HttpServer::new(move || {
        App::new()
            .configure(|app| services.configure(app))
            .wrap(from_fn(as_problem))
            .wrap(from_fn(with_request_id))
    })
    .shutdown_timeout(DRAIN)
    .shutdown_signal(async move {
        stop.await;
        stop_began.send_replace(true);
    });
    let server = match tls {
        Some(config) => server.listen_rustls_0_23(listener, config),
        None => server.listen(listener),
    };
    let server = server.map_err(ServerError::Serve)?.run();
    tracing::info!(%address, url, "listening");
    if let (Some(bind), Some(collectors)) = (listening.metrics_bind, collectors) {
        tokio::spawn(metrics::serve(bind, collectors)?);
    }

    tokio::spawn(static_source.follow());
    tokio::spawn(upkeep::keep_up(logs, Arc::new(SystemClock)));
    tokio::spawn(pruner.run());
    let served = server.await;
    key_service.stop().await;
    served.map_err(ServerError::Serve)?;
    tracing::info!("stopped");
    Ok(())
}

/// Ends when the process is told to stop.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: requests under way may finish");
    })
}

/// Ends when the process is told to stop.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be received");
            std::future::pending::<()>().await;
        }
        tracing::info!("stopping: requests under way may finish");
    })
}
