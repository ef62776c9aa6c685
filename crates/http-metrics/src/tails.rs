//! The answers that do not end.

use crate::metric_writer::MetricWriter;
use central_logger_http_api::OpenTails;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::fmt;

#[derive(Debug)]
pub(crate) struct TailMetrics(pub(crate) OpenTails);

impl Collector for TailMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        to.gauge("open_tails", "Open tails", self.0.count() as f64)
    }
}
