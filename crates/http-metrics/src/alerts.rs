//! What was found suspicious, and how its delivery goes.

use crate::metric_writer::MetricWriter;
use central_logger_key_activity::{AlertKind, DeliveryState};
use central_logger_monitor::AlertCounts;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::{fmt, sync::Arc};

#[derive(Debug)]
pub(crate) struct AlertMetrics(pub(crate) Arc<AlertCounts>);

impl Collector for AlertMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let raised = AlertKind::ALL.map(|kind| {
            let labels = [
                ("kind", kind.as_str()),
                ("severity", kind.severity().as_str()),
            ];
            (labels, self.0.raised(kind) as f64)
        });
        to.counters("alerts_raised", "Alerts that this server raised", raised)?;
        to.counter(
            "usage_evaluation_failures",
            "Failed evaluations of the usage of keys",
            self.0.failed_looks() as f64,
        )?;
        let attempts = DeliveryState::ALL.map(|state| {
            let outcome = match state {
                DeliveryState::Pending => "failed",
                _ => state.as_str(),
            };
            ([("outcome", outcome)], self.0.attempts(state) as f64)
        });
        to.counters(
            "alert_deliveries",
            "Attempts to deliver an alert to the webhook",
            attempts,
        )
    }
}
