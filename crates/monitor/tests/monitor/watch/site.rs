//! A store, and a watch on it.

use central_logger_hash_pool::HashPool;
use central_logger_key_activity::{
    Alert, AlertKind, AlertQuery, AlertStore, MemoryActivity, UsageBatch, UsageStore, WatchedKey,
};
use central_logger_key_store::{Actor, KeyRecord, MemoryKeys, NewKey};
use central_logger_keyring::{KeySelection, Keyring, Rotation};
use central_logger_keys::KeyHasher;
use central_logger_monitor::{Thresholds, Watch};
use central_logger_times::{Clock, ManualClock, Timestamp};
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};

pub(crate) const BEGIN: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
pub(crate) const HOME: &str = "10.1.2.0/24";

pub(crate) struct Site {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) keys: Arc<MemoryKeys>,
    pub(crate) activity: Arc<MemoryActivity>,
    keyring: Keyring,
    watch: Watch,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::with(Thresholds::default())
    }

    pub(crate) fn with(thresholds: Thresholds) -> Self {
        let clock = Arc::new(ManualClock::new(BEGIN));
        let keys = Arc::new(MemoryKeys::new());
        let activity = Arc::new(MemoryActivity::new());
        let watch = Watch::new(
            keys.clone(),
            activity.clone(),
            "first",
            thresholds,
            clock.clone(),
        );
        let hashes = HashPool::new(KeyHasher::new());
        let actor = Actor::new("alice@ops");
        Self {
            keyring: Keyring::new(keys.clone(), hashes, clock.clone(), actor),
            watch: watch.unwrap(),
            clock,
            keys,
            activity,
        }
    }

    /// Another one that watches the same store.
    pub(crate) fn another_watch(&self) -> Watch {
        let (keys, activity) = (self.keys.clone(), self.activity.clone());
        let (thresholds, clock) = (Thresholds::default(), self.clock.clone());
        Watch::new(keys, activity, "second", thresholds, clock).unwrap()
    }

    pub(crate) async fn issue(&self, lifetime: Option<Duration>) -> KeyRecord {
        let new = NewKey {
            expires_at: lifetime.map(|lifetime| Timestamp::clamped(self.clock.now() + lifetime)),
            ..NewKey::for_client("acme_corp".parse().unwrap())
        };
        let issued = self.keyring.issue(&Default::default(), new).await;
        self.known(issued.unwrap().record)
    }

    /// Rotates a key, and gives the new one.
    pub(crate) async fn rotate(&self, key: &KeyRecord, grace: Duration) -> KeyRecord {
        let rotation = Rotation {
            grace,
            expires_at: None,
        };
        let prefix = Default::default();
        let rotated = self.keyring.rotate(&key.id, &prefix, rotation).await;
        self.known(rotated.unwrap().at_commit().issued.record)
    }

    /// The key, which is known to the store of activity from now on.
    fn known(&self, key: KeyRecord) -> KeyRecord {
        self.activity.add_key(&key.id, key.client().unwrap());
        key
    }

    pub(crate) async fn revoke(&self, key: &KeyRecord) {
        let selection = KeySelection::Id(key.id.clone());
        let revoked = self.keyring.revoke(&selection, None).await;
        assert_eq!(revoked.unwrap().at_commit(), std::slice::from_ref(&key.id));
    }

    pub(crate) async fn disable(&self, key: &KeyRecord) {
        let disabled = self.keyring.disable(&key.id).await;
        assert!(disabled.unwrap().at_commit());
    }

    /// Stores what is done now.
    pub(crate) async fn happen(&self, act: impl FnOnce(&mut UsageBatch, OffsetDateTime)) {
        let mut batch = UsageBatch::default();
        act(&mut batch, self.clock.now());
        self.activity.add_usage(&batch).await.unwrap();
    }

    pub(crate) async fn look(&mut self) -> Vec<Alert> {
        self.watch.look().await.unwrap()
    }

    /// Has something done, and gives what is found anew.
    pub(crate) async fn see(
        &mut self,
        act: impl FnOnce(&mut UsageBatch, OffsetDateTime),
    ) -> Vec<Alert> {
        self.happen(act).await;
        self.look().await
    }

    pub(crate) async fn stored(&self) -> Vec<Alert> {
        let query = AlertQuery {
            client: None,
            since: Timestamp::MIN,
            before: None,
            limit: 100_000,
        };
        self.activity.alerts(&query).await.unwrap()
    }
}

pub(crate) fn named(record: &KeyRecord) -> WatchedKey {
    (record.client().unwrap().clone(), record.id.clone())
}

/// A key that the database does not know, such as a static one.
pub(crate) fn foreign(id: &str) -> WatchedKey {
    ("acme_corp".parse().unwrap(), id.parse().unwrap())
}

pub(crate) fn kinds(alerts: &[Alert]) -> Vec<AlertKind> {
    alerts.iter().map(|alert| alert.kind).collect()
}
