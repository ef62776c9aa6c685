use super::{LogStats, Tally};
use central_logger_times::Timestamp;
use serde::Serialize;
use std::{cmp::Reverse, collections::BTreeMap};

/// The values that a field has in a client's entries, most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogValues {
    /// At most [`MAX`](Self::MAX) values.
    pub values: Vec<LogValue>,
    /// Whether there are values that are not listed.
    pub more: bool,
}

/// A value, and the entries that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogValue {
    /// The value.
    pub value: String,
    /// How many entries have it.
    pub count: u64,
    /// When the last of them was executed, to the millisecond.
    pub last_executed_at: Timestamp,
}

/// The values of a field as far as entries have been counted.
#[derive(Debug, Default)]
pub struct CountedValues {
    tallies: BTreeMap<String, Tally>,
    has_left_out: bool,
}

impl LogValues {
    /// The most values in one answer.
    pub const MAX: usize = 1000;
}

impl CountedValues {
    /// The most values that are counted. Further ones, which are found in later entries, are left out.
    const MAX: usize = LogStats::MAX_COUNTS;

    /// Adds the counts of one scan.
    pub fn add(&mut self, part: &LogStats) {
        let totals = part.totals();
        for ([value, _], tally) in totals.iter() {
            if let Some(held) = self.tallies.get_mut(value) {
                held.add(tally);
            } else if value.is_empty() {
                // An entry without a workflow has no value that could be asked for.
            } else if self.tallies.len() == Self::MAX {
                self.has_left_out = true;
            } else {
                self.tallies.insert(value.to_owned(), tally);
            }
        }
    }

    /// Returns the most frequent values.
    pub fn into_values(self) -> LogValues {
        let more = self.has_left_out || self.tallies.len() > LogValues::MAX;
        let mut values: Vec<_> = self.tallies.into_iter().map(LogValue::from).collect();
        values.sort_by_key(|value| Reverse(value.count));
        values.truncate(LogValues::MAX);
        LogValues { values, more }
    }
}

impl From<(String, Tally)> for LogValue {
    fn from((value, tally): (String, Tally)) -> Self {
        let ms = i64::try_from(tally.last.executed_at_ms()).unwrap_or(i64::MAX);
        Self {
            value,
            count: tally.count,
            last_executed_at: Timestamp::from_unix_ms(ms).unwrap_or(Timestamp::MAX),
        }
    }
}
