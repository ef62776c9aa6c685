#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerts;
mod blocks;
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

pub use exposition::ExpositionFormat;
pub use ingest::CommitCounts;
pub use requests::RequestCounts;
pub use verifications::VerificationCounts;

use alerts::AlertMetrics;
use blocks::BlockMetrics;
use central_logger_auth::{Authenticator, KeyCache};
use central_logger_block_store::LastTotals;
use central_logger_database::Database;
use central_logger_http_api::OpenTails;
use central_logger_monitor::{AlertCounts, UsageCounter};
use central_logger_tenant_logs::Ingestor;
use central_logger_times::Clock;
use database::DatabaseMetrics;
use ingest::IngestMetrics;
use keys::KeyMetrics;
use limits::LimitMetrics;
use prometheus_client::{collector::Collector, metrics::info::Info, registry::Registry};
use std::sync::Arc;
use tails::TailMetrics;
use usage::UsageMetrics;

/// Counts that are kept as things happen.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Of answered requests.
    pub requests: Arc<RequestCounts>,
    /// Of verified keys.
    pub verifications: Arc<VerificationCounts>,
    /// Of transactions that store entries.
    pub commits: Arc<CommitCounts>,
}

/// The sources of metrics that are read at each scrape.
pub struct Sources {
    /// The limits.
    pub authenticator: Arc<Authenticator>,
    /// Verified keys, and the lease.
    pub cache: Arc<KeyCache>,
    /// The clock of the lease.
    pub clock: Arc<dyn Clock>,
    /// The queue of entries.
    pub ingestor: Ingestor,
    /// Open tails.
    pub tails: OpenTails,
    /// Blocks of logs.
    pub blocks: LastTotals,
    /// Usage counts that are not stored yet.
    pub usage: Arc<UsageCounter>,
    /// Raised alerts and their deliveries.
    pub alerts: Arc<AlertCounts>,
    /// The database.
    pub database: Arc<dyn Database>,
}

/// Returns a registry of all metrics.
pub fn registry(counts: Counts, sources: Sources) -> Registry {
    let collectors: [Box<dyn Collector>; 10] = [
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
        Box::new(BlockMetrics(sources.blocks)),
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
