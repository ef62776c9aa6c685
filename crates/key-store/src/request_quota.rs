use serde::Serialize;
use std::num::NonZeroU32;

/// How many requests all keys of a client together may make; by default any number.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{Quota, RequestQuota};
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
