//! What the server counts and measures, for Prometheus. No label has a value that a client chooses.

mod alerts;
mod database;
mod exposition;
mod histogram;
mod ingest;
mod keys;
mod limits;
mod metric_writer;
mod per_thread;
mod requests;
mod tails;
mod usage;
mod verifications;

pub(crate) use exposition::ExpositionFormat;
pub(crate) use requests::RequestCounts;

use crate::open_tails::OpenTails;
use alerts::AlertMetrics;
use central_logger_auth::{Authenticator, KeyCache};
use central_logger_database::Database;
use central_logger_log_store::Ingestor;
use central_logger_monitor::{AlertCounts, UsageCounter};
use central_logger_times::Clock;
use database::DatabaseMetrics;
use ingest::{CommitCounts, IngestMetrics};
use keys::KeyMetrics;
use limits::LimitMetrics;
use prometheus_client::{collector::Collector, metrics::info::Info, registry::Registry};
use std::sync::Arc;
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

/// What is looked at when metrics are asked for.
pub(crate) struct Sources {
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) cache: Arc<KeyCache>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ingestor: Ingestor,
    pub(crate) tails: OpenTails,
    pub(crate) usage: Arc<UsageCounter>,
    pub(crate) alerts: Arc<AlertCounts>,
    pub(crate) database: Arc<dyn Database>,
}

/// All metrics there are.
pub(crate) fn registry(counts: Counts, sources: Sources) -> Registry {
    let collectors: [Box<dyn Collector>; 9] = [
        Box::new(counts.requests),
        Box::new(counts.verifications),
        Box::new(KeyMetrics {
            cache: sources.cache,
            clock: sources.clock,
        }),
        Box::new(LimitMetrics(sources.authenticator)),
        Box::new(IngestMetrics {
            ingestor: sources.ingestor,
            commits: counts.commits,
        }),
        Box::new(DatabaseMetrics(sources.database)),
        Box::new(TailMetrics(sources.tails)),
        Box::new(UsageMetrics(sources.usage)),
        Box::new(AlertMetrics(sources.alerts)),
    ];
    let mut registry = Registry::with_prefix("central_logger");
    let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The version of the running program", version);
    for collector in collectors {
        registry.register_collector(collector);
    }
    registry
}
