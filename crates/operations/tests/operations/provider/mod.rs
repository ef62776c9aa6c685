//! A provider with stores in memory and a clock that is set by hand.
#![allow(unreachable_pub)]

use central_logger_hash_pool::HashPool;
use central_logger_key_activity::MemoryActivity;
use central_logger_key_store::{Actor, MemoryKeys, NewKey};
use central_logger_keys::{ClientId, KeyHasher, KeyId, KeyPrefix};
use central_logger_log_store::MemoryLogs;
use central_logger_operations::{
    Caller, Change, OperationError, Operations, StaticEntries, Stores, keys::Issued,
};
use central_logger_sessions::MemorySessions;
use central_logger_settings::Environment;
use central_logger_times::ManualClock;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use time::{OffsetDateTime, macros::datetime};

pub const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

pub struct Provider {
    pub operations: Operations,
    pub keys: Arc<MemoryKeys>,
    pub activity: Arc<MemoryActivity>,
    pub logs: Arc<MemoryLogs>,
    pub sessions: Arc<MemorySessions>,
    pub clock: Arc<ManualClock>,
}

impl Provider {
    pub fn new() -> Self {
        let (keys, logs) = (Arc::new(MemoryKeys::new()), Arc::new(MemoryLogs::new()));
        let clock = Arc::new(ManualClock::new(NOW));
        let activity = Arc::new(MemoryActivity::new());
        let sessions = Arc::new(MemorySessions::new());
        let stores = Stores {
            keys: keys.clone(),
            activity: activity.clone(),
            logs: logs.clone(),
            sessions: sessions.clone(),
        };
        Self {
            operations: operations(stores, clock.clone()),
            keys,
            activity,
            logs,
            sessions,
            clock,
        }
    }

    /// Operations as another process has them, which has made no change yet.
    pub fn again(&self) -> Operations {
        let stores = Stores {
            keys: self.keys.clone(),
            activity: self.activity.clone(),
            logs: self.logs.clone(),
            sessions: self.sessions.clone(),
        };
        operations(stores, self.clock.clone())
    }

    pub async fn issue(&self, client: &str) -> Change<Issued> {
        self.issue_new(new_key(client)).await
    }

    pub async fn issue_new(&self, new: NewKey) -> Change<Issued> {
        let issued = self.again().issue(&KeyPrefix::default(), new).await;
        issued.unwrap()
    }

    pub async fn issue_id(&self, client: &str) -> KeyId {
        self.issue(client).await.result.record.id
    }
}

pub fn operations(stores: Stores, clock: Arc<ManualClock>) -> Operations {
    let hashes = HashPool::new(KeyHasher::new());
    let caller = Caller::Provider(Actor::new("alice@ops"));
    Operations::new(stores, hashes, clock, caller)
}

pub fn new_key(client: &str) -> NewKey {
    NewKey::for_client(self::client(client))
}

pub fn client(text: &str) -> ClientId {
    text.parse().unwrap()
}

/// The entries of an `API_KEYS` of that value.
pub fn static_entries(json: &str) -> StaticEntries {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".env");
    std::fs::write(&path, format!("API_KEYS={json}\n")).unwrap();
    StaticEntries::read(&Environment::read(Some(&path)).unwrap())
}

pub fn json(result: &impl Serialize) -> Value {
    serde_json::to_value(result).unwrap()
}

#[track_caller]
pub fn code<T>(result: Result<T, OperationError>) -> &'static str {
    match result {
        Ok(_) => panic!("it succeeded"),
        Err(error) => error.code(),
    }
}

/// The names of the members of a JSON object, in alphabetical order.
pub fn members(object: &Value) -> Vec<&str> {
    let mut members: Vec<_> = object
        .as_object()
        .unwrap()
        .keys()
        .map(|name| &**name)
        .collect();
    members.sort_unstable();
    members
}
