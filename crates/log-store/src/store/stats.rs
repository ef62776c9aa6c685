use super::{Counts, LogPage, LogStoreError, Tally};
use crate::{
    entries::{Candidate, LogId},
    queries::{Cursor, StatsQuery},
};
use central_logger_times::Timestamp;
use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeStruct},
};

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

impl Counted {
    /// Counts what a scan of [`search_after`](StatsQuery::search_after) has found.
    ///
    /// # Errors
    /// [`LogStoreError::TooManyValues`]
    pub fn from_page(query: &StatsQuery, page: &LogPage) -> Result<Self, LogStoreError> {
        let mut stats = LogStats::new(query);
        for log in &page.logs {
            stats.look_at(log.id, &log.candidate())?;
        }
        Ok(Self {
            stats,
            last: page.next_cursor.map(|Cursor(id)| id),
        })
    }
}

impl LogStats {
    /// The most counts in one answer: values are what clients send, and there may be any number.
    pub const MAX_COUNTS: usize = 10_000;

    /// Returns counts of zero.
    pub fn new(query: &StatsQuery) -> Self {
        Self {
            buckets: query
                .bucket_starts()
                .map(|_| Counts::new(query.by()))
                .collect(),
            query: query.clone(),
            different: 0,
        }
    }

    /// Counts an entry, if the query asks for it.
    ///
    /// # Errors
    /// [`LogStoreError::TooManyValues`]
    pub fn look_at(&mut self, id: LogId, candidate: &Candidate<'_>) -> Result<(), LogStoreError> {
        if !self.query.filter().matches(candidate) {
            return Ok(());
        }
        let tally = Tally { count: 1, last: id };
        self.add_all(candidate, tally)
    }

    /// Counts entries of one bucket that have the same values, without a look at the filter.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    pub fn add_all(
        &mut self,
        candidate: &Candidate<'_>,
        tally: Tally,
    ) -> Result<(), LogStoreError> {
        let values = self.query.by().values_of(candidate);
        self.add(self.query.bucket_of(tally.last), values, tally)
    }

    /// Counts entries with these values in the bucket at that place.
    ///
    /// # Errors
    /// [`LogStoreError::TooManyValues`]
    pub fn add(
        &mut self,
        bucket: usize,
        values: [&str; 2],
        tally: Tally,
    ) -> Result<(), LogStoreError> {
        let Some(counts) = self.buckets.get_mut(bucket) else {
            return Ok(());
        };
        if let Some(held) = counts.get_mut(values) {
            held.add(tally);
            return Ok(());
        }
        if self.different == Self::MAX_COUNTS {
            return Err(LogStoreError::TooManyValues);
        }
        self.different += 1;
        counts.insert(values, tally);
        Ok(())
    }

    /// Counts all that `other` has counted by the same query.
    ///
    /// # Errors
    /// [`LogStoreError::TooManyValues`]
    pub fn merge(&mut self, other: &Self) -> Result<(), LogStoreError> {
        for (bucket, counts) in other.buckets.iter().enumerate() {
            for (values, tally) in counts.iter() {
                self.add(bucket, values, tally)?;
            }
        }
        Ok(())
    }

    /// Returns when each bucket begins, in Unix milliseconds, and how many entries of each value it has.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, &Counts)> {
        self.query.bucket_starts().zip(&self.buckets)
    }

    /// Returns how many entries of each value there are in all buckets.
    pub fn totals(&self) -> Counts {
        let mut totals = Counts::new(self.query.by());
        for (values, tally) in self.buckets.iter().flat_map(Counts::iter) {
            totals.add(values, tally);
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
        object.serialize_field("by", &self.query.by())?;
        object.serialize_field("totals", &self.totals())?;
        object.serialize_field("buckets", &buckets)?;
        object.end()
    }
}
