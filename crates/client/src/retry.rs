//! When to try again.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(60);
/// What a server may ask for.
const SHORTEST_ASKED: Duration = Duration::from_millis(50);
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// The pause after failures in a row.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after another failure: what the server asks for, or a random one of a range that
    /// doubles each time. `random` is between 0 and 1.
    pub(crate) fn pause(&mut self, asked: Option<Duration>, random: f64) -> Duration {
        let longest = FIRST
            .saturating_mul(1 << self.failures.min(10))
            .min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        match asked {
            Some(asked) => asked.clamp(SHORTEST_ASKED, LONGEST_ASKED),
            None => longest.mul_f64(random.clamp(0.0, 1.0)),
        }
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// A random number between 0 and 1.
pub(crate) fn random() -> f64 {
    let number = u32::from_be_bytes(crate::stamp::random_bytes());
    f64::from(number) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_minute() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = (0..9)
            .map(|_| backoff.pause(None, 1.0).as_millis())
            .collect();
        assert_eq!(
            pauses,
            [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]
        );
        assert_eq!(backoff.pause(None, 0.5), Duration::from_secs(30));
        backoff.reset();
        assert_eq!(backoff.pause(None, 1.0), FIRST);
    }

    #[test]
    fn the_server_may_ask_for_a_pause() {
        let mut backoff = Backoff::default();
        let mut pause = |asked| backoff.pause(Some(Duration::from_secs(asked)), 0.1);
        assert_eq!(pause(7), Duration::from_secs(7));
        assert_eq!(pause(7200), LONGEST_ASKED);
        assert_eq!(pause(0), SHORTEST_ASKED);
    }
}
