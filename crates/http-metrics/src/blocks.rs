//! Logs in blocks, of all servers together.

use crate::metric_writer::MetricWriter;
use central_logger_block_store::LastTotals;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::fmt;

#[derive(Debug)]
pub(crate) struct BlockMetrics(pub(crate) LastTotals);

impl Collector for BlockMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let totals = self.0.get();
        for (name, help, value) in [
            ("log_blocks", "Blocks of logs", totals.blocks),
            ("log_block_entries", "Entries in blocks", totals.entries),
            (
                "log_fresh_blocks",
                "Blocks that are not sealed yet",
                totals.fresh_blocks,
            ),
            (
                "log_fresh_block_entries",
                "Entries in blocks that are not sealed yet",
                totals.fresh_entries,
            ),
            (
                "log_rows",
                "Entries in rows, counted up to a million",
                totals.rows,
            ),
            (
                "log_block_text_bytes",
                "Length of the texts of entries in blocks",
                totals.text_bytes,
            ),
            (
                "log_block_bytes",
                "Length of blocks and their filters",
                totals.bytes,
            ),
        ] {
            to.gauge(name, help, value as f64)?;
        }
        to.gauge(
            "log_oldest_unsealed_timestamp_seconds",
            "When the first entry was received that is in no sealed block; 0 when there is none",
            totals
                .oldest_unsealed
                .map_or(0.0, |time| time.unix_timestamp() as f64),
        )
    }
}
