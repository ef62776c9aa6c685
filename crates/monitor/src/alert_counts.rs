use central_logger_key_activity::{AlertKind, DeliveryState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of what a [`Watch`](crate::Watch) has found and a
/// [`AlertDispatcher`](crate::AlertDispatcher) has delivered, since the program was started.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{AlertKind, DeliveryState};
/// use central_logger_monitor::AlertCounts;
///
/// let counts = AlertCounts::default();
/// assert_eq!(counts.raised(AlertKind::Spike), 0);
/// assert_eq!(counts.attempts(DeliveryState::Delivered), 0);
/// assert_eq!(counts.failed_looks(), 0);
/// ```
#[derive(Debug, Default)]
pub struct AlertCounts {
    raised: [AtomicU64; AlertKind::ALL.len()],
    failed_looks: AtomicU64,
    attempts: [AtomicU64; DeliveryState::ALL.len()],
}

impl AlertCounts {
    /// Returns how many alerts of a kind were raised by this program.
    pub fn raised(&self, kind: AlertKind) -> u64 {
        of(&self.raised, &AlertKind::ALL, kind).map_or(0, read)
    }

    /// Returns how many searches for suspicious use failed.
    pub fn failed_looks(&self) -> u64 {
        read(&self.failed_looks)
    }

    /// Returns how many attempts to deliver an alert left it in this state: after those that failed it is
    /// `Pending`, or `GivenUp`.
    pub fn attempts(&self, left_in: DeliveryState) -> u64 {
        of(&self.attempts, &DeliveryState::ALL, left_in).map_or(0, read)
    }

    pub(crate) fn count_raised(&self, kind: AlertKind) {
        of(&self.raised, &AlertKind::ALL, kind).map(increment);
    }

    pub(crate) fn count_failed_look(&self) {
        increment(&self.failed_looks);
    }

    pub(crate) fn count_attempt(&self, left_in: DeliveryState) {
        of(&self.attempts, &DeliveryState::ALL, left_in).map(increment);
    }
}

fn of<'c, K: PartialEq>(counts: &'c [AtomicU64], all: &[K], which: K) -> Option<&'c AtomicU64> {
    let position = all.iter().position(|one| *one == which)?;
    counts.get(position)
}

fn read(count: &AtomicU64) -> u64 {
    count.load(Ordering::Relaxed)
}

fn increment(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}
