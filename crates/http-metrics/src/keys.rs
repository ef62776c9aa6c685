//! How the cache of verified keys stands.

use crate::metric_writer::MetricWriter;
use central_logger_auth::KeyCache;
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
        for (name, help, value) in [
            (
                "key_cache_hits",
                "Keys verified from memory",
                status.hits as f64,
            ),
            (
                "key_cache_misses",
                "Keys that the store was asked for",
                status.misses as f64,
            ),
            (
                "key_cache_evictions",
                "Keys evicted because they changed",
                status.evicted as f64,
            ),
            (
                "key_changes",
                "Changes of keys that were applied",
                status.changes as f64,
            ),
            (
                "key_change_delay_seconds",
                "Total time from the commit of changes until the lease showed them",
                status.delay_sum.as_secs_f64(),
            ),
        ] {
            to.counter(name, help, value)?;
        }
        let lag = status.lag.map_or(f64::INFINITY, |lag| lag.as_secs_f64());
        for (name, help, value) in [
            (
                "key_cache_known",
                "Verified keys in the cache",
                status.known as f64,
            ),
            (
                "key_cache_unknown",
                "Keys in the cache that the store does not know",
                status.unknown as f64,
            ),
            (
                "key_cache_ids",
                "Key ids in the cache, with what the store holds under them",
                status.ids as f64,
            ),
            (
                "key_change_last_delay_seconds",
                "Time from the commit of the last change until the lease showed it",
                status.delay_last.as_secs_f64(),
            ),
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
