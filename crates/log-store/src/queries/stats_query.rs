use super::{CountedBy, Cursor, InvalidCountedBy, LogFilter, LogQuery, LogSearch, Order};
use crate::{
    entries::LogId,
    validation::{ValidationError, ValidationErrors},
};
use central_logger_times::{DurationUnit, InvalidDuration, Timestamp, UnitDuration};
use std::{num::NonZeroU32, ops::Range};
use time::OffsetDateTime;

/// A query for counts of a client's entries, and how these are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsQuery {
    pub(crate) filter: LogFilter,
    pub(crate) by: CountedBy,
    /// The length of a bucket.
    pub(crate) interval: UnitDuration,
    /// Unix milliseconds.
    pub(crate) range: Range<u64>,
}

/// The length of a bucket unless told otherwise.
const HOUR: UnitDuration = UnitDuration::new(NonZeroU32::MIN, DurationUnit::Hours);
const DAY_MS: u64 = 24 * 3_600_000;

impl StatsQuery {
    /// The parameters of a list that mean nothing where entries are counted.
    pub(super) const NOT_OF_A_LIST: [&str; 3] = ["limit", "order", "cursor"];

    /// The most buckets in one answer.
    pub const MAX_BUCKETS: u64 = 1000;

    /// Takes the parameters of a URL's query. Unless they say otherwise, the last 24 hours before `now`
    /// are counted by the hour.
    ///
    /// # Errors
    /// All parameters that are unknown, repeated or wrong, or that make too many buckets.
    pub fn from_pairs(
        pairs: impl IntoIterator<Item = (String, String)>,
        now: OffsetDateTime,
    ) -> Result<Self, ValidationErrors> {
        let (mut filters, mut errors) = (Vec::new(), ValidationErrors::default());
        let (mut by, mut interval) = (None, None);
        for (name, value) in pairs {
            let taken = match name.as_str() {
                "by" => once(&mut by, counted_by(&value)),
                "interval" => once(&mut interval, parse_interval(&value)),
                _ => {
                    filters.push((name, value));
                    continue;
                }
            };
            if let Err(message) = taken {
                errors.push(ValidationError::new(name, message));
            }
        }
        let search = match LogSearch::from_pairs_without(&Self::NOT_OF_A_LIST, filters) {
            Ok(search) if errors.is_empty() => search,
            search => {
                errors.extend(search.err().into_iter().flatten());
                return Err(errors);
            }
        };
        let (from, to) = (search.query.from, search.query.to);
        let to = to.unwrap_or(Timestamp::clamped(now).unix_ms());
        let query = Self {
            range: from.unwrap_or(to.saturating_sub(DAY_MS))..to,
            filter: search.filter,
            by: by.unwrap_or_default(),
            interval: interval.unwrap_or(HOUR),
        };
        match query.bucket_count() {
            ..=Self::MAX_BUCKETS => Ok(query),
            count => Err(ValidationErrors::from(ValidationError::new(
                "interval",
                format!(
                    "makes {count} buckets out of this range; at most {} go into an answer",
                    Self::MAX_BUCKETS
                ),
            ))),
        }
    }

    /// The fields by which the entries of a bucket are told apart.
    pub fn by(&self) -> CountedBy {
        self.by
    }

    /// Returns what entries must have to be counted.
    pub fn filter(&self) -> &LogFilter {
        &self.filter
    }

    /// Returns the search for the entries behind `after` that are counted, for a store that must read them.
    pub fn search_after(&self, after: Option<LogId>) -> LogSearch {
        LogSearch {
            query: LogQuery {
                from: Some(self.range.start),
                to: Some(self.range.end),
                limit: LogQuery::MAX_LIMIT,
                order: Order::Asc,
                cursor: after.map(Cursor),
            },
            filter: self.filter.clone(),
        }
    }

    /// Returns the range in which the ids of entries must lie.
    pub fn ids(&self) -> Range<LogId> {
        LogId::first_of(self.range.start)..LogId::first_of(self.range.end)
    }

    /// Returns when the buckets begin, in Unix milliseconds: at multiples of the interval since 1970.
    pub fn bucket_starts(&self) -> impl Iterator<Item = u64> {
        let (first, step) = (self.first_start(), self.interval_ms());
        (0..self.bucket_count()).map(move |bucket| first + bucket * step)
    }

    /// Returns the place in [`bucket_starts`](Self::bucket_starts) of an id in [`ids`](Self::ids).
    pub fn bucket_of(&self, id: LogId) -> usize {
        let since = id.executed_at_ms().saturating_sub(self.first_start());
        usize::try_from(since / self.interval_ms()).unwrap_or(usize::MAX)
    }

    fn interval_ms(&self) -> u64 {
        self.interval.seconds() * 1000
    }

    fn first_start(&self) -> u64 {
        self.range.start - self.range.start % self.interval_ms()
    }

    fn bucket_count(&self) -> u64 {
        match self.range.is_empty() {
            true => 0,
            false => (self.range.end - self.first_start()).div_ceil(self.interval_ms()),
        }
    }
}

pub(super) fn once<T>(held: &mut Option<T>, taken: Result<T, String>) -> Result<(), String> {
    match held.replace(taken?) {
        None => Ok(()),
        Some(_) => Err("is given twice".to_owned()),
    }
}

fn counted_by(text: &str) -> Result<CountedBy, String> {
    text.parse()
        .map_err(|error: InvalidCountedBy| error.to_string())
}

fn parse_interval(text: &str) -> Result<UnitDuration, String> {
    text.parse()
        .map_err(|error: InvalidDuration| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn query(pairs: &[(&str, &str)]) -> Result<StatsQuery, ValidationErrors> {
        let owned = pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        StatsQuery::from_pairs(owned, datetime!(2026-03-01 12:34:56 UTC))
    }

    #[test]
    fn buckets_begin_at_whole_intervals_and_hold_the_ids_of_their_time() {
        let query = query(&[("from", "2026-03-01T10:20:00Z"), ("interval", "15m")]).unwrap();
        let starts: Vec<_> = query.bucket_starts().collect();
        assert_eq!(starts.len(), 10);
        assert_eq!(starts[0], 1_772_360_100_000);
        for (place, start) in starts.iter().enumerate() {
            assert_eq!(query.bucket_of(LogId::first_of(*start)), place);
            let last = start + query.interval_ms() - 1;
            assert_eq!(
                query.bucket_of(LogId::of_event(last * 1000 + 999, "x")),
                place
            );
        }
    }

    #[test]
    fn without_parameters_the_last_day_is_counted_by_the_hour() {
        let query = query(&[]).unwrap();
        assert_eq!(query.bucket_count(), 25);
        assert_eq!(query.by().to_string(), "status");
    }

    #[test]
    fn a_range_that_ends_before_it_begins_has_no_buckets() {
        let backwards = [
            ("from", "2026-03-01T10:00:00Z"),
            ("to", "2026-03-01T09:00:00Z"),
        ];
        assert_eq!(query(&backwards).unwrap().bucket_starts().count(), 0);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (pairs, field) in [
            (&[("interval", "")][..], "interval"),
            (&[("interval", "0s")], "interval"),
            (&[("interval", "1")], "interval"),
            (&[("interval", "+1h")], "interval"),
            (&[("interval", "1ü")], "interval"),
            (&[("interval", "4294967295d")], "from"),
            (&[("interval", "1h"), ("interval", "1h")], "interval"),
            (&[("interval", "1s")], "interval"),
            (&[("by", "message")], "by"),
            (&[("by", "status,")], "by"),
            (&[("by", "status,status")], "by"),
            (&[("by", "status,workflow,environment")], "by"),
            (&[("limit", "5")], "limit"),
            (&[("cursor", "x")], "cursor"),
            (&[("q", "-")], "q"),
            (&[("status", "")], "status"),
            (&[("from", "yesterday")], "from"),
            (&[("from", "9999-12-31T23:59:59.9999Z")], "from"),
            (&[("to", "9999-12-31T23:59:59-00:01")], "to"),
        ] {
            match query(pairs) {
                Err(errors) => assert_eq!(errors[0].field, field, "{pairs:?}"),
                // A bucket that is longer than all of time holds all.
                Ok(query) => assert_eq!(query.bucket_count(), 1, "{pairs:?}"),
            }
        }
    }
}
