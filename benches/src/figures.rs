use std::time::Duration;

/// Durations that were measured.
#[derive(Debug, Default)]
pub struct Figures(Vec<Duration>);

impl Figures {
    /// Takes one more.
    pub fn push(&mut self, measured: Duration) {
        self.0.push(measured);
        self.0.sort_unstable();
    }

    /// The value that so many percent do not exceed, in milliseconds; 0 without any.
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1) - 1;
        let value = self.0.get(rank).copied().unwrap_or_default();
        value.as_secs_f64() * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        let mut figures = Figures::default();
        assert_eq!(figures.percentile(99), 0.0);
        for ms in (1..=200).rev() {
            figures.push(Duration::from_millis(ms));
        }
        assert_eq!(figures.percentile(50), 100.0);
        assert_eq!(figures.percentile(99), 198.0);
        assert_eq!(figures.percentile(100), 200.0);
    }
}
