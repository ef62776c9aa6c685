use super::{EventDigest, Place};
use serde::Serialize;
use std::{fmt, str::FromStr};
use uuid::{Builder, Uuid};

/// The id of an entry, which is also its place in time and among the entries of its time.
///
/// A UUID of version 7 (RFC 9562): the leading 48 bits are `executed_at` in Unix milliseconds, so
/// one index serves uniqueness, time order, time ranges and paging. Behind the version stand the
/// microseconds, and then either the [`Place`] that the entry was given when it was stored, or bits
/// of a digest of the sender's `event_id`, so that a repeat meets the entry that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct LogId(Uuid);

/// Error returned when parsing a `LogId` fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a log id is a UUID")]
pub struct InvalidLogId;

/// The bit that tells ids of events from those of places, so that neither can be taken by the other.
const OF_EVENT: u64 = 1 << 63;

impl LogId {
    /// Returns the id of the entry that was executed at `executed_at`, in Unix microseconds, and has `place`.
    pub fn at_place(executed_at: u64, place: Place) -> Self {
        Self::of(executed_at, place.bits())
    }

    /// Returns the id of the event at `executed_at`, in Unix microseconds, that its sender calls `event_id`:
    /// the same each time.
    pub fn of_event(executed_at: u64, event_id: &str) -> Self {
        Self::of_digest(executed_at, &EventDigest::of(event_id))
    }

    /// As [`of_event`](Self::of_event), of the digest that tells the event from others.
    pub fn of_digest(executed_at: u64, digest: &EventDigest) -> Self {
        let mut bits = [0; 8];
        bits.copy_from_slice(&digest.as_bytes()[..8]);
        Self::of(executed_at, OF_EVENT | u64::from_be_bytes(bits))
    }

    /// Returns the id of the same event or place at another time.
    pub(super) fn moved_to(self, executed_at: u64) -> Self {
        let bits = self.0.as_u128();
        // Those behind the microseconds: two before the variant, and 62 behind it.
        let rest = (bits >> 64 & 0b11) << 62 | bits & u128::from(u64::MAX >> 2);
        Self::of(executed_at, rest as u64)
    }

    /// Returns the smallest id of a Unix millisecond, as the bound of a range.
    pub fn first_of(executed_at: u64) -> Self {
        Self::of(executed_at.saturating_mul(1000), 0)
    }

    /// `rest` is what stands behind the microseconds, but for the bits that a UUID fixes.
    fn of(executed_at: u64, rest: u64) -> Self {
        let (milliseconds, microseconds) = (executed_at / 1000, executed_at % 1000);
        let mut bits = [0; 10];
        // 12 bits behind the version, of which 10 are the microseconds, and 62 behind the variant.
        let high = (microseconds << 2 | rest >> 62) as u16;
        bits[..2].copy_from_slice(&high.to_be_bytes());
        bits[2..].copy_from_slice(&(rest & (u64::MAX >> 2)).to_be_bytes());
        Self(Builder::from_unix_timestamp_millis(milliseconds, &bits).into_uuid())
    }

    /// Returns the time that it holds, in Unix milliseconds.
    pub fn executed_at_ms(&self) -> u64 {
        (self.0.as_u128() >> 80) as u64
    }

    /// Returns the id as a UUID.
    pub fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl From<Uuid> for LogId {
    /// An id read back from a store.
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl FromStr for LogId {
    type Err = InvalidLogId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| InvalidLogId)
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}
