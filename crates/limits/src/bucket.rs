use crate::exchange::Stake;
use std::{
    hint::spin_loop,
    sync::atomic::{AtomicU64, Ordering},
};

/// A part of a rate, from which requests are taken without a lock: the generic cell rate algorithm, whose
/// state is one number, the time at which the bucket would have been empty.
///
/// It is closed for a moment while somebody changes its stake, of whom there is one at a time. Times are in
/// nanoseconds.
#[derive(Debug)]
pub(crate) struct Bucket {
    empty_at: AtomicU64,
    /// Flow in the upper half, room in the lower.
    stake: AtomicU64,
    period: u64,
}

/// What a bucket holds, in units of which a request has as many as a period has nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Contents {
    pub(crate) stake: Stake,
    pub(crate) level: u128,
}

const CLOSED: u64 = u64::MAX;

impl Bucket {
    pub(crate) fn new(period: u64) -> Self {
        Self {
            empty_at: AtomicU64::new(0),
            stake: AtomicU64::new(0),
            period: period.max(1),
        }
    }

    /// Takes a request, and returns how many are left.
    pub(crate) fn take(&self, now: u64) -> Option<u64> {
        loop {
            let empty_at = self.empty_at.load(Ordering::Acquire);
            if empty_at == CLOSED {
                spin_loop();
                continue;
            }
            // Of the same moment, if the exchange below succeeds.
            let (each, depth) = self.terms(self.stake())?;
            let next = empty_at.max(now.saturating_sub(depth)).saturating_add(each);
            let left = now.checked_sub(next)? / each;
            let (from, to) = (empty_at, next);
            let order = (Ordering::AcqRel, Ordering::Relaxed);
            let taken = self
                .empty_at
                .compare_exchange_weak(from, to, order.0, order.1);
            if taken.is_ok() {
                return Some(left);
            }
        }
    }

    pub(crate) fn stake(&self) -> Stake {
        let stake = self.stake.load(Ordering::Acquire);
        Stake {
            flow: (stake >> 32) as u32,
            room: stake as u32,
        }
    }

    /// Returns the time from one request to the next, and that of all that fit in.
    fn terms(&self, stake: Stake) -> Option<(u64, u64)> {
        if stake.is_empty() {
            return None;
        }
        let each = self.period.div_ceil(u64::from(stake.flow));
        Some((each, each.saturating_mul(u64::from(stake.room))))
    }

    /// Gives the bucket other contents, which follow from those that it has.
    pub(crate) fn change(&self, now: u64, change: impl FnOnce(Contents) -> Contents) -> Contents {
        let empty_at = self.empty_at.swap(CLOSED, Ordering::AcqRel);
        let stake = self.stake();
        let next = change(self.contents(stake, empty_at, now));
        let Contents { stake, level } = next;
        let packed = u64::from(stake.flow) << 32 | u64::from(stake.room);
        self.stake.store(packed, Ordering::Release);
        let since = level.checked_div(u128::from(stake.flow)).unwrap_or(0);
        let empty = now.saturating_sub(u64::try_from(since).unwrap_or(u64::MAX));
        // Never as it was, so that nobody who looked before takes it for the same.
        let empty = if empty == empty_at { empty + 1 } else { empty };
        self.empty_at.store(empty, Ordering::Release);
        next
    }

    fn contents(&self, stake: Stake, empty_at: u64, now: u64) -> Contents {
        let Some((_, depth)) = self.terms(stake) else {
            return Contents::default();
        };
        let since = now.saturating_sub(empty_at).min(depth);
        let most = u128::from(stake.room) * u128::from(self.period);
        Contents {
            stake,
            level: (u128::from(since) * u128::from(stake.flow)).min(most),
        }
    }

    pub(crate) fn period(&self) -> u128 {
        self.period.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn filled(flow: u32, room: u32) -> Bucket {
        let bucket = Bucket::new(SECOND);
        bucket.change(100 * SECOND, |_| Contents {
            stake: Stake { flow, room },
            level: u128::from(room) * u128::from(SECOND),
        });
        bucket
    }

    #[test]
    fn a_bucket_lets_its_room_through_and_then_its_flow() {
        let (bucket, now) = (filled(50, 3), 100 * SECOND);
        let taken: Vec<_> = (0..4).map(|_| bucket.take(now)).collect();
        assert_eq!(taken, [Some(2), Some(1), Some(0), None]);
        assert_eq!(bucket.take(now + SECOND / 50 - 1), None);
        assert_eq!(bucket.take(now + SECOND / 50), Some(0));
        // It is never more than full.
        let later = now + 3600 * SECOND;
        assert_eq!((0..5).filter_map(|_| bucket.take(later)).count(), 3);
    }

    #[test]
    fn a_change_keeps_the_level() {
        let (bucket, now) = (filled(50, 10), 100 * SECOND);
        for _ in 0..4 {
            bucket.take(now).unwrap();
        }
        for (flow, room) in [(7, 10), (100, 10), (3, 6)] {
            let contents = bucket.change(now, |held| Contents {
                stake: Stake { flow, room },
                ..held
            });
            let requests = contents.level as f64 / SECOND as f64;
            assert!((5.99..=6.0).contains(&requests), "{requests}");
        }
        // Rounded down.
        assert_eq!((0..9).filter_map(|_| bucket.take(now + 1000)).count(), 6);
        bucket.change(now, |_| Contents::default());
        assert_eq!(bucket.take(now + SECOND), None);
    }
}
