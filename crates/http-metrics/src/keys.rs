//! How the cache of verified keys stands.

use crate::{histogram::Histogram, metric_writer::MetricWriter};
use central_logger_auth::{ChangeDelays, KeyCache};
use central_logger_times::Clock;
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::{fmt, sync::Arc};

#[derive(Debug)]
pub(crate) struct KeyMetrics {
    pub(crate) cache: Arc<KeyCache>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Collector for KeyMetrics {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let status = self.cache.status(self.clock.elapsed());
        to.counters(
            "key_cache_lookups",
            "Lookups of keys: found in memory, or read from the store while a lease was held",
            [("hit", status.hits), ("miss", status.misses)]
                .map(|(result, count)| ([("result", result)], count as f64)),
        )?;
        to.counter(
            "key_cache_evictions",
            "Keys evicted because they changed",
            status.evicted as f64,
        )?;
        let entries = [
            ("verified_key", status.known),
            ("unknown_key", status.unknown),
            ("record", status.ids),
        ];
        to.gauges(
            "key_cache_entries",
            "Entries of the cache of keys",
            entries.map(|(kind, count)| ([("kind", kind)], count as f64)),
        )?;
        let delays = &status.delays;
        to.histogram(
            "key_change_delay_seconds",
            "Time from the commit of a change of keys until the lease showed it",
            &Histogram::of(
                &ChangeDelays::SECONDS,
                &delays.counts,
                delays.sum.as_secs_f64(),
            ),
        )?;
        let lag = status.lag.map_or(f64::INFINITY, |lag| lag.as_secs_f64());
        for (name, help, value) in [
            (
                "key_feed_lag_seconds",
                "Time since the cache was last known to be as new as the store",
                lag,
            ),
            (
                "key_store_sequence",
                "The number of the last entry of the audit trail",
                status.sequence as f64,
            ),
            (
                "key_store_set_back",
                "1 when the store was set back, as to a backup, and nobody has acknowledged that",
                f64::from(u8::from(status.is_set_back)),
            ),
            (
                "key_lease_left_seconds",
                "Remaining time that keys may be verified from the cache",
                status.lease_left.as_secs_f64(),
            ),
        ] {
            to.gauge(name, help, value)?;
        }
        Ok(())
    }
}
