use crate::{entries::LogId, queries::CountedBy};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// How many entries have equal values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// The number of entries.
    pub count: u64,
    /// The greatest id among them.
    pub last: LogId,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.count += other.count;
        self.last = self.last.max(other.last);
    }
}

/// How many entries have each value of a field, or each pair of values of two fields.
///
/// As JSON it is an object of numbers by value, or of such objects by the value of the outer field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    by: CountedBy,
    /// By the first value and the second, which is empty where there is no second field.
    tallies: BTreeMap<String, BTreeMap<String, Tally>>,
}

impl Counts {
    pub(super) fn new(by: CountedBy) -> Self {
        Self {
            by,
            tallies: BTreeMap::new(),
        }
    }

    pub(super) fn get_mut(&mut self, [first, second]: [&str; 2]) -> Option<&mut Tally> {
        self.tallies.get_mut(first)?.get_mut(second)
    }

    pub(super) fn insert(&mut self, [first, second]: [&str; 2], tally: Tally) {
        let inner = self.tallies.entry(first.to_owned()).or_default();
        inner.insert(second.to_owned(), tally);
    }

    pub(super) fn add(&mut self, values: [&str; 2], tally: Tally) {
        match self.get_mut(values) {
            Some(held) => held.add(tally),
            None => self.insert(values, tally),
        }
    }

    /// Goes through the values of the first field, and how many entries have each.
    pub fn of_first(&self) -> impl Iterator<Item = (&str, u64)> {
        self.tallies.iter().map(|(first, inner)| {
            let entries = inner.values().map(|tally| tally.count).sum();
            (first.as_str(), entries)
        })
    }

    /// Goes through the values, of which the second is empty where there is no second field.
    pub fn iter(&self) -> impl Iterator<Item = ([&str; 2], Tally)> {
        self.tallies.iter().flat_map(|(first, inner)| {
            let inner = inner.iter();
            inner.map(move |(second, tally)| ([first.as_str(), second.as_str()], *tally))
        })
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.by.second {
            None => to.collect_map(self.iter().map(|([value, _], tally)| (value, tally.count))),
            Some(_) => to.collect_map(self.tallies.iter().map(|(first, inner)| {
                let inner = inner.iter().map(|(second, tally)| (second, tally.count));
                (first, inner.collect::<BTreeMap<_, _>>())
            })),
        }
    }
}
