//! How long logs are kept, over the in-memory store.

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, AuditAction, AuditEntry, AuditTrail, MemoryKeys, settings::SettingChange,
};
use central_logger_keyring::Keyring;
use central_logger_keys::{ClientId, KeyHasher};
use central_logger_times::ManualClock;
use std::sync::Arc;
use time::macros::datetime;

fn keyring() -> (Arc<MemoryKeys>, Keyring) {
    let store = Arc::new(MemoryKeys::new());
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let hashes = HashPool::new(KeyHasher::new());
    let actor = Actor::new("alice@ops");
    (
        Arc::clone(&store),
        Keyring::new(store, hashes, clock, actor),
    )
}

fn change(client: Option<&str>, keep: &str) -> SettingChange {
    SettingChange {
        client_id: client.map(|client| client.parse().unwrap()),
        value: Some(keep.to_owned()),
    }
}

#[tokio::test]
async fn what_is_set_holds_for_all_or_for_one() {
    let (_, keyring) = keyring();
    assert_eq!(keyring.retention().await.unwrap().for_all, None);
    for change in [change(None, "90d"), change(Some("acme"), "7d")] {
        keyring.set_retention(&change).await.unwrap().at_commit();
    }
    let retention = keyring.retention().await.unwrap();
    assert_eq!(retention.of(&"acme".parse().unwrap()), Some("7d"));
    assert_eq!(retention.of(&"widget".parse().unwrap()), Some("90d"));
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_trace() {
    let (store, keyring) = keyring();
    for _ in 0..2 {
        let change = change(None, "90d");
        keyring.set_retention(&change).await.unwrap().at_commit();
    }
    assert_eq!(store.head().await.unwrap().sequence, 1);
}

#[tokio::test]
async fn the_trail_says_who_let_logs_be_forgotten_and_how_many() {
    let (_, keyring) = keyring();
    let client: ClientId = "acme".parse().unwrap();
    for entries in [None, Some(1234)] {
        keyring.record_purge(&client, entries).await.unwrap();
    }
    let mut trail: Vec<AuditEntry> = Vec::new();
    let report = keyring.audit(|entry| trail.push(entry)).await.unwrap();
    assert_eq!(report.faults, []);
    let told = trail
        .iter()
        .map(|entry| (entry.actor.name(), &*entry.after));
    let told: Vec<_> = told.collect();
    let (before, after) = (r#"{"entries":null}"#, r#"{"entries":1234}"#);
    assert_eq!(told, [("alice@ops", before), ("alice@ops", after)]);
    for entry in trail {
        assert_eq!(entry.action, AuditAction::Forget);
        assert_eq!(
            (entry.key_id, entry.client_id),
            (None, Some(client.clone()))
        );
    }
}
