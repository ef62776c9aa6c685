//! What the database tells of itself, whichever it is.

use crate::metric_writer::MetricWriter;
use central_logger_database::Database;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::{fmt, sync::Arc};

#[derive(Debug)]
pub(crate) struct DatabaseMetrics(pub(crate) Arc<dyn Database>);

impl Collector for DatabaseMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for gauge in self.0.gauges() {
            let samples = gauge.samples.iter().map(|sample| {
                let labels: Vec<_> = sample.label.into_iter().collect();
                (labels, sample.value as f64)
            });
            to.gauges(&format!("store_{}", gauge.name), gauge.help, samples)?;
        }
        Ok(())
    }
}
