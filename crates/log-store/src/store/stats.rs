use super::LogStoreError;
use crate::{entries::LogId, queries::StatsQuery};
use central_logger_times::Timestamp;
use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeStruct},
};
use std::collections::BTreeMap;

/// Counts of entries in each bucket of time, by status or what else was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStats {
    query: StatsQuery,
    buckets: Vec<Counts>,
    different: usize,
}

/// The counts of one scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The counts.
    pub stats: LogStats,
    /// The last entry looked at, when there may be more behind it.
    pub last: Option<LogId>,
}

/// Entries of each value.
type Counts = BTreeMap<String, u64>;

impl LogStats {
    /// The most counts in one answer: values are what clients send, and there may be any number.
    pub const MAX_COUNTS: usize = 10_000;

    /// Returns counts of zero.
    pub fn new(query: &StatsQuery) -> Self {
        Self {
            buckets: query.bucket_starts().map(|_| Counts::new()).collect(),
            query: query.clone(),
            different: 0,
        }
    }

    /// Counts one entry, which the query must have asked for.
    ///
    /// # Errors
    /// [`LogStoreError::TooManyValues`]
    pub fn count(&mut self, id: LogId, value: &str) -> Result<(), LogStoreError> {
        self.add(self.query.bucket_of(id), value, 1)
    }

    /// Counts `count` entries of the bucket at that place.
    ///
    /// # Errors
    /// [`LogStoreError::TooManyValues`]
    pub fn add(&mut self, bucket: usize, value: &str, count: u64) -> Result<(), LogStoreError> {
        let Some(counts) = self.buckets.get_mut(bucket) else {
            return Ok(());
        };
        if let Some(held) = counts.get_mut(value) {
            *held += count;
            return Ok(());
        }
        if self.different == Self::MAX_COUNTS {
            return Err(LogStoreError::TooManyValues);
        }
        self.different += 1;
        counts.insert(value.to_owned(), count);
        Ok(())
    }

    /// Counts all that `other` has counted by the same query.
    ///
    /// # Errors
    /// [`LogStoreError::TooManyValues`]
    pub fn merge(&mut self, other: &Self) -> Result<(), LogStoreError> {
        for (bucket, counts) in other.buckets.iter().enumerate() {
            for (value, count) in counts {
                self.add(bucket, value, *count)?;
            }
        }
        Ok(())
    }

    /// Returns when each bucket begins, in Unix milliseconds, and how many entries of each value it has.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, &BTreeMap<String, u64>)> {
        self.query.bucket_starts().zip(&self.buckets)
    }

    /// Returns how many entries of each value there are in all buckets.
    pub fn totals(&self) -> BTreeMap<&str, u64> {
        let mut totals = BTreeMap::new();
        for (value, count) in self.buckets.iter().flatten() {
            *totals.entry(value.as_str()).or_default() += count;
        }
        totals
    }
}

#[derive(Serialize)]
struct Bucket<'a> {
    start: UnixMs,
    counts: &'a Counts,
}

struct UnixMs(u64);

impl Serialize for UnixMs {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let ms = i64::try_from(self.0).unwrap_or(i64::MAX);
        let time = Timestamp::from_unix_ms(ms).map_err(S::Error::custom)?;
        time.serialize(to)
    }
}

impl Serialize for LogStats {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let buckets = self.buckets().map(|(start, counts)| Bucket {
            start: UnixMs(start),
            counts,
        });
        let buckets: Vec<_> = buckets.collect();
        let mut object = to.serialize_struct("LogStats", 6)?;
        object.serialize_field("from", &UnixMs(self.query.range.start))?;
        object.serialize_field("to", &UnixMs(self.query.range.end))?;
        object.serialize_field("interval", &self.query.interval)?;
        object.serialize_field("by", &self.query.by)?;
        object.serialize_field("totals", &self.totals())?;
        object.serialize_field("buckets", &buckets)?;
        object.end()
    }
}
