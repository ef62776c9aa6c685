use std::{
    fmt::Write,
    sync::atomic::{AtomicU64, Ordering},
};

/// Counts of a client since it was built.
///
/// # Examples
///
/// ```
/// use central_logger_client::Client;
///
/// let client = Client::builder().build();
/// assert_eq!(client.stats().queued, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Entries that wait for their delivery, those taken over from other processes included.
    pub queued: u64,
    /// Entries that the server has stored.
    pub delivered: u64,
    /// Entries that the server has refused, and damaged lines of the spool.
    pub rejected: u64,
    /// Entries that were lost: too large, without room in the queue, or still queued in memory at the end.
    pub dropped: u64,
    /// Requests that failed and were made again.
    pub retries: u64,
    /// Bytes of entries in the spool.
    pub spooled_bytes: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) queued: Gauge,
    pub(crate) delivered: Gauge,
    pub(crate) rejected: Gauge,
    pub(crate) dropped: Gauge,
    pub(crate) retries: Gauge,
    pub(crate) spooled_bytes: Gauge,
}

impl Counters {
    pub(crate) fn stats(&self) -> Stats {
        Stats {
            queued: self.queued.get(),
            delivered: self.delivered.get(),
            rejected: self.rejected.get(),
            dropped: self.dropped.get(),
            retries: self.retries.get(),
            spooled_bytes: self.spooled_bytes.get(),
        }
    }

    /// What a report says of the entries that are not delivered.
    pub(crate) fn told(&self) -> String {
        let stats = self.stats();
        let mut told = format!("entries that wait: {}", stats.queued);
        for (name, count) in [("lost", stats.dropped), ("refused", stats.rejected)] {
            if count > 0 {
                // Writing to a text does not fail.
                let _ = write!(told, ", {name}: {count}");
            }
        }
        told
    }
}

#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

impl Gauge {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::AcqRel);
    }

    pub(crate) fn subtract(&self, less: u64) {
        let subtract = |value: u64| Some(value.saturating_sub(less));
        let _ = self
            .0
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, subtract);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_tell_what_is_lost() {
        let counters = Counters::default();
        assert_eq!(counters.told(), "entries that wait: 0");
        counters.queued.add(3);
        counters.dropped.add(2);
        assert_eq!(counters.told(), "entries that wait: 3, lost: 2");
        counters.rejected.add(1);
        assert_eq!(counters.told(), "entries that wait: 3, lost: 2, refused: 1");
    }
}
