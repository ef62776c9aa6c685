use central_logger_keys::ClientId;
use serde::Serialize;
use std::num::{NonZeroU32, NonZeroU64};

/// What all keys of a client together may do; by default anything.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::quota::{Quota, SpaceQuota};
/// use std::num::NonZeroU64;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let acme = issued.record.client_id;
/// let space = SpaceQuota { entries_per_day: NonZeroU64::new(1_000_000), ..SpaceQuota::default() };
/// let decide = |before| Quota { space, ..before };
/// keyring.set_quota(&acme, decide).await?.everywhere().await?;
/// assert_eq!(keyring.list(Some(&acme), None).await?.records[0].quota.space, space);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// How many requests they may make.
    #[serde(flatten)]
    pub requests: RequestQuota,
    /// How much they may store.
    #[serde(flatten)]
    pub space: SpaceQuota,
}

/// How many requests all keys of a client together may make; by default any number.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::quota::{Quota, RequestQuota};
/// use std::num::NonZeroU32;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(central_logger_key_store::MemoryKeys::new());
/// # let hashes = central_logger_key_store::HashPool::new(central_logger_keys::KeyHasher::new());
/// # let clock = std::sync::Arc::new(central_logger_times::SystemClock);
/// # let actor = central_logger_key_store::Actor::new("alice@ops");
/// # let keyring = central_logger_key_store::Keyring::new(store.clone(), hashes, clock, actor);
/// # let new = central_logger_key_store::NewKey::for_client("acme_corp".parse()?);
/// # let issued = keyring.issue(&Default::default(), new).await?;
/// let acme = issued.record.client_id;
/// let requests = RequestQuota { per_day: NonZeroU32::new(100_000), per_month: None };
/// let decide = |before| Quota { requests, ..before };
/// keyring.set_quota(&acme, decide).await?.everywhere().await?;
/// assert_eq!(keyring.list(Some(&acme), None).await?.records[0].quota.requests, requests);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RequestQuota {
    /// In a day, which begins at midnight UTC.
    #[serde(rename = "requests_per_day")]
    pub per_day: Option<NonZeroU32>,
    /// In a month, which begins on its first day at midnight UTC.
    #[serde(rename = "requests_per_month")]
    pub per_month: Option<NonZeroU32>,
}

/// How much all keys of a client together may store in a day, which begins at midnight UTC; by default
/// any amount.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::quota::SpaceQuota;
/// use std::num::NonZeroU64;
///
/// let quota = SpaceQuota { bytes_per_day: NonZeroU64::new(1 << 30), ..SpaceQuota::default() };
/// let json = serde_json::to_string(&quota)?;
/// assert_eq!(json, r#"{"entries_per_day":null,"bytes_per_day":1073741824}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SpaceQuota {
    /// How many entries.
    pub entries_per_day: Option<NonZeroU64>,
    /// How many bytes of their texts.
    pub bytes_per_day: Option<NonZeroU64>,
}

/// A quota that a client is to have from now on.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::quota::{ClientQuota, Quota};
///
/// let quota = Quota::default(); // anything
/// let unlimited = ClientQuota { client_id: "acme_corp".parse()?, quota };
/// assert_eq!(unlimited.quota.requests.per_day, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientQuota {
    /// Which client.
    pub client_id: ClientId,
    /// The quota.
    pub quota: Quota,
}
