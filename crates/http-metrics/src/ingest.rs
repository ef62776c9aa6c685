//! The line of entries before the store, and the commits that shorten it.

use crate::{histogram::Histogram, metric_writer::MetricWriter};
use central_logger_log_store::LogStoreError;
use central_logger_tenant_logs::{
    Ingestor,
    ingest::{Commit, CommitSink},
};
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How commits went.
#[derive(Debug, Default)]
pub struct CommitCounts(Mutex<Commits>);

#[derive(Debug)]
struct Commits {
    stored: u64,
    unavailable: u64,
    failed: u64,
    /// In seconds.
    durations: Histogram,
    entries: Histogram,
}

/// The ingestor, and the commits that it has told of.
#[derive(Debug)]
pub(crate) struct IngestMetrics {
    pub(crate) ingestor: Ingestor,
    pub(crate) commits: Arc<CommitCounts>,
}

/// In seconds.
const DURATIONS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
const ENTRIES: &[f64] = &[1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0];

impl CommitCounts {
    fn lock(&self) -> MutexGuard<'_, Commits> {
        // Nothing panics between two steps of a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Commits {
    fn default() -> Self {
        Self {
            stored: 0,
            unavailable: 0,
            failed: 0,
            durations: Histogram::new(DURATIONS),
            entries: Histogram::new(ENTRIES),
        }
    }
}

impl CommitSink for CommitCounts {
    fn record(&self, commit: &Commit<'_>) {
        let mut commits = self.lock();
        match commit.error {
            None => commits.stored += 1,
            Some(LogStoreError::Unavailable(_)) => commits.unavailable += 1,
            Some(_) => commits.failed += 1,
        }
        commits.durations.observe(commit.took.as_secs_f64());
        commits.entries.observe(commit.entries as f64);
    }
}

impl Collector for IngestMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let queue = self.ingestor.queue();
        for (name, help, value) in [
            (
                "ingest_queue_entries",
                "Entries that wait to be stored or are being committed",
                queue.entries,
            ),
            (
                "ingest_queue_bytes",
                "Size of the entries that wait to be stored or are being committed",
                queue.bytes,
            ),
            (
                "ingest_queue_capacity_bytes",
                "Room for entries that wait to be stored",
                queue.capacity,
            ),
        ] {
            to.gauge(name, help, value as f64)?;
        }
        let refused = [("full", queue.refused), ("late", queue.expired)];
        to.counters(
            "ingest_refused",
            "Requests whose entries were not stored since too much was waiting",
            refused.map(|(reason, count)| ([("reason", reason)], count as f64)),
        )?;
        let commits = self.commits.lock();
        let outcomes = [
            ("stored", commits.stored),
            ("unavailable", commits.unavailable),
            ("failed", commits.failed),
        ];
        to.counters(
            "ingest_commits",
            "Transactions that store entries",
            outcomes.map(|(outcome, count)| ([("outcome", outcome)], count as f64)),
        )?;
        to.histogram(
            "ingest_commit_duration_seconds",
            "Time that a transaction took",
            &commits.durations,
        )?;
        to.histogram(
            "ingest_commit_entries",
            "Entries in a transaction",
            &commits.entries,
        )
    }
}
