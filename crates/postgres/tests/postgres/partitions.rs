//! Months of logs in partitions of their own.

use central_logger_keys::{ClientId, KeyId};
use central_logger_log_store::{LogId, LogPruner, LogSearch, LogStore, Submission};
use central_logger_postgres::{
    Postgres, PostgresLogs,
    testing::{execute, new_database, new_login, with_login},
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
        tokio::spawn(async move { logs.maintain_partitions(now, None).await })
    });
    for kept in keeping.collect::<Vec<_>>() {
        kept.await.unwrap().unwrap();
    }
    let present = partitions(&url).await;
    for month in ["2031_11", "2031_12", "2032_01", "2032_02"] {
        let name = format!("workflow_logs_{month}");
        assert!(present.contains(&name), "{name} in {present:?}");
    }
    assert_eq!(present.len(), 9, "{present:?}");
}

#[tokio::test]
async fn entries_of_a_month_that_is_made_late_are_moved_into_it() {
    let (postgres, url) = migrated().await;
    let (client, now) = (client(), datetime!(2031-11-15 12:00 UTC));
    let early = append(&postgres, &client, datetime!(2032-01-31 23:59:59.999 UTC)).await;
    let other = append(&postgres, &client, datetime!(2001-01-01 0:00 UTC)).await;
    postgres
        .logs()
        .maintain_partitions(now, None)
        .await
        .unwrap();
    assert_eq!(count(&url, "workflow_logs_2032_01").await, 1);
    assert_eq!(count(&url, "workflow_logs_default").await, 1);
    for id in [early, other] {
        let found = postgres.logs().get(&client, id).await.unwrap();
        assert!(found.is_some());
    }
    let months = postgres.months().unwrap();
    assert_eq!((months.ready, months.missing.len()), (4, 0), "{months:?}");
}

#[tokio::test]
async fn many_entries_are_moved_by_a_command_only() {
    let (postgres, url) = migrated().await;
    let month = detach_present_month(&url).await;
    execute(
        &url,
        "INSERT INTO workflow_logs (client_id, id, received_at, environment, executed_at, status)
         SELECT 'acme', (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0')
                         || '7000' || '8000' || lpad(n::text, 12, '0'))::uuid, now(), 'e', '', 's'
         FROM generate_series(1, 10001) n",
    )
    .await;
    postgres.migrate().await.unwrap();
    let months = postgres.months().unwrap();
    assert_eq!(months.ready, 0);
    assert!(
        month.replace('_', "-").ends_with(&months.missing[0]),
        "{months:?}"
    );
    let told = postgres.look_at_months().await.unwrap();
    assert_eq!(told, months);

    postgres.finish_migration().await.unwrap();
    assert_eq!(postgres.look_at_months().await.unwrap().ready, 4);
    assert_eq!(count(&url, &month).await, 10001);
    assert_eq!(count(&url, "workflow_logs_default").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_seen_while_they_are_moved_and_none_is_lost() {
    let (postgres, url) = migrated().await;
    let client = client();
    let month = detach_present_month(&url).await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(append(&postgres, &client, OffsetDateTime::now_utc()).await);
    }
    let moving = {
        let postgres = postgres.clone();
        tokio::spawn(async move { postgres.finish_migration().await })
    };
    while !moving.is_finished() {
        ids.push(append(&postgres, &client, OffsetDateTime::now_utc()).await);
        for id in &ids {
            assert!(postgres.logs().get(&client, *id).await.unwrap().is_some());
        }
    }
    moving.await.unwrap().unwrap();
    let moved = usize::try_from(count(&url, &month).await).unwrap();
    assert_eq!(
        moved + usize::try_from(count(&url, "workflow_logs_default").await).unwrap(),
        ids.len()
    );
    assert_eq!(count(&url, "workflow_logs_default").await, 0);
}

/// Holds what `pg_dump` holds while it works.
async fn hold_as_a_dump_does(url: &str) -> tokio_postgres::Client {
    let (dump, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    dump.batch_execute(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
         LOCK TABLE workflow_logs, idempotency_keys, api_keys, audit_log IN ACCESS SHARE MODE;
         SELECT count(*) FROM workflow_logs",
    )
    .await
    .unwrap();
    dump
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_neither_stops_a_start_nor_those_who_come_after_it() {
    let (postgres, url) = migrated().await;
    let (client, month) = (client(), detach_present_month(&url).await);
    let dump = hold_as_a_dump_does(&url).await;
    let start = {
        let url = url.clone();
        tokio::spawn(async move {
            let postgres = Postgres::connect(&url).await?;
            postgres.migrate().await?;
            Ok::<_, central_logger_postgres::OpenError>(postgres)
        })
    };
    // Nobody stands in line behind it, at any moment.
    while !start.is_finished() {
        append(&postgres, &client, OffsetDateTime::now_utc()).await;
        let waiting = "SELECT mode FROM pg_locks WHERE NOT granted AND locktype = 'relation'
                       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        assert_eq!(
            first_column(execute(&url, waiting).await),
            Vec::<String>::new()
        );
    }
    let started = start.await.unwrap().unwrap();
    assert_eq!(started.months().unwrap().ready, 0);
    started.logs().ready().await.unwrap();
    append(&started, &client, OffsetDateTime::now_utc()).await;
    started
        .logs()
        .maintain_partitions(OffsetDateTime::now_utc(), None)
        .await
        .unwrap();
    assert!(!partitions(&url).await.contains(&month));

    dump.batch_execute("ROLLBACK").await.unwrap();
    while started.months().unwrap().ready < 4 {
        started
            .logs()
            .maintain_partitions(OffsetDateTime::now_utc(), None)
            .await
            .unwrap();
    }
    assert!(partitions(&url).await.contains(&month));
    assert_eq!(count(&url, "workflow_logs_default").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_waits_until_a_dump_has_ended() {
    let (postgres, url) = migrated().await;
    detach_present_month(&url).await;
    let dump = hold_as_a_dump_does(&url).await;
    let command = {
        let postgres = postgres.clone();
        tokio::spawn(async move { postgres.finish_migration().await })
    };
    let trying = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                  AND query LIKE '%pg_locks%' AND pid <> pg_backend_pid()";
    while first_column(execute(&url, trying).await).is_empty() {}
    dump.batch_execute("ROLLBACK").await.unwrap();
    command.await.unwrap().unwrap();
    assert_eq!(postgres.look_at_months().await.unwrap().ready, 4);
}

/// Takes the partition of the present month away, and gives its name.
async fn detach_present_month(url: &str) -> String {
    let now = OffsetDateTime::now_utc();
    let name = format!("workflow_logs_{}_{:02}", now.year(), u8::from(now.month()));
    execute(url, &format!("DROP TABLE {name}")).await;
    name
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
        logs.maintain_partitions(now, None).await.unwrap();
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
    logs.maintain_partitions(now, Some(within)).await.unwrap();
    assert_eq!(of(&postgres, &client).await, 3, "the month has not ended");
    let ended = LogId::first_of(unix_ms(november));
    logs.maintain_partitions(now, Some(ended)).await.unwrap();
    assert_eq!(of(&postgres, &client).await, 2);
    assert_eq!(of(&postgres, &other).await, 0);
    let present = partitions(&url).await;
    assert!(!present.contains(&"workflow_logs_2031_10".to_owned()));
    assert!(present.contains(&"workflow_logs_2031_11".to_owned()));
    assert!(present.contains(&"workflow_logs_default".to_owned()));
    assert_eq!(logs.delete(&client, Some(ended)).await.unwrap(), 1);
}

#[tokio::test]
async fn blocks_of_months_that_have_ended_are_dropped_whole_and_others_are_not() {
    let (postgres, url) = migrated().await;
    let logs = postgres.logs().with_blocks_from(1);
    let client = client();
    // The first is there before its month has a partition.
    let (october, november) = (
        datetime!(2031-10-31 23:59:59.999 UTC),
        datetime!(2031-11-01 0:00 UTC),
    );
    for time in [october, november] {
        append_to(&logs, &client, time).await;
        logs.maintain_partitions(october, None).await.unwrap();
    }
    for (partition, blocks) in [("default", 0), ("2031_10", 1), ("2031_11", 1)] {
        let name = format!("log_block_contents_{partition}");
        assert_eq!(count(&url, &name).await, blocks, "{name}");
    }
    let ended = LogId::first_of(unix_ms(november));
    logs.maintain_partitions(november, Some(ended))
        .await
        .unwrap();
    assert_eq!(of(&postgres, &client).await, 1);
    for table in ["log_blocks", "log_block_contents"] {
        assert_eq!(count(&url, table).await, 1, "{table}");
    }
    assert_eq!(logs.delete(&client, Some(ended)).await.unwrap(), 0);
}

#[tokio::test]
async fn a_month_that_somebody_reads_is_dropped_the_next_time() {
    let (postgres, url) = migrated().await;
    let logs = postgres.logs();
    let (october, now) = (
        datetime!(2031-10-01 0:00 UTC),
        datetime!(2031-11-15 12:00 UTC),
    );
    logs.maintain_partitions(datetime!(2031-09-01 0:00 UTC), None)
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
    logs.maintain_partitions(now, Some(ended)).await.unwrap();
    assert!(partitions(&url).await.contains(&name));
    drop(reader);
    connection.await.unwrap().unwrap();
    // The server may take a moment to see that the reader is gone.
    while partitions(&url).await.contains(&name) {
        logs.maintain_partitions(now, Some(ended)).await.unwrap();
    }
}

#[tokio::test]
async fn a_login_that_does_not_own_the_tables_leaves_the_months_alone() {
    let (owner, url) = migrated().await;
    let login = new_login().await;
    assert_eq!(owner.serve_as(&login).await.unwrap(), None);
    let lesser = Postgres::connect(&with_login(&url, &login)).await.unwrap();
    let before = partitions(&url).await;
    let ended = LogId::first_of(unix_ms(datetime!(2099-01-01 0:00 UTC)));
    lesser
        .logs()
        .maintain_partitions(datetime!(2031-11-15 12:00 UTC), Some(ended))
        .await
        .unwrap();
    assert_eq!(partitions(&url).await, before);
    let months = lesser.months().unwrap();
    assert_eq!((months.ready, months.may_make), (0, false));
    // It may remove entries all the same.
    let client = client();
    append(&lesser, &client, OffsetDateTime::now_utc()).await;
    assert_eq!(lesser.logs().delete(&client, None).await.unwrap(), 1);
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
    append_to(&postgres.logs(), client, executed_at).await
}

async fn append_to(logs: &PostgresLogs, client: &ClientId, executed_at: OffsetDateTime) -> LogId {
    let rfc3339 = time::format_description::well_known::Rfc3339;
    let time = executed_at.format(&rfc3339).unwrap();
    let body = format!(r#"{{"environment":"e","executed_at":"{time}","status":"s"}}"#);
    let submission = Submission::parse(body.as_bytes(), client, executed_at).unwrap();
    let Submission::One(entry) = submission else {
        panic!("it is an entry");
    };
    let id = entry.id();
    logs.append(client, executed_at, &[entry]).await.unwrap();
    id
}

async fn of(postgres: &Postgres, client: &ClientId) -> usize {
    let page = postgres.logs().page(client, &LogSearch::default()).await;
    page.unwrap().logs.len()
}

fn unix_ms(time: OffsetDateTime) -> u64 {
    u64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap()
}

fn client() -> ClientId {
    let id = KeyId::generate().unwrap().as_str().to_ascii_lowercase();
    format!("months-{id}").parse().unwrap()
}
