//! The clocks of the system, which are read here only.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A time that is further ahead of the clock than this many microseconds is that of a clock that was wrong.
const MOST_AHEAD: u64 = 3600 * 1_000_000;

/// The time of the newest entry of this process.
static NEWEST: AtomicU64 = AtomicU64::new(0);

/// The microseconds since 1970.
pub(crate) fn unix_micros() -> u64 {
    let since_1970 = now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_micros()).unwrap_or(u64::MAX)
}

/// The time as the system shows it.
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// The time for a new entry: later than that of any other entry of this process, so that the order of
/// entries holds when the clock stands still or is set back by up to an hour.
pub(crate) fn rising_micros() -> u64 {
    let now = unix_micros();
    let later = |newest| Some(rising(newest, now));
    match NEWEST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, later) {
        Ok(newest) | Err(newest) => rising(newest, now),
    }
}

/// The server refuses times of the future, so they must not go on once the clock is right again.
fn rising(newest: u64, now: u64) -> u64 {
    let newest = Some(newest).filter(|newest| newest.saturating_sub(now) <= MOST_AHEAD);
    newest.map_or(now, |newest| now.max(newest + 1))
}

/// The time since some moment in the past, which goes on while the machine is suspended.
pub(crate) fn uptime() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = ClockId::Monotonic;
    let time = clock_gettime(clock);
    // It counts from the start of the machine, so neither part is negative.
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_rise_strictly() {
        let times: Vec<_> = (0..10_000).map(|_| rising_micros()).collect();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn times_begin_again_once_a_clock_that_was_ahead_is_right() {
        let now = 1_801_378_800_000_000;
        assert_eq!(rising(now + MOST_AHEAD, now), now + MOST_AHEAD + 1);
        assert_eq!(rising(now + MOST_AHEAD + 1, now), now);
    }
}
