//! Months of logs in partitions of their own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_keys::{ClientId, KeyId};
use central_logger_log_store::{LogId, LogKeeper, LogQuery, LogStore, Submission};
use central_logger_postgres::{
    Postgres,
    testing::{execute, new_database},
};
use time::{Duration, OffsetDateTime, macros::datetime};
use tokio_postgres::SimpleQueryMessage;

const PARTITIONS: &str = "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid
    WHERE inhparent = 'workflow_logs'::regclass ORDER BY relname";

#[tokio::test]
async fn a_migration_makes_room_for_this_month_and_the_next_ones() {
    let (postgres, url) = migrated().await;
    let present = partitions(&url).await;
    assert_eq!(present.len(), 5, "{present:?}");
    let now = OffsetDateTime::now_utc();
    for days in [0, 31, 62] {
        let time = now + Duration::days(days);
        let name = format!(
            "workflow_logs_{}_{:02}",
            time.year(),
            u8::from(time.month())
        );
        // Sixty-two days from now lie two months ahead, or at the very beginning of the third.
        assert!(present.contains(&name), "{name} in {present:?}");
    }
    let client = client();
    append(&postgres, &client, now).await;
    assert_eq!(count(&url, "workflow_logs_default").await, 0);
    append(&postgres, &client, datetime!(2001-01-01 0:00 UTC)).await;
    assert_eq!(count(&url, "workflow_logs_default").await, 1);

    postgres.migrate().await.unwrap();
    assert_eq!(partitions(&url).await, present);
}

#[tokio::test(flavor = "multi_thread")]
async fn months_are_made_in_time_by_several_servers_at_once() {
    let (postgres, url) = migrated().await;
    let now = datetime!(2031-11-15 12:00 UTC);
    let keeping = (0..4).map(|_| {
        let logs = postgres.logs();
        tokio::spawn(async move { logs.keep_months(now, None).await })
    });
    for kept in keeping.collect::<Vec<_>>() {
        kept.await.unwrap().unwrap();
    }
    let present = partitions(&url).await;
    for month in ["2031_12", "2032_01", "2032_02", "2032_03"] {
        let name = format!("workflow_logs_{month}");
        assert!(present.contains(&name), "{name} in {present:?}");
    }
    assert_eq!(present.len(), 9, "{present:?}");
}

#[tokio::test]
async fn a_month_of_which_there_are_entries_stays_where_it_is() {
    let (postgres, url) = migrated().await;
    let (client, now) = (client(), datetime!(2031-11-15 12:00 UTC));
    let early = append(&postgres, &client, datetime!(2032-01-31 23:59:59.999 UTC)).await;
    postgres.logs().keep_months(now, None).await.unwrap();
    let present = partitions(&url).await;
    assert!(!present.contains(&"workflow_logs_2032_01".to_owned()));
    assert!(present.contains(&"workflow_logs_2032_02".to_owned()));
    let found = postgres.logs().get(&client, early).await.unwrap();
    assert!(found.is_some());
}

#[tokio::test]
async fn months_that_have_ended_are_dropped_whole_and_others_are_not() {
    let (postgres, url) = migrated().await;
    let logs = postgres.logs();
    let (client, other) = (client(), client());
    for now in [
        datetime!(2031-09-01 0:00 UTC),
        datetime!(2031-10-01 0:00 UTC),
    ] {
        logs.keep_months(now, None).await.unwrap();
    }
    let (last_of_october, november) = (
        datetime!(2031-10-31 23:59:59.999 UTC),
        datetime!(2031-11-01 0:00 UTC),
    );
    for time in [last_of_october, november, datetime!(2001-01-01 0:00 UTC)] {
        append(&postgres, &client, time).await;
    }
    append(&postgres, &other, last_of_october).await;

    let now = datetime!(2031-11-15 12:00 UTC);
    let within = LogId::first_of(unix_ms(last_of_october));
    logs.keep_months(now, Some(within)).await.unwrap();
    assert_eq!(of(&postgres, &client).await, 3, "the month has not ended");
    let ended = LogId::first_of(unix_ms(november));
    logs.keep_months(now, Some(ended)).await.unwrap();
    assert_eq!(of(&postgres, &client).await, 2);
    assert_eq!(of(&postgres, &other).await, 0);
    let present = partitions(&url).await;
    assert!(!present.contains(&"workflow_logs_2031_10".to_owned()));
    assert!(present.contains(&"workflow_logs_2031_11".to_owned()));
    assert!(present.contains(&"workflow_logs_default".to_owned()));
    assert_eq!(logs.remove(&client, Some(ended)).await.unwrap(), 1);
}

#[tokio::test]
async fn a_month_that_somebody_reads_is_dropped_the_next_time() {
    let (postgres, url) = migrated().await;
    let logs = postgres.logs();
    let (october, now) = (
        datetime!(2031-10-01 0:00 UTC),
        datetime!(2031-11-15 12:00 UTC),
    );
    logs.keep_months(datetime!(2031-09-01 0:00 UTC), None)
        .await
        .unwrap();
    let ended = LogId::first_of(unix_ms(datetime!(2031-11-01 0:00 UTC)));
    let (reader, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let name = format!("workflow_logs_{}_{:02}", october.year(), 10);
    reader
        .batch_execute(&format!("BEGIN; SELECT FROM {name}"))
        .await
        .unwrap();
    logs.keep_months(now, Some(ended)).await.unwrap();
    assert!(partitions(&url).await.contains(&name));
    drop(reader);
    connection.await.unwrap().unwrap();
    // The server may take a moment to see that the reader is gone.
    while partitions(&url).await.contains(&name) {
        logs.keep_months(now, Some(ended)).await.unwrap();
    }
}

#[tokio::test]
async fn a_login_that_does_not_own_the_tables_leaves_the_months_alone() {
    let (_, url) = migrated().await;
    let login = format!("login_{}", KeyId::generate().unwrap()).to_lowercase();
    execute(
        &url,
        &format!(
            "CREATE ROLE {login} LOGIN PASSWORD 'of-a-test';
             GRANT SELECT ON schema_migrations TO {login};
             GRANT central_logger_writer, central_logger_reader, central_logger_keeper TO {login}"
        ),
    )
    .await;
    let (_, server) = url.split_once('@').unwrap();
    let lesser = Postgres::connect(&format!("postgres://{login}:of-a-test@{server}"))
        .await
        .unwrap();
    let before = partitions(&url).await;
    let ended = LogId::first_of(unix_ms(datetime!(2099-01-01 0:00 UTC)));
    lesser
        .logs()
        .keep_months(datetime!(2031-11-15 12:00 UTC), Some(ended))
        .await
        .unwrap();
    assert_eq!(partitions(&url).await, before);
    // It may remove entries all the same.
    let client = client();
    append(&lesser, &client, OffsetDateTime::now_utc()).await;
    assert_eq!(lesser.logs().remove(&client, None).await.unwrap(), 1);
}

async fn migrated() -> (Postgres, String) {
    let url = new_database().await;
    let postgres = Postgres::connect(&url).await.unwrap();
    postgres.migrate().await.unwrap();
    (postgres, url)
}

async fn partitions(url: &str) -> Vec<String> {
    first_column(execute(url, PARTITIONS).await)
}

async fn count(url: &str, table: &str) -> u64 {
    let counted = execute(url, &format!("SELECT count(*) FROM {table}")).await;
    first_column(counted)[0].parse().unwrap()
}

fn first_column(messages: Vec<SimpleQueryMessage>) -> Vec<String> {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
        _ => None,
    });
    rows.collect()
}

async fn append(postgres: &Postgres, client: &ClientId, executed_at: OffsetDateTime) -> LogId {
    let rfc3339 = time::format_description::well_known::Rfc3339;
    let time = executed_at.format(&rfc3339).unwrap();
    let body = format!(r#"{{"environment":"e","executed_at":"{time}","status":"s"}}"#);
    let submission = Submission::parse(body.as_bytes(), client, executed_at).unwrap();
    let Submission::One(entry) = submission else {
        panic!("it is an entry");
    };
    let id = entry.id();
    postgres
        .logs()
        .append(client, executed_at, &[entry])
        .await
        .unwrap();
    id
}

async fn of(postgres: &Postgres, client: &ClientId) -> usize {
    let (logs, query) = (postgres.logs(), LogQuery::default());
    logs.page(client, &query).await.unwrap().logs.len()
}

fn unix_ms(time: OffsetDateTime) -> u64 {
    u64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap()
}

fn client() -> ClientId {
    let id = KeyId::generate().unwrap().as_str().to_ascii_lowercase();
    format!("months-{id}").parse().unwrap()
}
