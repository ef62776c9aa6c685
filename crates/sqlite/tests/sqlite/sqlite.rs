//! Both stores on real files.

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, Head, KeyFeed, KeyStore, LeaseHolder, LeaseStore, NewKey,
    conformance::{self, feed::Followed},
    feed::Lease,
    quota::{Quota, QuotaDimension},
};
use central_logger_keyring::{KeySelection, Keyring, model};
use central_logger_keys::{ApiKey, KeyHasher, KeyPrefix};
use central_logger_log_store::{
    LogSearch, LogStore, StatsQuery, Submission, entries::Place, store::ScanBudget,
};
use central_logger_sqlite::{OpenError, Sqlite};
use central_logger_text::Report;
use central_logger_times::{ManualClock, SystemClock};
use proptest::prelude::*;
use std::{collections::BTreeSet, fs, num::NonZeroU64, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use time::OffsetDateTime;

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

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn path(directory: &TempDir) -> std::path::PathBuf {
    directory.path().join("deep/er/central-logger.db")
}

async fn opened(path: &Path) -> Sqlite {
    let sqlite = Sqlite::open(path).await.unwrap();
    sqlite.migrate().await.unwrap();
    sqlite
}

fn keyring(sqlite: &Sqlite) -> Keyring {
    let hashes = HashPool::new(KeyHasher::new());
    Keyring::new(
        Arc::new(sqlite.keys()),
        hashes,
        Arc::new(SystemClock),
        Actor::new("tester@here"),
    )
}

fn acme() -> NewKey {
    NewKey::for_client("acme".parse().unwrap())
}

#[tokio::test]
async fn a_lease_runs_out_by_the_clock_that_is_given() {
    let directory = directory();
    let clock = Arc::new(ManualClock::new(OffsetDateTime::UNIX_EPOCH));
    let sqlite = opened(&path(&directory)).await.with_clock(clock.clone());
    let lease = Lease {
        holder: LeaseHolder::new("here").unwrap(),
        applied: Head::default(),
        length: Duration::from_secs(2),
        peppers: Vec::new(),
    };
    let feed = sqlite.feed();
    let held = async || sqlite.keys().live_leases().await.unwrap().len();
    feed.hold_lease(&lease).await.unwrap();
    clock.advance(time::Duration::milliseconds(1999));
    assert_eq!(held().await, 1);
    clock.advance(time::Duration::milliseconds(1));
    assert_eq!(held().await, 0, "it has run out");
    feed.hold_lease(&lease).await.unwrap();
    assert_eq!(held().await, 1, "it was renewed");
}

#[tokio::test]
async fn a_read_that_takes_too_long_is_ended() {
    let directory = directory();
    let logs = opened(&path(&directory)).await.logs();
    let client = "acme".parse().unwrap();
    let now = OffsetDateTime::UNIX_EPOCH;
    let entry = r#"{"environment":"e","executed_at":"1970-01-01T00:00:00Z","status":"s"}"#;
    let body = format!("[{}{entry}]", format!("{entry},").repeat(299));
    let Ok(Submission::Many(mut entries)) = Submission::parse(body.as_bytes(), &client, now) else {
        panic!("it is many");
    };
    for (entry, arrival) in entries.iter_mut().zip(0..) {
        entry.place(Place { arrival, writer: 0 });
    }
    logs.append(&client, now, &entries).await.unwrap();
    let ids = entries
        .iter()
        .map(|entry| entry.id())
        .collect::<BTreeSet<_>>();
    let no_time = ScanBudget {
        time: Duration::ZERO,
        ..ScanBudget::MAX
    };

    let from = [("from".to_owned(), "1970-01-01T00:00:00Z".to_owned())];
    let all = StatsQuery::from_pairs(from, now + Duration::from_secs(1)).unwrap();
    let (mut count, mut after) = (0, None);
    loop {
        let counted = logs.count(&client, &all, after, no_time).await.unwrap();
        let totals = counted.stats.totals();
        let part: u64 = totals.iter().map(|(_, tally)| tally.count).sum();
        count += part;
        after = counted.last;
        if after.is_none() {
            break;
        }
        assert!(part < 300);
    }
    assert_eq!(count, 300);

    // What was found so far is given, with where to go on, also when that is nothing.
    let limit = ("limit", "100");
    for (parameters, expected) in [
        (&[limit][..], ids),
        (&[limit, ("status", "absent")], BTreeSet::new()),
    ] {
        let owned = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut search = LogSearch::from_pairs(owned).unwrap();
        let mut read = BTreeSet::new();
        let mut parts = 0;
        loop {
            let page = logs.scan(&client, &search, no_time).await.unwrap();
            parts += 1;
            read.extend(page.logs.iter().map(|log| log.id));
            search.query.cursor = page.next_cursor;
            if search.query.cursor.is_none() {
                break;
            }
            assert!(page.logs.len() < 100);
        }
        assert_eq!(read, expected);
        assert!(parts > 1, "{parts}");
    }
}

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
    let first = include_str!("../../../../migrations/sqlite/keys/0001_api_keys.sql");
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

#[tokio::test]
async fn another_process_sees_a_change_at_once() {
    let directory = directory();
    let path = path(&directory);
    let (one, other) = (opened(&path).await, opened(&path).await);
    let issued = keyring(&one)
        .issue(&KeyPrefix::default(), acme())
        .await
        .unwrap();
    let id = issued.record.id;
    assert!(other.keys().find(&id).await.unwrap().is_some());
    let selection = KeySelection::Id(id.clone());
    keyring(&other)
        .revoke(&selection, None)
        .await
        .unwrap()
        .at_commit();
    let seen = one.keys().find(&id).await.unwrap().unwrap();
    assert!(seen.record.revoked_at.is_some());
}

#[tokio::test]
async fn what_was_appended_is_there_after_the_files_are_opened_anew() {
    let directory = directory();
    let path = path(&directory);
    let client = "acme".parse().unwrap();
    let body = br#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s"}"#;
    let now = OffsetDateTime::now_utc();
    let Ok(Submission::One(entry)) = Submission::parse(body, &client, now) else {
        panic!("one entry");
    };
    let first = opened(&path).await;
    first.logs().append(&client, now, &[entry]).await.unwrap();
    drop(first);
    let page = opened(&path)
        .await
        .logs()
        .page(&client, &LogSearch::default())
        .await;
    assert_eq!(page.unwrap().logs.len(), 1);
}

#[tokio::test]
async fn files_are_for_their_owner_and_hold_no_key() {
    let directory = directory();
    let path = path(&directory);
    let sqlite = opened(&path).await;
    let keyring = keyring(&sqlite);
    let issued = keyring.issue(&KeyPrefix::default(), acme()).await.unwrap();
    let opaque = "made-elsewhere-0123456789";
    keyring
        .import(ApiKey::parse(opaque).unwrap(), acme())
        .await
        .unwrap();

    let secret = issued.api_key.expose_secret().rsplit('_').next().unwrap();
    let mut files = 0;
    for file in fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap().path();
        let bytes = fs::read(&file).unwrap();
        for needle in [secret, opaque] {
            let found = bytes
                .windows(needle.len())
                .any(|window| window == needle.as_bytes());
            assert!(!found, "{} holds a key", file.display());
        }
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &fs::metadata(&file).unwrap().permissions(),
            );
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
        files += 1;
    }
    assert!(files >= 2);
}

#[tokio::test]
async fn what_is_no_database_is_refused_in_one_line() {
    let directory = directory();
    let text = directory.path().join("text.db");
    fs::write(
        &text,
        "not a database, but long enough to be taken for one at first",
    )
    .unwrap();
    let error = Sqlite::open(&text).await.unwrap_err();
    let said = Report(&error).to_string();
    assert!(
        said.contains("text.db cannot be used as a SQLite database: "),
        "{said}"
    );
    assert!(!said.contains('\n'));

    let below_a_file = text.join("keys.db");
    let error = Sqlite::open(&below_a_file).await.unwrap_err();
    assert!(matches!(error, OpenError::Create(..)), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_life_goes_as_the_model_says(steps in model::steps()) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let directory = tempfile::tempdir().unwrap();
            let store = Sqlite::open(&directory.path().join("x.db")).await.unwrap();
            store.migrate().await.unwrap();
            model::compare(Arc::new(store.keys()), &steps).await;
        });
    }
}
