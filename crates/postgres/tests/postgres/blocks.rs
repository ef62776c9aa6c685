//! Logs in blocks, in a real PostgreSQL.

use central_logger_block_store::{BlockStore, Sealer, Which};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogEntry, LogPruner, LogSearch, LogStore, StoredLog, entries::Place, retention::purge,
    store::Position,
};
use central_logger_postgres::{
    Postgres, PostgresLogs,
    testing::{execute, new_database, role_names},
};
use central_logger_postgres_database::IN_INDEX_ORDER;
use std::{sync::Arc, time::Duration};
use time::{OffsetDateTime, macros::datetime};
use tokio::time::timeout;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

pub(crate) const RECEIVED: OffsetDateTime = datetime!(2026-03-01 12:00:00.123 UTC);
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Site {
    pub(crate) url: String,
    pub(crate) logs: Arc<PostgresLogs>,
    pub(crate) client: ClientId,
}

impl Site {
    pub(crate) async fn new() -> Self {
        let url = new_database().await;
        let postgres = Postgres::connect(&url).await.unwrap();
        postgres.migrate().await.unwrap();
        Self {
            url,
            logs: Arc::new(postgres.logs()),
            client: "acme".parse().unwrap(),
        }
    }

    pub(crate) async fn append(&self, entries: &[LogEntry]) {
        let stored = self.logs.append(&self.client, RECEIVED, entries);
        stored.await.unwrap();
    }

    fn sealer(&self) -> Sealer {
        Sealer::new(Arc::clone(&self.logs) as Arc<dyn BlockStore>)
    }

    pub(crate) async fn seal(&self) -> u64 {
        let sealed = self.sealer().seal(&self.client, Which::All).await;
        sealed.unwrap().sealed
    }

    async fn all(&self) -> Vec<StoredLog> {
        let mut search = LogSearch::default();
        search.query.limit = 1000;
        self.logs.page(&self.client, &search).await.unwrap().logs
    }

    async fn connect(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    async fn number(&self, sql: &str) -> i64 {
        let found = execute(&self.url, sql).await;
        let row = found.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        row.unwrap().parse().unwrap()
    }

    /// Waits until so many transactions of this database wait for others.
    async fn waiting(&self, count: i64) {
        let sql = "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
                   WHERE NOT granted AND datname = current_database()";
        let waiting = async {
            while self.number(sql).await < count {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, waiting).await.unwrap();
    }

    async fn come(&self, position: &Position) -> usize {
        let come = self.logs.arrivals(&self.client, position).await;
        come.unwrap().ids.len()
    }
}

pub(crate) fn entry(second: usize, event_id: Option<&str>) -> LogEntry {
    let mut builder = LogEntry::builder(RECEIVED);
    builder
        .environment("production")
        .executed_at(format!(
            "2026-03-01T11:{:02}:{:02}Z",
            second / 60,
            second % 60
        ))
        .status("OK")
        .message(format!("a secret of entry {second}"));
    if let Some(event_id) = event_id {
        builder.event_id(event_id);
    }
    let mut entry = builder.build().unwrap();
    entry.place(Place {
        arrival: second as u64 + 1,
        writer: 0,
    });
    entry
}

#[tokio::test]
async fn a_repeat_that_comes_while_the_first_is_being_sealed_is_stored_once() {
    let site = Site::new().await;
    let event = entry(1, Some("run-1"));
    let begin = site.logs.position().await.unwrap();
    site.append(std::slice::from_ref(&event)).await;
    let before = site.all().await;
    // The sealer halts where it has deleted the row and not committed yet.
    let halting = site.connect().await;
    let halt = "BEGIN; LOCK TABLE log_blocks IN SHARE MODE";
    halting.batch_execute(halt).await.unwrap();
    let (sealer, client) = (site.sealer(), site.client.clone());
    let sealing = tokio::spawn(async move { sealer.seal(&client, Which::All).await });
    site.waiting(1).await;
    let (logs, client, again) = (Arc::clone(&site.logs), site.client.clone(), event.clone());
    let repeat = tokio::spawn(async move { logs.append(&client, RECEIVED, &[again]).await });
    site.waiting(2).await;
    assert_eq!(site.all().await, before, "it is read as before");
    halting.batch_execute("COMMIT").await.unwrap();
    assert_eq!(sealing.await.unwrap().unwrap().sealed, 1);
    repeat.await.unwrap().unwrap();

    assert_eq!(site.number("SELECT count(*) FROM workflow_logs").await, 0);
    assert_eq!(site.all().await, before);
    assert_eq!(site.come(&begin).await, 1, "a tail has it once");
}

#[tokio::test]
async fn a_repeat_of_a_sealed_event_is_stored_once_and_others_are_stored() {
    let site = Site::new().await;
    let events = ["a", "b", "c"].map(|id| entry(1, Some(id)));
    site.append(&events[..2]).await;
    assert_eq!(site.seal().await, 2);
    let position = site.logs.position().await.unwrap();
    site.append(&events).await;
    assert_eq!(site.all().await.len(), 3);
    assert_eq!(site.number("SELECT count(*) FROM workflow_logs").await, 1);
    assert_eq!(site.come(&position).await, 1);
}

fn events(range: std::ops::Range<usize>) -> Vec<LogEntry> {
    let event = |n| entry(n, Some(&format!("run-{n}")));
    range.map(event).collect()
}

#[tokio::test]
async fn events_of_fresh_blocks_are_stored_once_however_often_they_come() {
    let site = Site::new().await;
    let (events, begin) = (events(0..200), site.logs.position().await.unwrap());
    site.append(&events[..3]).await;
    site.append(&events[..100]).await;
    let fresh = "SELECT sum(entries) FROM log_blocks WHERE fresh_since IS NOT NULL";
    assert_eq!(site.number(fresh).await, 97);
    // In rows, in the fresh block, and new.
    site.append(&events).await;
    site.append(&events[98..102]).await;
    assert_eq!(site.all().await.len(), 200);
    assert_eq!(site.come(&begin).await, 200, "a tail has each once");
    site.append(&events[..2]).await;
    assert_eq!(site.seal().await, 200);
    let totals = site.logs.totals().await.unwrap();
    assert_eq!((totals.fresh_blocks, totals.rows), (0, 0));
    assert_eq!((totals.entries, totals.oldest_unsealed), (200, None));
    site.append(&events).await;
    site.append(&events[..2]).await;
    assert_eq!(site.all().await.len(), 200);
    assert_eq!(site.come(&begin).await, 200, "a tail has each once");
}

#[tokio::test]
async fn repeats_that_come_while_fresh_blocks_are_being_sealed_are_stored_once() {
    let site = Site::new().await;
    let events = events(0..100);
    site.append(&events).await;
    let before = site.all().await;
    // The sealer halts where it has deleted the fresh block and not committed yet.
    let halting = site.connect().await;
    let halt = "BEGIN;
                CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS
                    'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END';
                CREATE TRIGGER halt AFTER DELETE ON log_block_contents
                    FOR EACH ROW EXECUTE FUNCTION halt();
                COMMIT; SELECT pg_advisory_lock(1)";
    halting.batch_execute(halt).await.unwrap();
    let (sealer, client) = (site.sealer(), site.client.clone());
    let sealing = tokio::spawn(async move { sealer.seal(&client, Which::All).await });
    site.waiting(1).await;
    // As rows and as blocks, they are found where they were.
    site.append(&events[..3]).await;
    site.append(&events).await;
    assert_eq!(site.all().await, before, "it is read as before");
    let go_on = "SELECT pg_advisory_unlock(1)";
    halting.batch_execute(go_on).await.unwrap();
    assert_eq!(sealing.await.unwrap().unwrap().sealed, 100);
    site.append(&events).await;
    assert_eq!(site.all().await, before);
    assert_eq!(site.number("SELECT count(*) FROM workflow_logs").await, 0);
}

#[tokio::test]
async fn an_event_that_comes_as_a_row_and_in_a_block_at_once_is_stored_once() {
    for (first, second) in [(0..100, 99..102), (99..102, 0..100), (0..100, 50..150)] {
        let site = Site::new().await;
        // The first halts where it has written and not committed yet.
        let halting = site.connect().await;
        let halt = "CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS
                        'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END';
                    CREATE TRIGGER halt AFTER INSERT ON log_arrivals
                        FOR EACH ROW EXECUTE FUNCTION halt();
                    SELECT pg_advisory_lock(1)";
        halting.batch_execute(halt).await.unwrap();
        let store = |range: std::ops::Range<usize>| {
            let (logs, client) = (Arc::clone(&site.logs), site.client.clone());
            tokio::spawn(async move { logs.append(&client, RECEIVED, &events(range)).await })
        };
        let both = [first.clone(), second.clone()];
        let first = store(first);
        site.waiting(1).await;
        let second = store(second);
        site.waiting(2).await;
        let go_on = "SELECT pg_advisory_unlock(1)";
        halting.batch_execute(go_on).await.unwrap();
        first.await.unwrap().unwrap();
        second.await.unwrap().unwrap();
        let end = both.iter().map(|range| range.end).max().unwrap();
        assert_eq!(site.all().await.len(), end, "{both:?}");
        let rows = site.number("SELECT count(*) FROM workflow_logs").await;
        let blocks = "SELECT coalesce(sum(entries), 0)::bigint FROM log_blocks";
        assert_eq!(rows + site.number(blocks).await, end as i64, "{both:?}");
    }
}

#[tokio::test]
async fn rows_are_written_while_a_server_cannot_read_blocks() {
    let site = Site::new().await;
    let lease = "INSERT INTO server_lease (holder, sequence, expires_at, peppers)
                 VALUES ('old', 0, clock_timestamp() + interval '1 hour', '')";
    execute(&site.url, lease).await;
    site.append(&events(0..100)).await;
    assert_eq!(site.number("SELECT count(*) FROM workflow_logs").await, 100);
    assert_eq!(site.number("SELECT count(*) FROM log_blocks").await, 0);
}

#[tokio::test]
async fn forgetting_leaves_nothing_that_was_being_sealed() {
    let site = Site::new().await;
    site.append(&[entry(1, None), entry(2, None)]).await;
    let halting = site.connect().await;
    let halt = "BEGIN; LOCK TABLE log_blocks IN SHARE MODE";
    halting.batch_execute(halt).await.unwrap();
    let (sealer, client) = (site.sealer(), site.client.clone());
    let sealing = tokio::spawn(async move { sealer.seal(&client, Which::All).await });
    site.waiting(1).await;
    let (logs, client) = (Arc::clone(&site.logs), site.client.clone());
    let purging = tokio::spawn(async move { purge(&*logs, &client).await });
    site.waiting(2).await;
    halting.batch_execute("COMMIT").await.unwrap();
    sealing.await.unwrap().unwrap();
    assert_eq!(purging.await.unwrap().unwrap(), 2);
    assert_eq!(site.all().await, []);
    for table in ["workflow_logs", "log_blocks", "log_block_contents"] {
        let count = format!("SELECT count(*) FROM {table}");
        assert_eq!(site.number(&count).await, 0, "{table}");
    }
}

#[tokio::test]
async fn no_block_is_written_while_a_server_cannot_read_it() {
    let site = Site::new().await;
    site.append(&[entry(1, None)]).await;
    let lease = "INSERT INTO server_lease (holder, sequence, expires_at, peppers)
                 VALUES ('old', 0, clock_timestamp() + interval '1 hour', '')";
    execute(&site.url, lease).await;
    assert_eq!(site.seal().await, 0);
    execute(&site.url, "UPDATE server_lease SET expires_at = now()").await;
    assert_eq!(site.seal().await, 1);
    let latest = "SELECT compatible_from FROM central_logger_migrations
                  ORDER BY version DESC LIMIT 1";
    assert_eq!(site.number(latest).await, 23, "older programs stop");
}

#[tokio::test]
async fn no_role_sees_the_blocks_of_two_clients() {
    let site = Site::new().await;
    let other: ClientId = "widget".parse().unwrap();
    site.append(&[entry(1, None)]).await;
    let of_other = [entry(1, None)];
    let stored = site.logs.append(&other, RECEIVED, &of_other);
    stored.await.unwrap();
    let sealed = site.sealer().seal_all(Which::All).await.unwrap();
    assert_eq!(sealed.sealed, 2);
    let roles = role_names(&site.url).await;
    for (name, role) in &roles {
        for (client, expected) in [("acme", 1), ("nobody", 0)] {
            let sql = format!(
                "BEGIN; SET LOCAL ROLE {role}; SET LOCAL app.client_id = '{client}';
                 SELECT count(*) FROM log_block_contents"
            );
            let connection = site.connect().await;
            let Ok(found) = connection.simple_query(&sql).await else {
                assert!(!["reader", "keeper"].contains(&name.as_str()), "{name}");
                continue;
            };
            let count = found.iter().find_map(|message| match message {
                SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            let count: usize = count.unwrap().parse().unwrap();
            assert!(count <= expected, "{name} as {client} sees {count}");
        }
    }
    assert_eq!(
        site.logs.next_client(None).await.unwrap(),
        Some(site.client.clone())
    );
}

#[tokio::test]
async fn the_blocks_of_a_read_are_found_down_an_index() {
    let site = Site::new().await;
    let many = "INSERT INTO log_blocks
                SELECT 'c' || n % 50, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 1, 1, ''
                FROM generate_series(1, 20000) AS n";
    execute(&site.url, many).await;
    for statistics in ["", "ANALYZE log_blocks"] {
        execute(&site.url, statistics).await;
        for order in ["first_id", "last_id DESC"] {
            let sql = format!(
                "BEGIN; {IN_INDEX_ORDER}
                 EXPLAIN SELECT number, header FROM log_blocks
                 WHERE client_id = 'c7' AND first_id > '00000000-0000-7000-8000-000000000000'
                   AND first_id <= 'ffffffff-0000-7000-8000-000000000000'
                   AND last_id >= '00000000-0000-7000-8000-000000000000'
                   AND last_id <= 'ffffffff-0000-7000-8000-000000000000'
                 ORDER BY {order} LIMIT 65"
            );
            let plan = plan(&site.url, &sql).await;
            assert!(plan.contains("Index Scan"), "{plan}");
            assert!(
                !plan.contains("Sort") && !plan.contains("Seq Scan"),
                "{plan}"
            );
        }
    }
}

#[tokio::test]
async fn a_count_of_all_that_is_stored_is_not_compiled() {
    let site = Site::new().await;
    let sql = format!(
        "BEGIN; {IN_INDEX_ORDER}
         EXPLAIN SELECT count(*) FROM (SELECT received_at FROM workflow_logs LIMIT 10000) AS few"
    );
    let plan = plan(&site.url, &sql).await;
    assert!(
        plan.contains("Aggregate") && !plan.contains("JIT"),
        "{plan}"
    );
}

async fn plan(url: &str, explain: &str) -> String {
    let messages = execute(url, explain).await;
    let lines = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}
