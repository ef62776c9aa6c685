//! What the server counts and measures, for Prometheus.

use crate::server::ServerError;
use actix_web::{App, HttpResponse, HttpServer, dev::Server, error::ErrorInternalServerError, web};
use central_logger_auth::KeyCache;
use central_logger_key_store::Clock;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, text::encode},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};
use std::{
    fmt,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Serves `/metrics` at an address of its own.
pub(crate) fn serve(bind: SocketAddr, keys: KeyMetrics) -> Result<Server, ServerError> {
    let mut registry = Registry::with_prefix("central_logger");
    registry.register_collector(Box::new(keys));
    let registry = web::Data::new(registry);
    let failed = |error| ServerError::MetricsBind(bind, error);
    let listener = TcpListener::bind(bind).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let server = HttpServer::new(move || {
        App::new()
            .app_data(registry.clone())
            .route("/metrics", web::get().to(metrics))
    });
    let server = server.workers(1).disable_signals().listen(listener);
    tracing::info!(%address, "serving metrics");
    Ok(server.map_err(failed)?.run())
}

async fn metrics(registry: web::Data<Registry>) -> actix_web::Result<HttpResponse> {
    let mut text = String::new();
    encode(&mut text, &registry).map_err(ErrorInternalServerError)?;
    Ok(HttpResponse::Ok().content_type(MEDIA_TYPE).body(text))
}

/// How the cache of verified keys stands.
#[derive(Debug)]
pub(crate) struct KeyMetrics {
    pub(crate) cache: Arc<KeyCache>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Collector for KeyMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let status = self.cache.status(self.clock.elapsed());
        let counters = [
            (
                "key_cache_hits",
                "Keys verified from memory",
                status.hits as f64,
            ),
            (
                "key_cache_misses",
                "Keys that the store was asked for",
                status.misses as f64,
            ),
            (
                "key_cache_evictions",
                "Keys forgotten because they changed",
                status.evicted as f64,
            ),
            (
                "key_changes",
                "Times that changes of keys were applied",
                status.changes as f64,
            ),
            (
                "key_change_delay_seconds",
                "Time from the commit of changes until the lease showed them, in sum",
                status.delay_sum.as_secs_f64(),
            ),
        ];
        for (name, help, value) in counters {
            let counter = ConstCounter::new(value);
            counter.encode(to.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        let lag = status.lag.map_or(f64::INFINITY, |lag| lag.as_secs_f64());
        let gauges = [
            (
                "key_cache_known",
                "Good keys in memory",
                status.known as f64,
            ),
            (
                "key_cache_unknown",
                "Unknown keys in memory",
                status.unknown as f64,
            ),
            (
                "key_cache_ids",
                "Ids in memory, with what the store holds under them",
                status.ids as f64,
            ),
            (
                "key_change_last_delay_seconds",
                "Time from the commit of the last change until the lease showed it",
                status.delay_last.as_secs_f64(),
            ),
            (
                "key_feed_lag_seconds",
                "Time since the keys in memory were known to be as new as the store",
                lag,
            ),
            (
                "key_lease_left_seconds",
                "How much longer keys may be verified from memory",
                status.lease_left.as_secs_f64(),
            ),
        ];
        for (name, help, value) in gauges {
            let gauge = ConstGauge::new(value);
            gauge.encode(to.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
