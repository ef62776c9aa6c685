//! Keys and their activity in a real file pass every check.

use async_trait::async_trait;
use central_logger_key_activity::{
    KeyUse, UsageBatch, UsageStore, alert_checks, conformance::known_keys::KnownKeys,
    known_key_checks, usage_checks, watch_checks,
};
use central_logger_key_store::{
    KeyFeed, KeyStore, conformance, conformance::feed::Followed, key_admin_checks, key_feed_checks,
};
use central_logger_keys::{ClientId, KeyId};
use central_logger_limits::limit_store_checks;
use central_logger_sessions::session_store_checks;
use central_logger_sqlite::{Sqlite, SqliteKeys, SqliteLimits, SqliteSessions, SqliteWorkflows};
use central_logger_workflows::workflow_store_checks;
use tempfile::TempDir;
use time::OffsetDateTime;

async fn migrated() -> (Sqlite, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(&directory.path().join("central-logger.db"))
        .await
        .unwrap();
    sqlite.migrate().await.unwrap();
    (sqlite, directory)
}

async fn opened() -> (SqliteKeys, TempDir) {
    let (sqlite, directory) = migrated().await;
    (sqlite.keys(), directory)
}

key_admin_checks!(opened);
usage_checks!(opened);
watch_checks!(opened);
alert_checks!(opened);

async fn followed() -> (Followed, TempDir) {
    let (sqlite, directory) = migrated().await;
    (Followed::new(sqlite.keys(), sqlite.feed()), directory)
}

key_feed_checks!(followed);

struct Keys(SqliteKeys);

#[async_trait]
impl KnownKeys for Keys {
    fn activity(&self) -> &dyn UsageStore {
        &self.0
    }

    async fn add(&self, id: &KeyId, client: &ClientId) {
        conformance::add_key(&self.0, id, client).await;
    }

    async fn last_use(&self, id: &KeyId) -> Option<KeyUse> {
        let record = self.0.find(id).await.unwrap()?.record;
        let from = record.last_used_from;
        record.last_used_at.map(|at| KeyUse { at, from })
    }
}

async fn opened_with_keys() -> (Keys, TempDir) {
    let (sqlite, directory) = migrated().await;
    (Keys(sqlite.keys()), directory)
}

known_key_checks!(opened_with_keys);

#[tokio::test]
async fn a_use_of_a_key_is_no_change_of_it() {
    let (sqlite, _directory) = migrated().await;
    let (keys, feed, id) = (sqlite.keys(), sqlite.feed(), KeyId::generate().unwrap());
    conformance::add_key(&keys, &id, &"acme".parse().unwrap()).await;
    let reached = feed.changes(None).await.unwrap().reached();
    let mut batch = UsageBatch::default();
    let at = OffsetDateTime::UNIX_EPOCH;
    batch.note_use(&id, KeyUse { at, from: None });
    keys.add_usage(&batch).await.unwrap();
    assert_eq!(
        keys.find(&id).await.unwrap().unwrap().record.last_used_at,
        Some(at)
    );
    assert!(feed.changes(Some(&reached)).await.unwrap().is_empty());
}

async fn opened_limits() -> (SqliteLimits, TempDir) {
    let (sqlite, directory) = migrated().await;
    (sqlite.limits(), directory)
}

limit_store_checks!(opened_limits);

async fn opened_sessions() -> (SqliteSessions, TempDir) {
    let (sqlite, directory) = migrated().await;
    (sqlite.sessions(), directory)
}

session_store_checks!(opened_sessions);

async fn opened_workflows() -> (SqliteWorkflows, TempDir) {
    let (sqlite, directory) = migrated().await;
    (sqlite.workflows(), directory)
}

workflow_store_checks!(opened_workflows);
