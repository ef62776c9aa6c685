//! Keys and their activity in a real PostgreSQL pass every check.

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
use central_logger_postgres::{
    Postgres, PostgresKeys, PostgresLimits, PostgresSessions, PostgresWorkflows,
    testing::new_database,
};
use central_logger_sessions::session_store_checks;
use central_logger_workflows::workflow_store_checks;
use time::OffsetDateTime;
use tokio::sync::OnceCell;

/// A new database.
async fn migrated() -> Postgres {
    let postgres = Postgres::connect(&new_database().await).await.unwrap();
    postgres.migrate().await.unwrap();
    postgres
}

/// One database for all checks that can be run beside others.
async fn shared() -> Postgres {
    static URL: OnceCell<String> = OnceCell::const_new();
    let made = URL.get_or_init(|| async {
        let url = new_database().await;
        let postgres = Postgres::connect(&url).await.unwrap();
        postgres.migrate().await.unwrap();
        url
    });
    Postgres::connect(made.await).await.unwrap()
}

async fn opened() -> (PostgresKeys, ()) {
    (migrated().await.keys(), ())
}

key_admin_checks!(opened);

async fn followed() -> (Followed, ()) {
    let postgres = migrated().await;
    (Followed::new(postgres.keys(), postgres.feed()), ())
}

key_feed_checks!(followed);

async fn opened_beside_others() -> (PostgresKeys, ()) {
    (shared().await.keys(), ())
}

usage_checks!(opened_beside_others);
watch_checks!(opened_beside_others);
alert_checks!(opened_beside_others);

struct Keys(PostgresKeys);

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

async fn opened_with_keys() -> (Keys, ()) {
    (Keys(shared().await.keys()), ())
}

known_key_checks!(opened_with_keys);

#[tokio::test]
async fn a_use_of_a_key_is_no_change_of_it() {
    let postgres = migrated().await;
    let (keys, feed, id) = (postgres.keys(), postgres.feed(), KeyId::generate().unwrap());
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

async fn opened_limits() -> (PostgresLimits, ()) {
    (shared().await.limits(), ())
}

limit_store_checks!(opened_limits);

async fn opened_sessions() -> (PostgresSessions, ()) {
    (shared().await.sessions(), ())
}

session_store_checks!(opened_sessions);

async fn opened_workflows() -> (PostgresWorkflows, ()) {
    (migrated().await.workflows(), ())
}

workflow_store_checks!(opened_workflows);
