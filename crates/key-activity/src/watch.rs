use crate::{ActivityError, UsageCounts, UsageSlot};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyId};
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

/// What is read to find suspicious use of keys, from the counts of all servers.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{MemoryActivity, WatchStore};
/// use central_logger_times::{Clock, SystemClock};
/// use time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, now) = (MemoryActivity::new(), SystemClock.now());
/// assert!(store.try_acquire_leadership("one", now, Duration::MINUTE).await?);
/// assert!(!store.try_acquire_leadership("other", now, Duration::MINUTE).await?);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait WatchStore: Send + Sync {
    /// Elects `watcher` the only one that watches until `length` from `now`, and returns whether it was:
    /// when it is the present leader, when the present leader's time is over, or when that time ends
    /// later than any that begins now could, because a clock was set back.
    async fn try_acquire_leadership(
        &self,
        watcher: &str,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<bool, ActivityError>;

    /// What was counted from the hour of `since` on.
    async fn activity(&self, since: OffsetDateTime) -> Result<Activity, ActivityError>;

    /// What was known of keys before the hour of `before`: of those that were used.
    async fn histories(
        &self,
        keys: &BTreeSet<WatchedKey>,
        before: OffsetDateTime,
    ) -> Result<BTreeMap<WatchedKey, KeyHistory>, ActivityError>;
}

/// A key by its client and its id: only static keys of several clients may be called the same.
pub type WatchedKey = (ClientId, KeyId);

/// The counts of some hours.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{MemoryActivity, UsageStore, WatchStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
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
/// # let counts = UsageCounts { requests: 2, entries: 20, bytes: 4000, latency, networks, last_at };
/// # let mut batch = UsageBatch::default();
/// # batch.count(slot.clone(), counts);
/// # let store = MemoryActivity::new();
/// # store.add_usage(&batch).await?;
/// let activity = store.activity(last_at).await?;
/// assert_eq!(activity.counts[&slot].requests, 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Activity {
    /// Since when there are counts at all.
    pub counted_since: Option<OffsetDateTime>,
    /// What was done with keys.
    pub counts: BTreeMap<UsageSlot, UsageCounts>,
    /// Whence keys were presented that are not good.
    pub failures: BTreeMap<FailureSlot, Failures>,
}

/// What failures are counted by.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{FailureSlot, UsageSlot};
/// use central_logger_times::{Clock, SystemClock};
///
/// let hour = UsageSlot::hour_of(SystemClock.now());
/// let slot = FailureSlot { hour, network: "192.0.2.0/24".to_owned() };
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FailureSlot {
    /// The beginning of the hour.
    pub hour: OffsetDateTime,
    /// Where they came from, such as `192.0.2.0/24`.
    pub network: String,
}

/// Requests of a network with keys that are not good.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{FailureSlot, Failures, UsageBatch, UsageSlot};
/// use central_logger_times::{Clock, SystemClock};
///
/// let last_at = SystemClock.now();
/// let slot = FailureSlot { hour: UsageSlot::hour_of(last_at), network: "192.0.2.0/24".to_owned() };
/// let mut batch = UsageBatch::default();
/// batch.fail(slot.clone(), Failures { requests: 3, last_at });
/// batch.fail(slot.clone(), Failures { requests: 4, last_at });
/// assert_eq!(batch.failures[&slot].requests, 7);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub requests: u64,
    /// When the last of them came.
    pub last_at: OffsetDateTime,
}

/// What is usual for a key.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{MemoryActivity, UsageStore, WatchStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
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
/// # let counts = UsageCounts { requests: 2, entries: 20, bytes: 4000, latency, networks, last_at };
/// # let mut batch = UsageBatch::default();
/// # batch.count(slot.clone(), counts);
/// # let store = MemoryActivity::new();
/// # store.add_usage(&batch).await?;
/// let key = ("acme_corp".parse()?, id);
/// let next_hour = last_at + time::Duration::HOUR;
/// let histories = store.histories(&[key.clone()].into(), next_hour).await?;
/// assert_eq!(histories[&key].last_used_at, last_at);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHistory {
    /// The first hour in which it was used, of those that are still known.
    pub first_hour: OffsetDateTime,
    /// When it was last used.
    pub last_used_at: OffsetDateTime,
    /// The networks it was used from: [`MAX_NETWORKS`](Self::MAX_NETWORKS) at most.
    pub networks: BTreeSet<String>,
    /// The most requests of one hour, of the [days](Self::BUSY_DAYS) before, at the three hours of day
    /// that begin with the one of `before`.
    pub busiest: u64,
}

impl Failures {
    /// Adds others of the same network and hour.
    pub(crate) fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.last_at = self.last_at.max(other.last_at);
    }
}

impl KeyHistory {
    /// How many networks are told of.
    pub const MAX_NETWORKS: usize = 33;
    /// How many days back the busiest hour is looked for.
    pub const BUSY_DAYS: i64 = 14;

    /// Whether an hour before that of `before` is one of those whose busiest is told.
    pub(crate) fn is_comparable(hour: OffsetDateTime, before: OffsetDateTime) -> bool {
        let apart = (UsageSlot::hour_of(before) - hour).whole_hours();
        apart <= 24 * Self::BUSY_DAYS && matches!(apart.rem_euclid(24), 0 | 22 | 23)
    }
}
