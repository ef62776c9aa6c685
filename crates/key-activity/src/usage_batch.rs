use crate::{FailureSlot, Failures};
use central_logger_keys::{ClientId, KeyId, RefusalReason};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use time::OffsetDateTime;

/// Last use of a key.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{KeyUse, UsageBatch};
/// use central_logger_keys::KeyId;
/// use central_logger_times::{Clock, SystemClock};
///
/// let (id, at) = (KeyId::generate()?, SystemClock.now());
/// let mut batch = UsageBatch::default();
/// batch.note_use(&id, KeyUse { at, from: Some("192.0.2.0/24".to_owned()) });
/// assert_eq!(batch.uses[&id].at, at);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// When, in whole milliseconds.
    pub at: OffsetDateTime,
    /// The network it came from, such as `192.0.2.0/24`.
    pub from: Option<String>,
}

/// What is added to the counts at a time.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{UsageBatch, UsageCounts, UsageSlot};
/// use central_logger_keys::KeyId;
/// use central_logger_times::{Clock, SystemClock};
/// use std::{collections::BTreeSet, time::Duration};
///
/// let (id, last_at) = (KeyId::generate()?, SystemClock.now());
/// let slot = UsageSlot {
///     hour: UsageSlot::hour_of(last_at),
///     client_id: Some("acme_corp".parse()?),
///     key_id: Some(id.clone()),
///     refusal: None,
/// };
/// let (latency, networks) = (Duration::from_millis(7), BTreeSet::from(["192.0.2.0/24".to_owned()]));
/// let counts = UsageCounts { requests: 2, entries: 20, bytes: 4000, latency, networks, last_at };
/// let mut batch = UsageBatch::default();
/// batch.count(slot.clone(), counts);
/// batch.add(batch.clone());
/// assert_eq!(batch.counts[&slot].requests, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsageBatch {
    /// Last uses.
    pub uses: BTreeMap<KeyId, KeyUse>,
    /// Counts.
    pub counts: BTreeMap<UsageSlot, UsageCounts>,
    /// Failures of networks that fail often.
    pub failures: BTreeMap<FailureSlot, Failures>,
}

/// What counts are about.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::UsageSlot;
/// use central_logger_keys::RefusalReason;
/// use time::macros::datetime;
///
/// let hour = UsageSlot::hour_of(datetime!(2026-03-01 12:34 UTC));
/// let refusal = Some(RefusalReason::Unknown);
/// let keyless = UsageSlot { hour, client_id: None, key_id: None, refusal };
/// assert_eq!(keyless.hour, datetime!(2026-03-01 12:00 UTC));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsageSlot {
    /// The beginning of the hour.
    pub hour: OffsetDateTime,
    /// The key's client, as far as it is known: a store completes it when it has the key.
    pub client_id: Option<ClientId>,
    /// The key; nothing for requests with none, or with one that no store knows.
    pub key_id: Option<KeyId>,
    /// Why the requests were refused; `None` for those that were let through.
    pub refusal: Option<RefusalReason>,
}

/// Requests of the same kind, in sum.
///
/// # Examples
///
/// ```
/// # use central_logger_key_activity::{UsageBatch, UsageCounts, UsageSlot};
/// # use central_logger_keys::KeyId;
/// # use central_logger_times::{Clock, SystemClock};
/// # use std::{collections::BTreeSet, time::Duration};
/// #
/// # let (id, last_at) = (KeyId::generate()?, SystemClock.now());
/// # let slot = UsageSlot {
/// #     hour: UsageSlot::hour_of(last_at),
/// #     client_id: Some("acme_corp".parse()?),
/// #     key_id: Some(id.clone()),
/// #     refusal: None,
/// # };
/// # let (latency, networks) = (Duration::from_millis(7), BTreeSet::from(["192.0.2.0/24".to_owned()]));
/// let counts = UsageCounts { requests: 2, entries: 20, bytes: 4000, latency, networks, last_at };
/// # let mut batch = UsageBatch::default();
/// # batch.count(slot.clone(), counts);
/// assert_eq!(batch.counts[&slot].networks.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageCounts {
    /// How many requests.
    pub requests: u64,
    /// How many entries they stored.
    pub entries: u64,
    /// The bytes of the bodies with these entries, decompressed.
    pub bytes: u64,
    /// The time that answering took.
    pub latency: Duration,
    /// Where they came from, such as `192.0.2.0/24`: [`MAX_NETWORKS`](Self::MAX_NETWORKS) at most.
    pub networks: BTreeSet<String>,
    /// When the last of them came, in whole milliseconds.
    pub last_at: OffsetDateTime,
}

impl UsageSlot {
    /// The beginning of the hour of `time`.
    pub fn hour_of(time: OffsetDateTime) -> OffsetDateTime {
        time.truncate_to_hour()
    }
}

impl UsageCounts {
    /// How many networks are kept.
    pub const MAX_NETWORKS: usize = 16;

    /// Adds further requests of the same kind, with all of their networks.
    pub(crate) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.entries += other.entries;
        self.bytes += other.bytes;
        self.latency += other.latency;
        self.networks.extend(other.networks.iter().cloned());
        self.last_at = self.last_at.max(other.last_at);
    }
}

impl UsageBatch {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.uses.is_empty() && self.counts.is_empty() && self.failures.is_empty()
    }

    /// Adds another batch.
    pub fn add(&mut self, other: Self) {
        for (id, used) in other.uses {
            self.note_use(&id, used);
        }
        for (slot, counts) in other.counts {
            self.count(slot, counts);
        }
        for (slot, failures) in other.failures {
            self.fail(slot, failures);
        }
    }

    /// Notes a use, unless a later one is known.
    pub fn note_use(&mut self, id: &KeyId, used: KeyUse) {
        match self.uses.get_mut(id) {
            Some(known) if known.at >= used.at => {}
            Some(known) => *known = used,
            None => drop(self.uses.insert(id.clone(), used)),
        }
    }

    /// Adds counts.
    pub fn count(&mut self, slot: UsageSlot, counts: UsageCounts) {
        match self.counts.get_mut(&slot) {
            Some(present) => {
                present.add(&counts);
                while present.networks.len() > UsageCounts::MAX_NETWORKS {
                    present.networks.pop_last();
                }
            }
            None => drop(self.counts.insert(slot, counts)),
        }
    }

    /// Adds failures.
    pub fn fail(&mut self, slot: FailureSlot, failures: Failures) {
        match self.failures.get_mut(&slot) {
            Some(present) => present.add(&failures),
            None => drop(self.failures.insert(slot, failures)),
        }
    }
}
