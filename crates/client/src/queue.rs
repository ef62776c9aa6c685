//! The queue between the callers and the sender, in memory or in a spool.

use crate::{
    batch::{Batch, BatchLimits},
    draft::Draft,
};
use std::{
    fmt::Debug,
    io,
    time::{Duration, Instant},
};

/// Why an entry was not queued.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotQueued {
    #[error("the queue is full, because the server has not taken entries for long")]
    Full,
    #[error("the spool cannot be written: {0}")]
    Disk(io::Error),
}

/// What waits for its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Waiting {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
    /// Since when the oldest entry waits, at most.
    pub(crate) since: Option<Instant>,
    /// Whether something need not wait for more: it was taken over from another process.
    pub(crate) is_due: bool,
}

impl Waiting {
    /// When a batch is to be sent, at the latest; nothing when nothing waits.
    pub(crate) fn due(
        &self,
        limits: BatchLimits,
        linger: Duration,
        now: Instant,
    ) -> Option<Instant> {
        let is_full = self.entries >= limits.entries as u64 || self.bytes >= limits.bytes as u64;
        match (self.is_due, self.entries, self.since) {
            (true, ..) => Some(now),
            (false, 0, _) => None,
            (false, _, Some(since)) if !is_full => Some(since + linger),
            (false, ..) => Some(now),
        }
    }
}

/// How much a queue had taken in at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Entries of this process.
    pub(crate) own: u64,
    /// Segments of other processes.
    pub(crate) taken: u64,
}

/// A queue with one sender and any number of callers.
pub(crate) trait Queue: Debug + Send + Sync {
    /// Finishes a draft and appends it. Returns whether the sender has to look at the queue.
    fn append(&self, draft: &mut Draft) -> Result<bool, NotQueued>;

    fn waiting(&self) -> Waiting;

    /// The oldest entries. They stay in the queue until they are settled.
    fn take(&self) -> Batch;

    /// Removes what was taken.
    fn settle(&self);

    /// What has been queued so far.
    fn queued(&self) -> Moment;

    /// Whether all that was queued at a moment is settled.
    fn has_settled(&self, moment: Moment) -> bool;

    /// Looks after a spool: shows others that this process lives, and takes over what is free.
    fn tend(&self) {}

    /// Ends the queue. What is left of a spool stays there.
    fn close(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: BatchLimits = BatchLimits {
        entries: 10,
        bytes: 1000,
    };
    const LINGER: Duration = Duration::from_secs(1);

    #[test]
    fn a_batch_is_due_when_it_is_full_or_old() {
        let now = Instant::now();
        let due = |entries, bytes, is_due| {
            let waiting = Waiting {
                entries,
                bytes,
                since: Some(now),
                is_due,
            };
            waiting.due(LIMITS, LINGER, now)
        };
        assert_eq!(due(1, 10, false), Some(now + LINGER));
        assert_eq!(due(10, 10, false), Some(now));
        assert_eq!(due(1, 1000, false), Some(now));
        assert_eq!(due(1, 10, true), Some(now));
        assert_eq!(due(0, 10, false), None);
    }
}
