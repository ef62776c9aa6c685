use std::sync::{Mutex, PoisonError};
use time::OffsetDateTime;

/// Cuts a flood of equal lines in a log: of each second, the first hundred are written.
///
/// # Examples
///
/// ```
/// use central_logger_auth::Flood;
/// use central_logger_times::{Clock, SystemClock};
///
/// let flood = Flood::new();
/// let (may_write, left_out) = flood.take(SystemClock.now());
/// assert_eq!((may_write, left_out), (true, 0));
/// ```
#[derive(Debug, Default)]
pub struct Flood(Mutex<Second>);

#[derive(Debug, Default)]
struct Second {
    second: i64,
    written: u32,
    left_out: u64,
}

/// How many lines of one second are written.
const MOST_IN_A_SECOND: u32 = 100;

impl Flood {
    /// Nothing is written yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to write a line at this time, and how many were left out before it.
    pub fn take(&self, at: OffsetDateTime) -> (bool, u64) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(at)
    }
}

impl Second {
    fn take(&mut self, at: OffsetDateTime) -> (bool, u64) {
        let mut left_out_before = 0;
        // The clock may be set back, too.
        if at.unix_timestamp() != self.second {
            left_out_before = std::mem::take(&mut self.left_out);
            (self.second, self.written) = (at.unix_timestamp(), 0);
        }
        let may_write = self.written < MOST_IN_A_SECOND;
        match may_write {
            true => self.written += 1,
            false => self.left_out += 1,
        }
        (may_write, left_out_before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};

    #[test]
    fn a_flood_is_cut_and_told() {
        let flood = Flood::new();
        let now = datetime!(2026-03-01 12:00 UTC);
        for _ in 0..MOST_IN_A_SECOND {
            assert_eq!(flood.take(now), (true, 0));
        }
        for _ in 0..7 {
            assert_eq!(flood.take(now + Duration::milliseconds(999)), (false, 0));
        }
        assert_eq!(flood.take(now + Duration::SECOND), (true, 7));
        assert_eq!(flood.take(now + Duration::SECOND), (true, 0));
        assert_eq!(flood.take(now), (true, 0));
    }
}
