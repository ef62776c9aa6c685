//! Connections, and what runs at the same time.

use super::migrated;
use central_logger_key_store::KeyStore;
use central_logger_keys::{ClientId, KeyId};
use central_logger_log_store::{
    LogQuery, LogSearch, LogStore, LogStoreError, Order, StatsQuery, Submission, store::ScanBudget,
};
use central_logger_postgres::testing::{execute, panic_within_a_message};
use std::{str::FromStr, sync::Arc, time::Duration};
use time::OffsetDateTime;
use tokio_postgres::SimpleQueryMessage;

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
