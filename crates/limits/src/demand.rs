use std::sync::atomic::{AtomicU64, Ordering};

/// How much is asked of a limit here, accepted or not.
#[derive(Debug)]
pub(crate) struct Demand {
    since: u64,
    per_second: f64,
}

const SECOND: u64 = 1_000_000_000;
/// A shorter time says little.
const LOOK: u64 = SECOND / 5;
/// Less is none.
const LEAST: f64 = 0.5;

impl Demand {
    pub(crate) fn new(now: u64) -> Self {
        Self {
            since: now,
            per_second: 0.0,
        }
    }

    /// Whether nothing was asked for some time.
    pub(crate) fn is_over(&self) -> bool {
        self.per_second == 0.0
    }

    /// Returns the units of a second: at once when they become more, and more slowly when they become
    /// fewer. Takes what was counted, if the time was long enough.
    pub(crate) fn observe(&mut self, counted: &AtomicU64, now: u64) -> f64 {
        let elapsed = now.saturating_sub(self.since).min(SECOND);
        if elapsed < LOOK {
            let so_far = 2.0 * counted.load(Ordering::Relaxed) as f64;
            return self.per_second.max(so_far);
        }
        let counted = counted.swap(0, Ordering::Relaxed) as f64;
        let seen = counted * SECOND as f64 / elapsed as f64;
        self.since = now;
        self.per_second = match seen >= self.per_second {
            true => seen,
            false => (3.0 * seen + self.per_second) / 4.0,
        };
        if self.per_second < LEAST {
            self.per_second = 0.0;
        }
        self.per_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demand_rises_at_once_and_falls_to_nothing() {
        let counted = AtomicU64::new(1);
        let mut demand = Demand::new(0);
        assert_eq!(demand.observe(&counted, 0), 2.0);
        counted.store(500, Ordering::Relaxed);
        assert_eq!(demand.observe(&counted, SECOND / 2), 1000.0);
        let falling: Vec<_> = (2..9)
            .map(|half| demand.observe(&counted, half * SECOND / 2))
            .collect();
        assert!(falling.is_sorted_by(|one, next| next <= one), "{falling:?}");
        assert_eq!(falling.last(), Some(&0.0));
    }
}
