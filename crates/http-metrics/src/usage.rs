//! How the counts of what is done with keys are stored.

use crate::metric_writer::MetricWriter;
use central_logger_monitor::UsageCounter;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::{fmt, sync::Arc};

#[derive(Debug)]
pub(crate) struct UsageMetrics(pub(crate) Arc<UsageCounter>);

impl Collector for UsageMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        to.counter(
            "usage_flush_failures",
            "Failed attempts to store usage counts",
            self.0.failures() as f64,
        )
    }
}
