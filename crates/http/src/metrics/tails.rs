//! The answers that do not end.

use super::metric_writer::MetricWriter;
use crate::open_tails::OpenTails;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::fmt;

#[derive(Debug)]
pub(super) struct TailMetrics(pub(super) OpenTails);

impl Collector for TailMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        to.gauge("tails_open", "Open tails", self.0.count() as f64)
    }
}
