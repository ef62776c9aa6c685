//! What is remembered for the limits.

use crate::metric_writer::MetricWriter;
use central_logger_auth::Authenticator;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::{fmt, sync::Arc};

#[derive(Debug)]
pub(crate) struct LimitMetrics(pub(crate) Arc<Authenticator>);

impl Collector for LimitMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let status = self.0.limits_status();
        let kinds = [
            ("key", status.keys),
            ("client", status.clients),
            ("address", status.addresses),
        ];
        to.counter(
            "limits_exchanges",
            "Questions to the database about a limit that servers share",
            status.exchanges as f64,
        )?;
        to.gauges(
            "tracked_limits",
            "Keys, clients and addresses whose limits are tracked",
            kinds.map(|(kind, count)| ([("kind", kind)], count as f64)),
        )
    }
}
