//! Use over time: of each key, in spans of equal length until now.

use ::time::Duration;
use central_logger_key_activity::Usage;
use central_logger_keys::KeyId;
use central_logger_operation_routes::problems::of_operation;
use central_logger_pages::{Failure, chart, count::grouped};
use central_logger_people::Person;
use central_logger_times::Timestamp;
use maud::Markup;
use std::collections::BTreeMap;

/// How often a key was used in each span: what was accepted, and what was refused.
type Spans = Vec<(u64, u64)>;

/// The use of each key in each span.
pub(crate) struct OverTime {
    of_keys: BTreeMap<Option<KeyId>, Spans>,
    /// How long a span is, for people.
    span: &'static str,
}

impl OverTime {
    /// Counts in so many spans of whole hours.
    ///
    /// What is kept are counts since a time: the count of a span is the difference of two.
    pub(crate) async fn of(
        person: &Person,
        spans: i32,
        length: Duration,
        span: &'static str,
    ) -> Result<Self, Failure> {
        let mut of_keys = BTreeMap::<_, Spans>::new();
        let places = usize::try_from(spans).unwrap_or_default();
        let mut later = BTreeMap::<Option<KeyId>, (u64, u64)>::new();
        for back in 1..=spans {
            let since = Timestamp::clamped(person.now - length * back + Duration::HOUR);
            let report = person.operations.own_usage(since).await;
            let usage = report
                .map_err(|error| person.failed(of_operation(error)))?
                .usage;
            for usage in &usage {
                let (accepted, refused) = counted(usage);
                let before = later.entry(usage.key_id.clone()).or_default();
                let of_span = (
                    accepted.saturating_sub(before.0),
                    refused.saturating_sub(before.1),
                );
                *before = (accepted, refused);
                let of_key = of_keys.entry(usage.key_id.clone());
                let of_key = of_key.or_insert_with(|| vec![(0, 0); places]);
                let place = places - usize::try_from(back).unwrap_or_default();
                of_key[place] = of_span;
            }
        }
        Ok(Self { of_keys, span })
    }

    /// The spans of a key as bars.
    pub(crate) fn of_key(&self, key: Option<&KeyId>) -> Option<Markup> {
        let spans = self.of_keys.get(&key.cloned())?;
        let words = spans.iter().map(|(accepted, refused)| match refused {
            0 => grouped(*accepted),
            refused => format!("{} and {} refused", grouped(*accepted), grouped(*refused)),
        });
        let words: Vec<_> = words.collect();
        let label = format!("Requests of each {}: {}", self.span, words.join(", "));
        Some(chart::sparkline(spans, &label))
    }
}

fn counted(usage: &Usage) -> (u64, u64) {
    let refused: u64 = usage.refused.values().sum();
    (usage.requests, refused)
}
