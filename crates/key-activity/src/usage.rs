use crate::{ActivityError, UsageBatch};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyId};
use central_logger_times::Timestamp;
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use time::OffsetDateTime;

/// Counting what is done with keys.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{MemoryActivity, UsagePer, UsageQuery, UsageStore};
/// use central_logger_times::Timestamp;
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
/// let store = MemoryActivity::new();
/// store.add_usage(&batch).await?;
/// let query = UsageQuery { client: None, since: Timestamp::clamped(last_at), per: UsagePer::Key };
/// assert_eq!(store.usage(&query).await?[0].entries, 20);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait UsageStore: Send + Sync {
    /// Adds counts, and notes when and whence keys were last used, in one transaction. A time of last
    /// use never moves backwards, and uses of ids that do not exist are passed over.
    async fn add_usage(&self, usage: &UsageBatch) -> Result<(), ActivityError>;

    /// What was done with keys, ordered by client, then key id. What belongs to no key that is known
    /// comes first, when all clients are asked for.
    async fn usage(&self, query: &UsageQuery) -> Result<Vec<Usage>, ActivityError>;

    /// Deletes the counts of all hours before that of `until`.
    async fn purge_usage(&self, until: OffsetDateTime) -> Result<(), ActivityError>;
}

/// Which counts are asked for.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{UsagePer, UsageQuery};
/// use central_logger_times::Timestamp;
///
/// let client = Some("acme_corp".parse()?);
/// let everything = UsageQuery { client, since: Timestamp::MIN, per: UsagePer::Client };
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageQuery {
    /// Those of one client, or of all.
    pub client: Option<ClientId>,
    /// From the hour of this time on.
    pub since: Timestamp,
    /// What is added up.
    pub per: UsagePer,
}

/// What counts are added up for.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::UsagePer;
///
/// let per_client = true; // a flag
/// let per = if per_client { UsagePer::Client } else { UsagePer::Key };
/// assert_eq!(per, UsagePer::Client);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsagePer {
    /// Each key.
    Key,
    /// All keys of a client.
    Client,
}

/// What was done with a key, or with all of a client's, in a period.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{MemoryActivity, UsagePer, UsageQuery, UsageStore};
/// use central_logger_times::Timestamp;
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
/// # let query = UsageQuery { client: None, since: Timestamp::clamped(last_at), per: UsagePer::Key };
/// let usage = store.usage(&query).await?;
/// assert_eq!((usage[0].requests, usage[0].networks), (2, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// The client; nothing for requests with no key, or with one that no store knows.
    pub client_id: Option<ClientId>,
    /// The key, if it is about one.
    pub key_id: Option<KeyId>,
    /// How many requests were let through.
    pub requests: u64,
    /// How many requests were refused, by the reason.
    pub refused: BTreeMap<String, u64>,
    /// How many entries were stored.
    pub entries: u64,
    /// The bytes of the bodies with these entries, decompressed.
    pub bytes: u64,
    /// The time that answering the requests took, in sum.
    #[serde(rename = "latency_ms", serialize_with = "as_milliseconds")]
    pub latency: Duration,
    /// From how many networks requests were let through; of each hour 16 are known at most.
    pub networks: u64,
    /// When a key was last presented.
    #[serde(with = "time::serde::rfc3339")]
    pub last_at: OffsetDateTime,
}

/// One line of a store's answer: requests of one kind in a period.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{Usage, UsageSum};
/// use central_logger_times::{Clock, SystemClock};
/// use std::time::Duration;
///
/// let sum = |refusal: Option<&str>| UsageSum {
///     client_id: None,
///     key_id: None,
///     refusal: refusal.map(str::to_owned),
///     requests: 5,
///     entries: 0,
///     bytes: 0,
///     latency: Duration::ZERO,
///     networks: 1,
///     last_at: SystemClock.now(),
/// };
/// let usage = Usage::put_together([sum(None), sum(Some("unknown"))]);
/// assert_eq!((usage[0].requests, usage[0].refused["unknown"]), (5, 5));
/// ```
#[derive(Debug, Clone)]
pub struct UsageSum {
    /// The client, if it is known.
    pub client_id: Option<ClientId>,
    /// The key, if it is known and asked for.
    pub key_id: Option<KeyId>,
    /// Why the requests were refused, if they were.
    pub refusal: Option<String>,
    /// How many requests.
    pub requests: u64,
    /// How many entries they stored.
    pub entries: u64,
    /// The bytes of the bodies with these entries.
    pub bytes: u64,
    /// The time that answering took.
    pub latency: Duration,
    /// From how many networks.
    pub networks: u64,
    /// When the last of them came.
    pub last_at: OffsetDateTime,
}

impl Usage {
    /// Puts together what differs only by the refusal.
    pub fn put_together(sums: impl IntoIterator<Item = UsageSum>) -> Vec<Self> {
        let mut keys = BTreeMap::new();
        for sum in sums {
            let key = (sum.client_id.clone(), sum.key_id.clone());
            let usage = keys.entry(key).or_insert_with(|| Self {
                client_id: sum.client_id.clone(),
                key_id: sum.key_id.clone(),
                requests: 0,
                refused: BTreeMap::new(),
                entries: 0,
                bytes: 0,
                latency: Duration::ZERO,
                networks: 0,
                last_at: sum.last_at,
            });
            usage.last_at = usage.last_at.max(sum.last_at);
            if let Some(reason) = sum.refusal {
                *usage.refused.entry(reason).or_default() += sum.requests;
                continue;
            }
            usage.requests += sum.requests;
            usage.entries += sum.entries;
            usage.bytes += sum.bytes;
            usage.latency += sum.latency;
            usage.networks += sum.networks;
        }
        keys.into_values().collect()
    }
}

fn as_milliseconds<S: serde::Serializer>(latency: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(latency.as_micros() as f64 / 1000.0)
}
