use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};
use uuid::{Builder, Uuid};

/// The name of an entry, and its place in time.
///
/// A UUID of version 7 (RFC 9562): the leading 48 bits are `executed_at` in Unix milliseconds, so
/// one index serves uniqueness, time order, time ranges and paging. The other bits are random, or
/// computed from the sender's `event_id`, so that a repeat meets the entry that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct LogId(Uuid);

/// A text that is no log id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a log id is a UUID")]
pub struct InvalidLogId;

impl LogId {
    /// A new id at `executed_at`, in Unix milliseconds from 1970 to the year 10,889.
    pub fn random(executed_at: u64) -> Self {
        let mut bits = [0; 10];
        bits.copy_from_slice(&Uuid::new_v4().as_bytes()[6..]);
        // The bits at the places of version and variant are fixed in the source as well as here.
        Self::of(executed_at, bits)
    }

    /// The id of the event that its sender calls `event_id`: the same each time.
    pub fn of_event(executed_at: u64, event_id: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(b"central-logger event id\0")
            .chain_update(event_id)
            .finalize();
        let mut bits = [0; 10];
        bits.copy_from_slice(&digest[..10]);
        Self::of(executed_at, bits)
    }

    /// The smallest id of a millisecond, as the bound of a range.
    pub fn first_of(executed_at: u64) -> Self {
        Self::of(executed_at, [0; 10])
    }

    fn of(executed_at: u64, bits: [u8; 10]) -> Self {
        Self(Builder::from_unix_timestamp_millis(executed_at, &bits).into_uuid())
    }

    /// The time that it holds, in Unix milliseconds.
    pub fn executed_at_ms(&self) -> u64 {
        (self.0.as_u128() >> 80) as u64
    }

    /// The id as a UUID.
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LAST_MILLISECOND: u64 = (1 << 48) - 1;

    proptest! {
        #[test]
        fn ids_are_ordered_by_time(a in 0..LAST_MILLISECOND, b in 0..LAST_MILLISECOND) {
            prop_assume!(a < b);
            prop_assert!(LogId::random(a) < LogId::first_of(b));
            prop_assert!(LogId::of_event(a, "x") < LogId::first_of(b));
            prop_assert!(LogId::first_of(b) <= LogId::random(b));
            prop_assert!(LogId::first_of(b) <= LogId::of_event(b, "x"));
        }

        #[test]
        fn an_id_reads_back_and_is_version_seven(at in 0..=LAST_MILLISECOND) {
            let id = LogId::random(at);
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert_eq!(id.as_uuid().get_version_num(), 7);
            prop_assert_eq!(id.as_uuid().as_u128() >> 80, u128::from(at));
        }
    }

    #[test]
    fn an_event_has_one_id_and_others_have_others() {
        assert_eq!(LogId::of_event(5, "a"), LogId::of_event(5, "a"));
        assert_ne!(LogId::of_event(5, "a"), LogId::of_event(5, "b"));
        assert_ne!(LogId::of_event(5, "a"), LogId::of_event(6, "a"));
        assert_ne!(LogId::random(5), LogId::random(5));
    }
}
