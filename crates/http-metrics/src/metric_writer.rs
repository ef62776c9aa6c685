//! How a collector writes its metrics at a scrape.

use crate::histogram::Histogram;
use prometheus_client::{
    encoding::{DescriptorEncoder, EncodeLabelSet, NoLabelSet},
    metrics::MetricType,
};
use std::fmt;

const NO_LABELS: [(&str, &str); 0] = [];

/// Writes metrics by name, without the prefix and without the suffix of their type.
pub(crate) trait MetricWriter {
    fn counter(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.counters(name, help, [(NO_LABELS, value)])
    }

    /// A counter for each set of labels.
    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, f64)>,
    ) -> fmt::Result;

    fn gauge(&mut self, name: &str, help: &str, value: f64) -> fmt::Result {
        self.gauges(name, help, [(NO_LABELS, value)])
    }

    /// A gauge for each set of labels.
    fn gauges<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, f64)>,
    ) -> fmt::Result;

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) -> fmt::Result {
        self.histograms(name, help, [(NO_LABELS, histogram)])
    }

    /// A histogram for each set of labels.
    fn histograms<'h, L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        histograms: impl IntoIterator<Item = (L, &'h Histogram)>,
    ) -> fmt::Result;
}

impl MetricWriter for DescriptorEncoder<'_> {
    fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, f64)>,
    ) -> fmt::Result {
        let mut family = self.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in values {
            let mut counter = family.encode_family(&labels)?;
            counter.encode_counter::<NoLabelSet, f64, f64>(&value, None)?;
        }
        Ok(())
    }

    fn gauges<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (L, f64)>,
    ) -> fmt::Result {
        let mut family = self.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in values {
            family.encode_family(&labels)?.encode_gauge(&value)?;
        }
        Ok(())
    }

    fn histograms<'h, L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        histograms: impl IntoIterator<Item = (L, &'h Histogram)>,
    ) -> fmt::Result {
        let mut family = self.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, histogram) in histograms {
            let buckets: Vec<_> = histogram.buckets().collect();
            let (sum, count) = (histogram.sum(), histogram.count());
            let mut encoder = family.encode_family(&labels)?;
            encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)?;
        }
        Ok(())
    }
}
