//! How many slow hashes reports may cost.

use central_logger_times::Clock;
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// As many in a minute as one address may present keys that are not good.
const MOST: usize = 300;
const PERIOD: Duration = Duration::from_secs(60);

/// Counts keys without an id in them, each of which costs one slow hash to judge.
#[derive(Debug, Default)]
pub(crate) struct OpaqueBound(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    began: Duration,
    counted: usize,
}

impl OpaqueBound {
    /// Counts so many, or else returns the seconds after which they may come again.
    pub(crate) fn count(&self, number: usize, clock: &dyn Clock) -> Result<(), i64> {
        let now = clock.elapsed();
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(window.began) >= PERIOD {
            *window = Window {
                began: now,
                counted: 0,
            };
        }
        match window.counted + number {
            counted if counted <= MOST => {
                window.counted = counted;
                Ok(())
            }
            _ => {
                let left = (window.began + PERIOD).saturating_sub(now);
                Err(i64::try_from(left.as_secs()).unwrap_or_default() + 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_times::ManualClock;
    use time::macros::datetime;

    #[test]
    fn so_many_are_judged_in_a_minute() {
        let clock = ManualClock::new(datetime!(2026-03-01 12:00 UTC));
        let bound = OpaqueBound::default();
        clock.advance(time::Duration::MINUTE);
        assert_eq!(bound.count(MOST - 1, &clock), Ok(()));
        assert!(
            bound
                .count(2, &clock)
                .is_err_and(|wait| (1..=61).contains(&wait))
        );
        assert_eq!(bound.count(1, &clock), Ok(()));
        clock.advance(time::Duration::MINUTE);
        assert_eq!(bound.count(MOST, &clock), Ok(()));
    }
}
