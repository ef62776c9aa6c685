//! What the server counts and measures, for Prometheus. No label has a value that a client chooses.

mod alerts;
mod exposition;
mod figures;
mod histogram;
mod ingest;
mod keys;
mod limits;
mod per_thread;
mod pool;
mod requests;
mod tails;
mod usage;
mod verifications;

pub(crate) use requests::{OTHER, RequestCounts, Route, method};

use crate::{
    middleware::{as_problem, with_request_id, without_body_to_head},
    problem::Problem,
    routes::Services,
};
use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::Server,
    guard::{Any, Get, Head},
    http::header::{self, VARY},
    middleware::{DefaultHeaders, from_fn},
    web,
};
use alerts::AlertMetrics;
use central_logger_backend::{Backend, Tasks};
use central_logger_monitor::AlertCounts;
use exposition::ExpositionFormat;
use ingest::{CommitCounts, IngestMetrics};
use keys::KeyMetrics;
use limits::LimitMetrics;
use pool::PoolMetrics;
use prometheus_client::{
    collector::Collector, encoding::text::encode, metrics::info::Info, registry::Registry,
};
use std::{io, net::TcpListener, sync::Arc};
use tails::TailMetrics;
use usage::UsageMetrics;
use verifications::VerificationCounts;

/// What is counted as it happens, if metrics are served.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) requests: Arc<RequestCounts>,
    pub(crate) verifications: Arc<VerificationCounts>,
    pub(crate) commits: Arc<CommitCounts>,
}

/// All that is told at a scrape.
pub(crate) fn collectors(
    counts: Counts,
    services: &Services,
    alerts: Arc<AlertCounts>,
    backend: &Backend,
) -> Vec<Box<dyn Collector>> {
    vec![
        Box::new(counts.requests),
        Box::new(counts.verifications),
        Box::new(KeyMetrics {
            cache: Arc::clone(&services.cache),
            clock: Arc::clone(&services.clock),
        }),
        Box::new(LimitMetrics(Arc::clone(&services.authenticator))),
        Box::new(IngestMetrics {
            ingestor: services.ingestor.clone(),
            commits: counts.commits,
        }),
        Box::new(PoolMetrics(backend.clone())),
        Box::new(TailMetrics(services.tails.clone())),
        Box::new(UsageMetrics(Arc::clone(&services.usage))),
        Box::new(AlertMetrics(alerts)),
    ]
}

/// Serves `/metrics` at an address of its own, as one of the `tasks`.
pub(crate) fn serve(
    listener: TcpListener,
    collectors: Vec<Box<dyn Collector>>,
    tasks: &mut Tasks,
) -> io::Result<()> {
    let mut registry = Registry::with_prefix("central_logger");
    let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The program that is running", version);
    for collector in collectors {
        registry.register_collector(collector);
    }
    let registry = web::Data::new(registry);
    let address = listener.local_addr()?;
    tasks.run("serving metrics", move || {
        let server = server(listener.try_clone(), registry.clone());
        async {
            let served = async { server?.await };
            if let Err(error) = served.await {
                tracing::error!(%error, "metrics are not served any more");
            }
        }
    });
    tracing::info!(%address, "serving metrics");
    Ok(())
}

fn server(listener: io::Result<TcpListener>, registry: web::Data<Registry>) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(registry.clone())
            .route(
                "/metrics",
                web::route().guard(Any(Get()).or(Head())).to(metrics),
            )
            .wrap(from_fn(as_problem))
            .wrap(from_fn(without_body_to_head))
            .wrap(
                DefaultHeaders::new()
                    .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                    .add((header::CACHE_CONTROL, "no-store")),
            )
            .wrap(from_fn(with_request_id))
    });
    let server = server.workers(1).disable_signals().listen(listener?)?;
    Ok(server.run())
}

async fn metrics(
    request: HttpRequest,
    registry: web::Data<Registry>,
) -> Result<HttpResponse, Problem> {
    let mut text = String::new();
    let encoded = encode(&mut text, &registry);
    encoded.map_err(|error| Problem::failed(&error, "writing metrics"))?;
    let format = ExpositionFormat::accepted_by(&request);
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((VARY, "Accept"))
        .body(format.write(text)))
}
