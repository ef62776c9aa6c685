use crate::{
    Acknowledgement, Activity, ActivityError, Alert, AlertId, AlertQuery, AlertStore, Delivery,
    KeyHistory, Usage, UsageBatch, UsageQuery, UsageStore, WatchStore, WatchedKey,
};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

/// A store that never answers, for tests of what stands on one.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{ActivityError, UnreachableActivity, UsageBatch, UsageStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let outage = UnreachableActivity.add_usage(&UsageBatch::default()).await;
/// assert!(matches!(outage, Err(ActivityError::Unavailable(_))));
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct UnreachableActivity;

fn unavailable<T>() -> Result<T, ActivityError> {
    Err(ActivityError::Unavailable("connection refused".into()))
}

#[async_trait]
impl UsageStore for UnreachableActivity {
    async fn add_usage(&self, _: &UsageBatch) -> Result<(), ActivityError> {
        unavailable()
    }

    async fn usage(&self, _: &UsageQuery) -> Result<Vec<Usage>, ActivityError> {
        unavailable()
    }

    async fn purge_usage(&self, _: OffsetDateTime) -> Result<(), ActivityError> {
        unavailable()
    }
}

#[async_trait]
impl WatchStore for UnreachableActivity {
    async fn try_acquire_leadership(
        &self,
        _: &str,
        _: OffsetDateTime,
        _: Duration,
    ) -> Result<bool, ActivityError> {
        unavailable()
    }

    async fn activity(&self, _: OffsetDateTime) -> Result<Activity, ActivityError> {
        unavailable()
    }

    async fn histories(
        &self,
        _: &BTreeSet<WatchedKey>,
        _: OffsetDateTime,
    ) -> Result<BTreeMap<WatchedKey, KeyHistory>, ActivityError> {
        unavailable()
    }
}

#[async_trait]
impl AlertStore for UnreachableActivity {
    async fn alerts(&self, _: &AlertQuery) -> Result<Vec<Alert>, ActivityError> {
        unavailable()
    }

    async fn put_alerts(&self, _: &[Alert]) -> Result<(), ActivityError> {
        unavailable()
    }

    async fn acknowledge(
        &self,
        _: &AlertId,
        _: Option<&ClientId>,
        _: &Acknowledgement,
    ) -> Result<Option<Alert>, ActivityError> {
        unavailable()
    }

    async fn due_delivery(
        &self,
        _: OffsetDateTime,
        _: OffsetDateTime,
    ) -> Result<Option<Alert>, ActivityError> {
        unavailable()
    }

    async fn set_delivery(&self, _: &AlertId, _: &Delivery) -> Result<bool, ActivityError> {
        unavailable()
    }

    async fn purge_alerts(&self, _: OffsetDateTime) -> Result<(), ActivityError> {
        unavailable()
    }
}
