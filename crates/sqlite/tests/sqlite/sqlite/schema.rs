//! Schemas that are new, older or newer.

use super::{acme, directory, keyring, opened, path};
use central_logger_key_store::{
    KeyStore,
    conformance::{self, feed::Followed},
    quota::{Quota, QuotaDimension},
};
use central_logger_keys::KeyPrefix;
use central_logger_log_store::LogStore;
use central_logger_sqlite::{OpenError, Sqlite};
use central_logger_text::Report;
use std::num::NonZeroU64;

const MIGRATIONS: [&str; 26] = [
    "keys/0001_api_keys",
    "keys/0002_leases",
    "keys/0003_limits",
    "keys/0004_retention",
    "keys/0005_space_quotas",
    "keys/0006_key_usage",
    "keys/0007_alerts",
    "keys/0008_sealed_keys",
    "keys/0009_lease_renewals",
    "keys/0010_audit_actors",
    "keys/0011_key_makers",
    "keys/0012_shared_limits",
    "keys/0013_clients",
    "keys/0014_sessions",
    "keys/0015_lease_versions",
    "keys/0016_reveal_links",
    "keys/0017_hand_over",
    "keys/0018_sessions_of_provider",
    "keys/0019_mail",
    "logs/0001_workflow_logs",
    "logs/0002_idempotency_keys",
    "logs/0003_order",
    "logs/0004_log_blocks",
    "logs/0005_workflow_documents",
    "logs/0006_fresh_blocks",
    "logs/0007_status_links",
];

#[tokio::test(flavor = "multi_thread")]
async fn several_may_start_on_a_new_file_at_once() {
    let directory = directory();
    let path = path(&directory);
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            tokio::spawn(async move { Sqlite::open(&path).await?.migrate().await })
        })
        .collect();
    let mut applied = Vec::new();
    for start in starts {
        applied.extend(start.await.unwrap().unwrap());
    }
    // One may do the keys and another the logs.
    applied.sort_unstable();
    assert_eq!(applied, MIGRATIONS);
    assert!(
        Sqlite::open(&path)
            .await
            .unwrap()
            .pending()
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_file_that_was_not_migrated_says_so() {
    let directory = directory();
    let sqlite = Sqlite::open(&path(&directory)).await.unwrap();
    assert_eq!(sqlite.pending().await.unwrap().len(), MIGRATIONS.len());
    let error = sqlite.keys().ready().await.unwrap_err();
    assert!(
        Report(&error)
            .to_string()
            .contains("central-logger-admin migrate")
    );
    sqlite.migrate().await.unwrap();
    sqlite.keys().ready().await.unwrap();
    sqlite.logs().ready().await.unwrap();
}

#[tokio::test]
async fn an_older_schema_is_brought_up_to_date() {
    let directory = directory();
    let path = directory.path().join("keys.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    let first = include_str!("../../../../../migrations/sqlite/keys/0001_api_keys.sql");
    let history = "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL,
                       compatible_from INTEGER NOT NULL, applied_at TEXT) STRICT;
                   INSERT INTO schema_migrations VALUES (1, 'keys/0001_api_keys', 1, '')";
    connection.execute_batch(first).unwrap();
    connection.execute_batch(history).unwrap();
    let sqlite = Sqlite::open(&path).await.unwrap();
    assert!(!sqlite.is_new().await.unwrap());
    let applied = sqlite.migrate().await.unwrap();
    assert_eq!(applied, MIGRATIONS[1..]);
    conformance::run_feed(&Followed::new(sqlite.keys(), sqlite.feed())).await;
}

#[tokio::test]
async fn keys_have_their_quota_still_when_clients_come_to_be_recorded() {
    let directory = directory();
    let path = path(&directory);
    let keyring = keyring(&opened(&path).await);
    let issued = keyring.issue(&KeyPrefix::default(), acme()).await.unwrap();
    let acme = issued.record.client().unwrap();
    let limit = NonZeroU64::new(7);
    let decide = |quota: Quota| quota.with(QuotaDimension::RequestsPerDay, limit);
    let set = keyring.set_quota(acme, decide).await.unwrap();
    let quota = set.at_commit();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let older = "DROP TABLE clients; DROP TABLE change_receipts; DROP TABLE sessions; DROP TABLE sign_in_links;
                 ALTER TABLE server_lease DROP COLUMN knows;
                 DROP TABLE reveal_links;
                 DROP TRIGGER key_altered_by_hand; ALTER TABLE api_keys DROP COLUMN pending_target;
                 CREATE TRIGGER key_altered_by_hand AFTER DELETE ON api_keys BEGIN SELECT 1; END;
                 DELETE FROM schema_migrations WHERE version >= 13";
    connection.execute_batch(older).unwrap();
    let migrated = Sqlite::open(&path).await.unwrap();
    assert_eq!(
        migrated.migrate().await.unwrap(),
        [
            "keys/0013_clients",
            "keys/0014_sessions",
            "keys/0015_lease_versions",
            "keys/0016_reveal_links",
            "keys/0017_hand_over",
            "keys/0018_sessions_of_provider",
            "keys/0019_mail"
        ]
    );
    let keyring = self::keyring(&migrated);
    let shown = keyring.show(&issued.record.id).await.unwrap();
    assert_eq!(shown.quota, quota);
    assert_eq!(keyring.clients().await.unwrap().quota(acme), quota);
    assert_eq!(keyring.audit(|_| {}).await.unwrap().faults, []);
}

#[tokio::test]
async fn a_newer_schema_is_refused_unless_it_is_compatible() {
    let directory = directory();
    let path = path(&directory);
    drop(opened(&path).await);
    let set = |compatible_from: u32| {
        let connection = rusqlite::Connection::open(&path).unwrap();
        let sql = "INSERT OR REPLACE INTO schema_migrations (version, name, compatible_from)
                   VALUES (99, 'of the future', ?1)";
        connection.execute(sql, [compatible_from]).unwrap();
    };
    set(1);
    let sqlite = Sqlite::open(&path).await.unwrap();
    sqlite.keys().ready().await.unwrap();
    set(99);
    let error = Sqlite::open(&path).await.unwrap_err();
    assert!(
        matches!(error, OpenError::TooNew { found: 99, .. }),
        "{error:?}"
    );
    assert!(
        error
            .to_string()
            .ends_with("run a newer version of this program")
    );
}
