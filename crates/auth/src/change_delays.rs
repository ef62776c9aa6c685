//! How long changes of keys took to be applied.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The times from the commit of changes until the lease showed them, counted as a histogram.
///
/// # Examples
///
/// ```
/// use central_logger_auth::KeyCache;
/// use central_logger_times::{Clock, SystemClock};
///
/// let delays = KeyCache::new(1000).status(SystemClock.elapsed()).delays;
/// assert_eq!(delays.count(), 0);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChangeDelays {
    /// How many were not longer than each of [`SECONDS`](Self::SECONDS), but longer than the one before it;
    /// last, those longer than all of these.
    pub counts: [u64; Self::SECONDS.len() + 1],
    /// The sum of all.
    pub sum: Duration,
}

#[derive(Debug, Default)]
pub(crate) struct CountedDelays {
    counts: [AtomicU64; ChangeDelays::SECONDS.len() + 1],
    /// In nanoseconds.
    sum: AtomicU64,
}

impl ChangeDelays {
    /// The upper bounds by which times are counted.
    pub const SECONDS: [f64; 11] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    ];

    /// Returns how many changes there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl CountedDelays {
    pub(crate) fn add(&self, delay: Duration) {
        let seconds = delay.as_secs_f64();
        let bucket = ChangeDelays::SECONDS.partition_point(|bound| *bound < seconds);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX);
        self.sum.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> ChangeDelays {
        ChangeDelays {
            counts: std::array::from_fn(|bucket| self.counts[bucket].load(Ordering::Relaxed)),
            sum: Duration::from_nanos(self.sum.load(Ordering::Relaxed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_under_the_first_bound_that_it_does_not_exceed() {
        let counted = CountedDelays::default();
        for milliseconds in [0, 1, 2, 3000] {
            counted.add(Duration::from_millis(milliseconds));
        }
        let delays = counted.read();
        assert_eq!(delays.counts[..2], [2, 1]);
        assert_eq!(delays.counts.last(), Some(&1));
        assert_eq!(delays.count(), 4);
        assert_eq!(delays.sum, Duration::from_millis(3003));
    }
}
