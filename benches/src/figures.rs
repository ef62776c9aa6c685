use std::{fmt, time::Duration};

/// Durations that were measured.
#[derive(Debug, Default)]
pub struct Figures(Vec<Duration>);

impl Figures {
    /// Takes one more.
    pub fn push(&mut self, measured: Duration) {
        self.0.push(measured);
    }

    /// Takes all of the others.
    pub fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// The value that so many percent do not exceed, in milliseconds; 0 without any.
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        let value = sorted.get(rank).copied().unwrap_or_default();
        value.as_secs_f64() * 1000.0
    }
}

/// Numbers that were measured in turn, such as ratios.
#[derive(Debug, Default)]
pub struct Spread(Vec<f64>);

impl Spread {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Takes one more.
    pub fn push(&mut self, measured: f64) {
        self.0.push(measured);
        self.0.sort_unstable_by(f64::total_cmp);
    }

    /// The middle one; 0 without any.
    pub fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or_default()
    }
}

/// Median, least and most.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let [least, most] = [self.0.first(), self.0.last()];
        let [least, most] = [least, most].map(|end| end.copied().unwrap_or_default());
        let median = self.median();
        write!(f, "{median:.digits$} ({least:.digits$}–{most:.digits$})")
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

    #[test]
    fn a_spread_is_told_around_its_median() {
        let mut spread = Spread::default();
        for ratio in [0.97, 0.91, 1.02] {
            spread.push(ratio);
        }
        assert_eq!(format!("{spread:.2}"), "0.97 (0.91–1.02)");
    }
}
