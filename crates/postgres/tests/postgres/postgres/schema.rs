//! Schemas that are new, older or newer.

use super::migrated;
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, KeyStore, NewKey,
    conformance::{self, feed::Followed},
    quota::{Quota, QuotaDimension},
};
use central_logger_keyring::Keyring;
use central_logger_keys::{KeyHasher, KeyPrefix};
use central_logger_log_store::LogStore;
use central_logger_postgres::{
    OpenError, Postgres,
    testing::{execute, new_database},
};
use central_logger_text::Report;
use central_logger_times::SystemClock;
use std::{num::NonZeroU64, sync::Arc};

const MIGRATIONS: [&str; 26] = [
    "0001_keys_and_logs",
    "0002_leases",
    "0003_walls",
    "0004_idempotency_keys",
    "0005_limits",
    "0006_retention",
    "0007_space_quotas",
    "0008_key_usage",
    "0009_alerts",
    "0010_order",
    "0011_sealed_keys",
    "0012_roles_of_one_installation",
    "0013_lease_renewals",
    "0014_audit_actors",
    "0015_key_makers",
    "0016_shared_limits",
    "0017_clients",
    "0018_sessions",
    "0019_log_blocks",
    "0020_reveal_links",
    "0021_workflow_documents",
    "0022_hand_over",
    "0023_fresh_blocks",
    "0024_sessions_of_provider",
    "0025_status_links",
    "0026_mail",
];

#[tokio::test(flavor = "multi_thread")]
async fn several_may_start_on_a_new_database_at_once() {
    let url = new_database().await;
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Postgres::connect(&url).await?.migrate().await })
        })
        .collect();
    let mut applied = Vec::new();
    for start in starts {
        applied.extend(start.await.unwrap().unwrap());
    }
    assert_eq!(applied, MIGRATIONS);
    let postgres = Postgres::connect(&url).await.unwrap();
    assert!(postgres.pending().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_database_that_was_not_migrated_says_so() {
    let postgres = Postgres::connect(&new_database().await).await.unwrap();
    let all = MIGRATIONS;
    assert_eq!(postgres.pending().await.unwrap(), all);
    let (keys, logs) = (postgres.keys(), postgres.logs());
    let said = Report(&keys.ready().await.unwrap_err()).to_string();
    assert!(said.contains("central-logger-admin migrate"), "{said}");
    postgres.migrate().await.unwrap();
    keys.ready().await.unwrap();
    logs.ready().await.unwrap();
}

#[tokio::test]
async fn an_older_schema_is_brought_up_to_date() {
    let url = new_database().await;
    let first = include_str!("../../../../../migrations/postgres/0001_keys_and_logs.sql");
    let history = "CREATE TABLE schema_migrations (version integer PRIMARY KEY, name text NOT NULL,
                       compatible_from integer NOT NULL,
                       applied_at timestamptz NOT NULL DEFAULT now());
                   INSERT INTO schema_migrations VALUES (1, '0001_keys_and_logs', 1)";
    execute(&url, first).await;
    execute(&url, history).await;
    let postgres = Postgres::connect(&url).await.unwrap();
    assert!(!postgres.is_new().await.unwrap());
    assert_eq!(postgres.migrate().await.unwrap(), MIGRATIONS[1..]);
    conformance::run_feed(&Followed::new(postgres.keys(), postgres.feed())).await;
}

#[tokio::test]
async fn keys_have_their_quota_still_when_clients_come_to_be_recorded() {
    let (postgres, url) = migrated().await;
    let hashes = HashPool::new(KeyHasher::new());
    let actor = Actor::new("tester@here");
    let keys = Arc::new(postgres.keys());
    let keyring = Keyring::new(keys, hashes, Arc::new(SystemClock), actor);
    let new = NewKey::for_client("acme".parse().unwrap());
    let issued = keyring.issue(&KeyPrefix::default(), new).await.unwrap();
    let acme = issued.record.client().unwrap();
    let limit = NonZeroU64::new(7);
    let decide = |quota: Quota| quota.with(QuotaDimension::RequestsPerDay, limit);
    let set = keyring.set_quota(acme, decide).await.unwrap();
    let quota = set.at_commit();
    let older = "DROP TABLE clients; DROP TABLE change_receipts; DROP TABLE sessions; DROP TABLE sign_in_links;
                 DROP TABLE reveal_links;
                 DROP TABLE log_blocks; DROP TABLE log_block_contents; DROP TABLE log_sealing;
                 ALTER TABLE server_lease DROP COLUMN knows;
                 DROP TABLE workflow_documents; DROP TABLE workflow_follower;
                 ALTER TABLE api_keys DROP COLUMN pending_target CASCADE;
                 CREATE TRIGGER keys_changed_by_hand AFTER DELETE ON api_keys
                     FOR EACH STATEMENT EXECUTE FUNCTION keys_changed_by_hand();
                 DELETE FROM central_logger_migrations WHERE version >= 17";
    execute(&url, older).await;
    assert_eq!(
        postgres.migrate().await.unwrap(),
        [
            "0017_clients",
            "0018_sessions",
            "0019_log_blocks",
            "0020_reveal_links",
            "0021_workflow_documents",
            "0022_hand_over",
            "0023_fresh_blocks",
            "0024_sessions_of_provider",
            "0025_status_links",
            "0026_mail"
        ]
    );
    let shown = keyring.show(&issued.record.id).await.unwrap();
    assert_eq!(shown.quota, quota);
    assert_eq!(keyring.clients().await.unwrap().quota(acme), quota);
    assert_eq!(keyring.audit(|_| {}).await.unwrap().faults, []);
}

#[tokio::test]
async fn a_newer_schema_is_refused_unless_it_is_compatible() {
    let (_, url) = migrated().await;
    let newer = "INSERT INTO central_logger_migrations (version, name, compatible_from)
                 VALUES (99, 'of the future', 18)";
    execute(&url, newer).await;
    let postgres = Postgres::connect(&url).await.unwrap();
    postgres.keys().ready().await.unwrap();
    assert!(postgres.migrate().await.unwrap().is_empty());

    execute(
        &url,
        "UPDATE central_logger_migrations SET compatible_from = 99",
    )
    .await;
    let error = Postgres::connect(&url).await.unwrap_err();
    let OpenError::TooNew { found: 99, known } = error else {
        panic!("{error:?}");
    };
    assert_eq!(usize::try_from(known).unwrap(), MIGRATIONS.len());
}
