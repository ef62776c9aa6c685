//! Keys in memory, and targets that do what a test says.

use crate::fake::{Fakes, Fault};
use central_logger_hand_over::{Delivered, HandOver, HandOverError, Succession};
use central_logger_hash_pool::HashPool;
use central_logger_key_activity::MemoryActivity;
use central_logger_key_store::{Actor, KeyStatus, MemoryKeys, NewKey, Patch};
use central_logger_keys::{ClientId, KeyHasher, KeyId, KeyPrefix};
use central_logger_log_store::MemoryLogs;
use central_logger_operations::{
    Caller, Operations, Stores,
    clients::ClientPatch,
    keys::{KeyFilter, KeyView},
};
use central_logger_sessions::MemorySessions;
use central_logger_times::ManualClock;
use std::{sync::Arc, time::Duration as StdDuration};
use time::{Duration, macros::datetime};
use tokio::time::timeout;

pub(crate) const TARGET: &str = "vault:secret/acme/logger";

pub(crate) struct Site {
    pub(crate) operations: Operations,
    pub(crate) hand_over: HandOver,
    pub(crate) fakes: Fakes,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) fn acme() -> ClientId {
    "acme".parse().unwrap()
}

pub(crate) const USUAL: Succession = Succession {
    grace: Duration::DAY,
    expires_at: None,
    overwrite: false,
};

impl Site {
    pub(crate) async fn new() -> Self {
        let stores = Stores {
            keys: Arc::new(MemoryKeys::new()),
            activity: Arc::new(MemoryActivity::new()),
            logs: Arc::new(MemoryLogs::new()),
            sessions: Arc::new(MemorySessions::new()),
        };
        let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
        let hashes = HashPool::new(KeyHasher::new());
        let caller = Caller::Provider(Actor::new("alice@ops"));
        let operations = Operations::new(stores, hashes, clock.clone(), caller);
        let fakes = Fakes::default();
        let hand_over = HandOver::new(
            operations.clone(),
            Arc::new(fakes.clone()),
            clock.clone(),
            KeyPrefix::default(),
            "https://logs.example.com/api/v1/logs".to_owned(),
        );
        let site = Self {
            operations,
            hand_over,
            fakes,
            clock,
        };
        site.set_target(&acme(), TARGET).await;
        site
    }

    pub(crate) async fn set_target(&self, client: &ClientId, target: &str) {
        let patch = ClientPatch {
            deliver: Patch::Set(target.parse().unwrap()),
            ..ClientPatch::default()
        };
        let set = self.operations.set_client(client, &patch).await.unwrap();
        drop(set.not_waiting());
    }

    /// Hands a first key of the client over.
    pub(crate) async fn first(&self) -> Delivered {
        let new = NewKey::for_client(acme());
        let issued = self.hand_over.issue(&acme(), new, None, false).await;
        issued.unwrap().delivered().unwrap()
    }

    /// Rotates with a fault; nothing comes of a crash.
    pub(crate) async fn rotate(
        &self,
        id: &KeyId,
        fault: Option<Fault>,
    ) -> Option<Result<Delivered, HandOverError>> {
        self.fakes.with(TARGET, |held| held.fault = fault);
        let rotating = self.hand_over.rotate(id, USUAL);
        // Of a program that ends, no future goes on. Time is paused, so that this takes none.
        let rotated = timeout(StdDuration::from_secs(5), rotating).await.ok();
        self.fakes.with(TARGET, |held| held.fault = None);
        rotated.map(|rotated| rotated.map(|outcome| outcome.delivered().unwrap()))
    }

    pub(crate) async fn keys(&self) -> Vec<KeyView> {
        let filter = KeyFilter::default();
        self.operations.list(&filter).await.unwrap().keys
    }

    pub(crate) async fn key(&self, id: &KeyId) -> KeyView {
        self.operations.key(id).await.unwrap()
    }

    /// The key that the target holds.
    pub(crate) async fn held(&self) -> Option<KeyView> {
        let text = self.fakes.with(TARGET, |held| held.current.clone())?;
        self.operations.recognise(&acme(), &text).await.unwrap()
    }

    /// Checks what must hold at any moment.
    pub(crate) async fn check(&self) {
        let held = self.held().await.expect("a key is there");
        assert_eq!(held.status, KeyStatus::Active, "{held:?}");
        let keys = self.keys().await;
        for key in &keys {
            let successors = keys.iter().filter(|other| {
                other.replaces.as_ref() == Some(&key.key_id) && other.revoked_at.is_none()
            });
            assert!(successors.count() <= 1, "two successors of {}", key.key_id);
        }
    }

    pub(crate) fn wait(&self, duration: Duration) {
        self.clock.advance(duration);
    }
}
