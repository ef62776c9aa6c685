//! The connections to PostgreSQL.

use super::figures::Figures;
use central_logger_backend::Backend;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::fmt;

/// Tells nothing where there is no server to connect to.
#[derive(Debug)]
pub(super) struct PoolMetrics(pub(super) Backend);

impl Collector for PoolMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(pool) = self.0.pool_status() else {
            return Ok(());
        };
        let states = [("in_use", pool.in_use), ("idle", pool.idle)];
        to.gauges(
            "store_pool_connections",
            "Connections to the database",
            states.map(|(state, count)| ([("state", state)], count as f64)),
        )?;
        to.gauge(
            "store_pool_max_connections",
            "How many connections to the database there may be",
            pool.most as f64,
        )?;
        to.gauge(
            "store_pool_waiting",
            "How many wait for a connection to the database",
            pool.waiting as f64,
        )?;
        let Some(months) = self.0.months() else {
            return Ok(());
        };
        to.gauge(
            "store_months_ready",
            "For how many months, from the present one on, there is a partition",
            months.ready as f64,
        )
    }
}
