//! How values are distributed.

use std::iter;

/// Counts values by the least of its bounds that they do not exceed. In contrast to that of
/// prometheus-client it can be added to another, and has no lock of its own.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    bounds: &'static [f64],
    /// One more than there are bounds: what is beyond the last.
    counts: Vec<u64>,
    sum: f64,
}

impl Histogram {
    /// The bounds ascend.
    pub(crate) fn new(bounds: &'static [f64]) -> Self {
        Self {
            bounds,
            counts: vec![0; bounds.len() + 1],
            sum: 0.0,
        }
    }

    /// One that has been counted elsewhere: the last of `counts` is what is beyond the last bound.
    pub(crate) fn of(bounds: &'static [f64], counts: &[u64], sum: f64) -> Self {
        let counts = counts.to_vec();
        Self {
            bounds,
            counts,
            sum,
        }
    }

    pub(crate) fn observe(&mut self, value: f64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket] += 1;
        self.sum += value;
    }

    /// Adds one with the same bounds.
    pub(crate) fn add(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.sum += other.sum;
    }

    /// Each bound, and how many values there are up to it and above the one before.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (f64, u64)> {
        let bounds = self.bounds.iter().copied();
        let bounds = bounds.chain(iter::once(f64::INFINITY));
        bounds.zip(self.counts.iter().copied())
    }

    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(crate) fn sum(&self) -> f64 {
        self.sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_under_the_first_bound_that_they_do_not_exceed() {
        let mut histogram = Histogram::new(&[1.0, 2.0]);
        for value in [0.0, 1.0, 1.5, 7.0] {
            histogram.observe(value);
        }
        let mut both = histogram.clone();
        both.add(&histogram);
        let buckets: Vec<_> = both.buckets().collect();
        assert_eq!(buckets, [(1.0, 4), (2.0, 2), (f64::INFINITY, 2)]);
        assert_eq!((both.count(), both.sum()), (8, 19.0));
    }
}
