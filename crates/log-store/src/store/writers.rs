use super::LogStoreError;
use crate::entries::Place;
use std::{collections::HashSet, io, sync::Arc};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Places that a store has lent, none of them twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lot {
    /// The number of the writer.
    pub writer: u16,
    /// The first arrival.
    pub from: u64,
    /// The arrival behind the last one.
    pub to: u64,
}

/// The identity of a writer: each `Ingestor` has one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WriterHolder(Uuid);

/// The number of a writer as a store keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterNumber {
    /// Less than [`Place::WRITERS`].
    pub number: u16,
    /// The holder that had it last.
    pub holder: WriterHolder,
    /// No arrival from here on has been lent under this number. It never falls.
    pub bound: u64,
    /// No other holder takes the number before that, unless all are held.
    pub held_until: OffsetDateTime,
}

impl WriterHolder {
    /// Returns an identity of its own.
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }

    /// Returns the identity as a UUID.
    pub fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl From<Uuid> for WriterHolder {
    /// Takes an identity read back from a store.
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl Default for WriterHolder {
    fn default() -> Self {
        Self::new()
    }
}

impl WriterNumber {
    /// The number of arrivals that are lent at a time: ten seconds of microseconds.
    pub const LENT: u64 = 10_000_000;
    /// The time for which a number is held after arrivals were lent under it.
    pub const HELD: Duration = Duration::minutes(1);

    /// Returns what `holder` gets at `now`, which are arrivals of `from` or later, and the number as it
    /// has to be stored before anybody uses them. `numbers` are all that the store has; while this is
    /// decided and stored, no other writer may do so.
    ///
    /// The holder keeps the number that it has. Otherwise it gets one that is held no longer, or a new
    /// one; and when there are none, that which was lent under the longest ago. A holder that loses a
    /// number loses nothing: what it was lent stays its own, since the next holder begins at the bound.
    ///
    /// # Errors
    /// When there is no arrival left, which takes clocks that are wrong by lifetimes.
    pub fn lend(
        numbers: &[Self],
        holder: WriterHolder,
        from: u64,
        now: OffsetDateTime,
    ) -> Result<(Lot, Self), LogStoreError> {
        let has_room = |number: &&Self| number.bound.max(from) <= Place::LAST_ARRIVAL - Self::LENT;
        let usable = || numbers.iter().filter(has_room);
        let mine = usable().find(|number| number.holder == holder);
        let free = || usable().find(|number| number.held_until <= now);
        let used: HashSet<_> = numbers.iter().map(|held| held.number).collect();
        let unused = || (0..Place::WRITERS).find(|number| !used.contains(number));
        let new = || unused().filter(|_| from <= Place::LAST_ARRIVAL - Self::LENT);
        let oldest = || usable().min_by_key(|number| number.held_until);
        let found = mine.or_else(free).map(|found| (found.number, found.bound));
        let found = found.or_else(|| new().map(|number| (number, 0)));
        let found = found.or_else(|| oldest().map(|found| (found.number, found.bound)));
        let (number, bound) = found.ok_or_else(|| {
            let reason = "no writer has an arrival left: is the clock right?";
            LogStoreError::Failed(Arc::new(io::Error::other(reason)))
        })?;
        let from = bound.max(from);
        let to = from + Self::LENT;
        let lot = Lot {
            writer: number,
            from,
            to,
        };
        let number = Self {
            number,
            holder,
            bound: to,
            held_until: now + Self::HELD,
        };
        Ok((lot, number))
    }
}
