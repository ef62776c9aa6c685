//! Both stores in a real PostgreSQL, which `scripts/test` starts.

use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, KeyStore, KeyStoreError, NewKey, Owners,
    conformance::{self, feed::Followed},
    quota::{Quota, QuotaDimension},
};
use central_logger_keyring::{Keyring, model};
use central_logger_keys::{ApiKey, ClientId, KeyHasher, KeyId, KeyPrefix};
use central_logger_log_store::{
    LogQuery, LogSearch, LogStore, LogStoreError, Order, StatsQuery, Submission, store::ScanBudget,
};
use central_logger_postgres::{
    OpenError, Postgres,
    testing::{execute, new_database, panic_within_a_message},
};
use central_logger_text::Report;
use central_logger_times::SystemClock;
use proptest::prelude::*;
use std::{num::NonZeroU64, str::FromStr, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio_postgres::SimpleQueryMessage;

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

async fn migrated() -> (Postgres, String) {
    let url = new_database().await;
    let postgres = Postgres::connect(&url).await.unwrap();
    postgres.migrate().await.unwrap();
    (postgres, url)
}

#[tokio::test]
async fn a_read_that_takes_too_long_is_ended() {
    let (postgres, url) = migrated().await;
    let many =
        "INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status)
                SELECT 'acme', ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, now(), 'e', '', 's'
                FROM generate_series(1, 100) n";
    execute(&url, many).await;
    let slow =
        "INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status)
                VALUES ('acme', '00000001-0000-7000-8000-000000000000', now(), 'e', '', 'slow');
                CREATE POLICY slow ON workflow_logs AS RESTRICTIVE
                USING (CASE status WHEN 'slow' THEN pg_sleep(60) IS NULL ELSE true END)";
    execute(&url, slow).await;
    let client = "acme".parse().unwrap();
    let logs = postgres.logs();
    let short = ScanBudget {
        time: Duration::from_millis(500),
        ..ScanBudget::MAX
    };
    let parameter = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let all = [
        parameter("from", "1970-01-01T00:00:00Z"),
        parameter("to", "9999-12-31T00:00:00Z"),
        parameter("interval", "4294967295d"),
    ];
    let all = StatsQuery::from_pairs(all, OffsetDateTime::UNIX_EPOCH).unwrap();
    let counted = logs.count(&client, &all, None, short).await;
    assert!(
        matches!(counted, Err(LogStoreError::TooSlow)),
        "{counted:?}"
    );
    let found = logs.scan(&client, &LogSearch::default(), short).await;
    assert!(matches!(found, Err(LogStoreError::TooSlow)), "{found:?}");

    // What was found so far is given, with where to go on.
    let forward = LogQuery {
        order: Order::Asc,
        limit: LogQuery::MAX_LIMIT,
        ..LogQuery::default()
    };
    let page = logs.scan(&client, &forward.into(), short).await.unwrap();
    assert!((64..=100).contains(&page.logs.len()));
    assert!(page.next_cursor.is_some());

    // The connections are none the worse for it.
    let behind = LogQuery {
        cursor: Some("00000001000070008000000000000000".parse().unwrap()),
        ..LogQuery::default()
    };
    assert_eq!(
        logs.page(&client, &behind.into()).await.unwrap().logs.len(),
        50
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_that_nobody_waits_for_any_more_is_cancelled() {
    let (postgres, url) = migrated().await;
    let endless =
        "INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status)
                VALUES ('acme', '00000001-0000-7000-8000-000000000000', now(), 'e', '', 's');
                CREATE POLICY endless ON workflow_logs AS RESTRICTIVE
                USING (pg_sleep(3600) IS NULL)";
    execute(&url, endless).await;
    let logs = Arc::new(postgres.logs());
    let (client, patient) = (
        ClientId::from_str("acme").unwrap(),
        Duration::from_secs(3600),
    );
    let budget = ScanBudget {
        time: patient,
        ..ScanBudget::MAX
    };
    let reading = tokio::spawn({
        let (logs, client) = (Arc::clone(&logs), client.clone());
        async move { logs.scan(&client, &LogSearch::default(), budget).await }
    });
    let under_way = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                     AND wait_event = 'PgSleep' AND query LIKE '%row_number%'";
    let count = async || match &execute(&url, under_way).await[1] {
        SimpleQueryMessage::Row(row) => row.get(0).unwrap().to_owned(),
        other => panic!("{other:?}"),
    };
    while count().await == "0" {
        assert!(!reading.is_finished());
        tokio::task::yield_now().await;
    }
    reading.abort();
    while count().await != "0" {
        tokio::task::yield_now().await;
    }
    execute(&url, "DROP POLICY endless ON workflow_logs").await;
    assert_eq!(
        logs.page(&client, &LogSearch::default())
            .await
            .unwrap()
            .logs
            .len(),
        1
    );
}

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
    let first = include_str!("../../../../migrations/postgres/0001_keys_and_logs.sql");
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

#[tokio::test(flavor = "multi_thread")]
async fn appends_that_overlap_do_not_wait_for_each_other_in_turn() {
    let (postgres, _) = migrated().await;
    let client = "acme".parse().unwrap();
    let now = OffsetDateTime::now_utc();
    let entries = |order: &mut dyn Iterator<Item = usize>| {
        let bodies = order.map(|n| {
            format!(
                r#"{{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s","event_id":"{n}"}}"#
            )
        });
        let body = format!("[{}]", bodies.collect::<Vec<_>>().join(","));
        match Submission::parse(body.as_bytes(), &client, now) {
            Ok(Submission::Many(entries)) => entries,
            other => panic!("{other:?}"),
        }
    };
    let (forwards, backwards) = (entries(&mut (0..500)), entries(&mut (0..500).rev()));
    let appends: Vec<_> = [forwards.clone(), backwards]
        .into_iter()
        .cycle()
        .take(8)
        .map(|entries| {
            let (logs, client) = (postgres.logs(), client.clone());
            tokio::spawn(async move { logs.append(&client, now, &entries).await })
        })
        .collect();
    for append in appends {
        append.await.unwrap().unwrap();
    }
    for entry in forwards {
        assert!(
            postgres
                .logs()
                .get(&client, entry.id())
                .await
                .unwrap()
                .is_some()
        );
    }
}

#[tokio::test]
async fn no_row_holds_a_key() {
    let (postgres, url) = migrated().await;
    let keyring = keyring(&postgres);
    let issued = keyring.issue(&KeyPrefix::default(), acme()).await.unwrap();
    let opaque = "made-elsewhere-0123456789";
    let made_elsewhere = ApiKey::parse(opaque).unwrap();
    keyring.import(made_elsewhere, acme()).await.unwrap();

    let rows = execute(&url, "SELECT api_keys::text FROM api_keys").await;
    let rows = format!("{rows:?}");
    assert!(rows.contains(issued.record.id.as_str()), "{rows}");
    let secret = issued.api_key.expose_secret().rsplit('_').next().unwrap();
    for needle in [secret, opaque] {
        assert!(!rows.contains(needle));
    }
}

#[tokio::test]
async fn an_error_is_one_line_without_the_password() {
    let url = new_database().await;
    let (_, rest) = url.split_once("@").unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let (host, _) = server.split_once(':').unwrap();
    for (wrong, says) in [
        (
            format!("postgres://postgres:hunter2@{rest}"),
            "password authentication failed",
        ),
        (
            format!("postgres://postgres:hunter2@{host}:1/{database}"),
            "onnection refused",
        ),
        (
            format!("postgres://postgres:hunter2@nowhere.invalid/{database}"),
            "nowhere.invalid:5432",
        ),
    ] {
        let error = Postgres::connect(&wrong).await.unwrap_err();
        let said = Report(&error).to_string();
        assert!(!said.contains('\n'), "{said}");
        assert!(said.contains(says), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

fn keyring(postgres: &Postgres) -> Keyring {
    let hashes = HashPool::new(KeyHasher::new());
    Keyring::new(
        Arc::new(postgres.keys()),
        hashes,
        Arc::new(SystemClock),
        Actor::new("tester@here"),
    )
}

fn acme() -> NewKey {
    NewKey::for_client("acme".parse().unwrap())
}

#[test]
fn connections_outlive_the_runtimes_that_use_them() {
    let home = tokio::runtime::Runtime::new().unwrap();
    let (postgres, url) = home.block_on(migrated());
    let (keys, id) = (postgres.keys(), KeyId::generate().unwrap());
    let use_elsewhere = || {
        let worker = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let [one, other] = [keys.find(&id), keys.find(&id)];
        let (one, other) = worker.block_on(async { tokio::join!(one, other) });
        assert!(one.unwrap().is_none() && other.unwrap().is_none());
    };
    let sessions = || {
        let others = "SELECT pid FROM pg_stat_activity
                      WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid";
        let answer = home.block_on(execute(&url, others));
        let pids = answer.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        pids.collect::<Vec<_>>()
    };
    use_elsewhere();
    let first = sessions();
    // One was there already; the other was made by the runtime that has ended since.
    assert_eq!(first.len(), 2);
    use_elsewhere();
    assert_eq!(sessions(), first);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_life_goes_as_the_model_says(steps in model::steps()) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let store = Postgres::connect(&new_database().await).await.unwrap();
            store.migrate().await.unwrap();
            model::compare(Arc::new(store.keys()), &steps).await;
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_costs_nobody_else_a_connection() {
    let (postgres, _) = migrated().await;
    let logs = postgres.logs();
    let client: ClientId = "acme".parse().unwrap();
    let now = OffsetDateTime::now_utc();
    let body =
        br#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s","event_id":"e"}"#;
    let Ok(Submission::One(entry)) = Submission::parse(body, &client, now) else {
        panic!("it is an entry");
    };
    for _ in 0..20 {
        let postgres = postgres.clone();
        let sent = tokio::spawn(async move { panic_within_a_message(&postgres).await });
        assert!(sent.await.unwrap_err().is_panic());
    }
    for _ in 0..40 {
        logs.append(&client, now, std::slice::from_ref(&entry))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn times_that_no_calendar_has_are_told_with_their_column() {
    let (postgres, url) = migrated().await;
    let keyring = keyring(&postgres);
    let issue = async || {
        let new = NewKey::for_client("acme".parse().unwrap());
        let issued = keyring.issue(&KeyPrefix::default(), new).await.unwrap();
        issued.record.id
    };
    for (column, value, reason) in [
        (
            "expires_at",
            "infinity",
            "must not lie after the year 9999 in UTC",
        ),
        (
            "last_used_at",
            "294276-12-31",
            "must not lie after the year 9999 in UTC",
        ),
        (
            "created_at",
            "0044-03-15 BC",
            "must not lie before the year 1970 in UTC",
        ),
    ] {
        let id = issue().await;
        execute(
            &url,
            &format!("UPDATE api_keys SET {column} = '{value}' WHERE id = '{id}'"),
        )
        .await;
        let error = postgres.keys().find(&id).await.unwrap_err();
        assert!(matches!(error, KeyStoreError::Unreadable(_)), "{error:?}");
        let expected = format!("the row of the key {id} cannot be read: {column} {reason}");
        assert_eq!(error.to_string(), expected);
    }
    let id = issue().await;
    let list = postgres.keys().list(Owners::All).await.unwrap();
    assert_eq!(list.records.len(), 1);
    assert_eq!(list.records[0].id, id);
    assert_eq!(list.unreadable.len(), 3);
}
