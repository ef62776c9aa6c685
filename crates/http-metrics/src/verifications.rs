//! What came of the keys that were presented.

use crate::{metric_writer::MetricWriter, per_thread::PerThread};
use central_logger_auth::{AuthEvent, EventSink};
use prometheus_client::{collector::Collector, encoding::DescriptorEncoder};
use std::{collections::BTreeMap, fmt};

/// How many attempts to authenticate there were, by the reason of their refusal.
#[derive(Debug, Default)]
pub struct VerificationCounts(PerThread<Outcomes>);

type Outcomes = BTreeMap<&'static str, u64>;

const ACCEPTED: &str = "accepted";

impl EventSink for VerificationCounts {
    fn record(&self, event: &AuthEvent<'_>) {
        let refusal = event.outcome.err();
        let outcome = refusal.map_or(ACCEPTED, |refusal| refusal.reason().as_str());
        *self.0.mine().entry(outcome).or_default() += 1;
    }
}

impl Collector for VerificationCounts {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut outcomes = Outcomes::new();
        self.0.each(|part| {
            for (outcome, count) in part {
                *outcomes.entry(outcome).or_default() += count;
            }
        });
        to.counters(
            "key_verifications",
            "Verifications of API keys, by outcome",
            (outcomes.iter()).map(|(outcome, count)| ([("outcome", *outcome)], *count as f64)),
        )
    }
}
