//! Logs in blocks, in real files.

use central_logger_block_store::{BlockStore, Sealable, Sealer, Swap, Swapped, Which, inspect};
use central_logger_blocks::{BlockBuilder, BlockKind, Entry, Limits};
use central_logger_key_store::{Head, KeyFeed, LeaseHolder, feed::Lease};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogEntry, LogId, LogPruner, LogSearch, LogStore, StoredLog, entries::Place, retention::purge,
};
use central_logger_sqlite::{Sqlite, SqliteLogs};
use central_logger_text::Report;
use rusqlite::Connection;
use std::{fs, path::PathBuf, sync::Arc, time::Duration};
use tempfile::TempDir;
use time::{OffsetDateTime, macros::datetime};

pub(crate) const RECEIVED: OffsetDateTime = datetime!(2026-03-01 12:00:00.123 UTC);

pub(crate) struct Fixture {
    directory: TempDir,
    sqlite: Sqlite,
    pub(crate) logs: Arc<SqliteLogs>,
    pub(crate) client: ClientId,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("central-logger.db");
        let sqlite = Sqlite::open(&path).await.unwrap();
        sqlite.migrate().await.unwrap();
        Self {
            logs: Arc::new(sqlite.logs()),
            sqlite,
            directory,
            client: "acme".parse().unwrap(),
        }
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("central-logger-logs.db")
    }

    pub(crate) fn connect(&self, file: &str) -> Connection {
        Connection::open(self.directory.path().join(file)).unwrap()
    }

    pub(crate) async fn append(&self, entries: &[LogEntry]) {
        let stored = self.logs.append(&self.client, RECEIVED, entries);
        stored.await.unwrap();
    }

    pub(crate) async fn seal(&self) -> u64 {
        let sealer = Sealer::new(Arc::clone(&self.logs) as Arc<dyn BlockStore>);
        sealer.seal(&self.client, Which::All).await.unwrap().sealed
    }

    async fn rows(&self) -> Vec<StoredLog> {
        let all = Sealable {
            after: None,
            received_before: None,
            rows: 10_000,
            text_bytes: usize::MAX,
        };
        self.logs.sealable(&self.client, &all).await.unwrap()
    }

    async fn all(&self) -> Vec<StoredLog> {
        let mut search = LogSearch::default();
        search.query.limit = 1000;
        let page = self.logs.page(&self.client, &search).await.unwrap();
        assert_eq!(page.next_cursor, None);
        page.logs
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
    let f = Fixture::new().await;
    let event = entry(1, Some("run-1"));
    f.append(std::slice::from_ref(&event)).await;
    let rows = f.rows().await;
    let mut builder = BlockBuilder::new(BlockKind::Sealed, &f.client, Limits::default());
    builder.push(Entry::from(&rows[0])).unwrap();
    let block = builder.finish().unwrap();

    // Another process has deleted the row and not committed yet.
    let sealing = f.connect("central-logger-logs.db");
    sealing
        .execute_batch("BEGIN IMMEDIATE; DELETE FROM workflow_logs")
        .unwrap();
    let (logs, client) = (Arc::clone(&f.logs), f.client.clone());
    let again = event.clone();
    let repeat = tokio::spawn(async move { logs.append(&client, RECEIVED, &[again]).await });
    tokio::task::yield_now().await;
    let id = *event.id().as_uuid().as_bytes();
    let contents = "INSERT INTO log_block_contents VALUES (1, 'acme', ?1, ?2, ?3)";
    let (filters, counts) = (block.filters.to_bytes(), block.counts.to_bytes());
    sealing
        .execute(contents, (filters, counts, &block.bytes))
        .unwrap();
    let header = "INSERT INTO log_blocks VALUES ('acme', ?1, 1, ?1, 1, 1, 1, ?2, NULL)";
    sealing
        .execute(header, (id, block.header.to_bytes()))
        .unwrap();
    assert!(!repeat.is_finished());
    sealing.execute_batch("COMMIT").unwrap();
    repeat.await.unwrap().unwrap();

    assert_eq!(f.rows().await, []);
    assert_eq!(f.all().await, rows);
}

#[tokio::test]
async fn a_swap_gives_way_to_who_came_first() {
    let f = Fixture::new().await;
    f.append(&[entry(1, None), entry(2, None)]).await;
    let rows = f.rows().await;
    let mut builder = BlockBuilder::new(BlockKind::Sealed, &f.client, Limits::default());
    for row in &rows {
        builder.push(Entry::from(row)).unwrap();
    }
    let swap = Swap {
        rows: rows.iter().map(|row| (row.id, row.received_at)).collect(),
        blocks: Vec::new(),
        sealed: vec![builder.finish().unwrap()],
    };
    f.logs.delete(&f.client, Some(rows[1].id)).await.unwrap();
    let swapped = f.logs.swap(&f.client, swap).await.unwrap();
    assert_eq!(swapped, Swapped::Overtaken);
    assert_eq!(f.all().await, rows[1..]);
    assert_eq!(f.rows().await, rows[1..], "nothing was changed");
}

#[tokio::test]
async fn a_swap_leaves_what_was_forgotten_and_has_come_again() {
    let f = Fixture::new().await;
    let event = entry(1, Some("run-1"));
    f.append(std::slice::from_ref(&event)).await;
    let read = f.rows().await;
    let mut builder = BlockBuilder::new(BlockKind::Sealed, &f.client, Limits::default());
    builder.push(Entry::from(&read[0])).unwrap();
    let swap = Swap {
        rows: vec![(read[0].id, read[0].received_at)],
        blocks: Vec::new(),
        sealed: vec![builder.finish().unwrap()],
    };
    purge(&*f.logs, &f.client).await.unwrap();
    let later = RECEIVED + Duration::from_secs(1);
    let again = [event];
    let stored = f.logs.append(&f.client, later, &again);
    stored.await.unwrap();
    let swapped = f.logs.swap(&f.client, swap).await.unwrap();
    assert_eq!(swapped, Swapped::Overtaken);
    assert_eq!(
        f.rows().await.len(),
        1,
        "nothing that was forgotten is back"
    );
}

#[tokio::test]
async fn events_of_fresh_blocks_are_stored_once_however_often_they_come() {
    let f = Fixture::new().await;
    let name = |second: usize| format!("run-{second}");
    let events: Vec<_> = (0..200).map(|n| entry(n, Some(&name(n)))).collect();
    f.append(&events[..3]).await;
    f.append(&events[..100]).await;
    assert_eq!(f.rows().await.len(), 3);
    assert_eq!(f.logs.totals().await.unwrap().fresh_entries, 97);
    // In rows, in the fresh block, and new.
    f.append(&events).await;
    f.append(&events[98..102]).await;
    assert_eq!(f.all().await.len(), 200);
    f.append(&events[..2]).await;
    f.seal().await;
    let totals = f.logs.totals().await.unwrap();
    assert_eq!((totals.fresh_blocks, totals.rows), (0, 0));
    assert_eq!((totals.entries, totals.oldest_unsealed), (200, None));
    f.append(&events).await;
    f.append(&events[..2]).await;
    assert_eq!(f.all().await.len(), 200);
    assert_eq!(f.logs.totals().await.unwrap().fresh_blocks, 0);
}

#[tokio::test]
async fn nothing_received_long_ago_is_left_unsealed() {
    let f = Fixture::new().await;
    let entries: Vec<_> = (0..110).map(|second| entry(second, None)).collect();
    f.append(&entries[..100]).await;
    f.append(&entries[100..]).await;
    let sealer = Sealer::new(Arc::clone(&f.logs) as Arc<dyn BlockStore>);
    for (minutes, unsealed) in [(0, 110), (10, 110), (15, 0)] {
        let now = RECEIVED + Duration::from_secs(minutes * 60);
        sealer.seal(&f.client, Which::Due(now)).await.unwrap();
        let totals = f.logs.totals().await.unwrap();
        assert_eq!(totals.rows + totals.fresh_entries, unsealed, "{minutes}");
    }
    assert_eq!(f.all().await.len(), 110);
}

#[tokio::test]
async fn a_client_with_few_entries_has_few_blocks() {
    let f = Fixture::new().await;
    let sealer = Sealer::new(Arc::clone(&f.logs) as Arc<dyn BlockStore>);
    for round in 0..40 {
        let first = round * 50;
        let entries: Vec<_> = (first..first + 50)
            .map(|second| entry(second, None))
            .collect();
        f.append(&entries).await;
        let now = RECEIVED + Duration::from_secs(3600);
        sealer.seal(&f.client, Which::Due(now)).await.unwrap();
    }
    let totals = f.logs.totals().await.unwrap();
    assert_eq!(totals.entries, 2000);
    assert!(totals.blocks <= 3, "{totals:?}");
}

#[tokio::test]
async fn pages_do_not_change_while_their_entries_move_into_blocks() {
    let f = Fixture::new().await;
    // Late entries make blocks that lie over others.
    let entries: Vec<_> = (0..300).map(|second| entry(second, None)).collect();
    for start in 0..3 {
        let late: Vec<_> = entries.iter().skip(start).step_by(3).cloned().collect();
        f.append(&late).await;
        f.seal().await;
    }
    f.append(&[entry(300, None), entry(50_000 / 200, Some("event"))])
        .await;
    let mut search = LogSearch::default();
    search.query.limit = 7;
    let mut seen: Vec<LogId> = Vec::new();
    loop {
        let page = f.logs.page(&f.client, &search).await.unwrap();
        seen.extend(page.logs.iter().map(|log| log.id));
        f.seal().await;
        search.query.cursor = page.next_cursor;
        if search.query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 302);
    assert!(
        seen.is_sorted_by(|a, b| a > b),
        "the latest first, each once"
    );
    assert_eq!(f.rows().await, []);
}

#[tokio::test]
async fn a_damaged_block_costs_its_own_entries_a_clear_error() {
    let f = Fixture::new().await;
    let (early, late) = (entry(1, None), entry(1000, None));
    let mut march = LogEntry::builder(RECEIVED);
    march
        .environment("e")
        .executed_at("2026-02-01T00:00:00Z")
        .status("s");
    let february = march.build().unwrap();
    f.append(&[early.clone(), late.clone(), february.clone()])
        .await;
    f.seal().await;
    let connection = f.connect("central-logger-logs.db");
    let damage = "UPDATE log_block_contents SET block = substr(block, 1, length(block) - 1)
                  WHERE number = (SELECT number FROM log_blocks WHERE first_id = ?1)";
    let damaged = connection.execute(damage, [early.id().as_uuid().as_bytes()]);
    assert_eq!(damaged.unwrap(), 1);
    let error = f.logs.get(&f.client, early.id()).await.unwrap_err();
    let told = Report(&error).to_string();
    assert!(told.contains(&early.id().to_string()), "{told}");
    let other = f.logs.get(&f.client, february.id()).await.unwrap();
    assert_eq!(other.unwrap().id, february.id());

    let inspection = inspect(&*f.logs, &*f.logs).await.unwrap();
    assert_eq!((inspection.blocks, inspection.entries), (2, 1));
    let [broken] = inspection.broken.as_slice() else {
        panic!("{inspection:?}");
    };
    assert_eq!(broken.client, f.client);
    assert_eq!(broken.ids, Some((early.id(), late.id(), 2)));
}

#[tokio::test]
async fn no_block_is_written_while_a_server_cannot_read_it() {
    let f = Fixture::new().await;
    f.append(&[entry(1, None)]).await;
    let lease = Lease {
        holder: LeaseHolder::new("server").unwrap(),
        applied: Head::default(),
        length: Duration::from_secs(600),
        peppers: Vec::new(),
    };
    f.sqlite.feed().hold_lease(&lease).await.unwrap();
    let keys = f.connect("central-logger.db");
    keys.execute_batch("UPDATE server_lease SET knows = NULL")
        .unwrap();
    assert_eq!(f.seal().await, 0);
    f.sqlite.feed().hold_lease(&lease).await.unwrap();
    assert_eq!(f.seal().await, 1);
    let logs = f.connect("central-logger-logs.db");
    let latest = "SELECT compatible_from FROM schema_migrations ORDER BY version DESC LIMIT 1";
    let from: u32 = logs.query_row(latest, [], |row| row.get(0)).unwrap();
    assert_eq!(from, 4, "older programs stop");
}

#[tokio::test]
async fn nothing_is_left_of_logs_that_are_forgotten() {
    let f = Fixture::new().await;
    let entries: Vec<_> = (0..500).map(|second| entry(second, Some("e"))).collect();
    f.append(&entries).await;
    f.seal().await;
    f.append(&[entry(501, None)]).await;
    assert_eq!(purge(&*f.logs, &f.client).await.unwrap(), 501);
    assert_eq!(f.all().await, []);
    let connection = f.connect("central-logger-logs.db");
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    connection.query_row(checkpoint, [], |_| Ok(())).unwrap();
    let bytes = fs::read(f.log_file()).unwrap();
    let magic = [0x28, 0xb5, 0x2f, 0xfd];
    for trace in [&b"a secret of"[..], b"production", &magic] {
        let found = bytes.windows(trace.len()).any(|window| window == trace);
        assert!(!found, "{trace:?}");
    }
}

#[tokio::test]
async fn a_block_at_the_end_of_a_term_keeps_its_later_entries() {
    let f = Fixture::new().await;
    let entries: Vec<_> = (0..10).map(|second| entry(second, None)).collect();
    f.append(&entries).await;
    f.seal().await;
    let before = Some(entries[4].id());
    assert_eq!(f.logs.delete(&f.client, before).await.unwrap(), 4);
    assert_eq!(f.logs.delete(&f.client, before).await.unwrap(), 0);
    assert_eq!(f.all().await.len(), 6);
    assert_eq!(f.logs.get(&f.client, entries[3].id()).await.unwrap(), None);
    assert_eq!(f.logs.next_client(None).await.unwrap(), Some(f.client));
}

#[tokio::test]
async fn every_block_is_inspected_however_many_there_are() {
    let f = Fixture::new().await;
    let mut months = Vec::new();
    for number in 0..250 {
        let mut builder = LogEntry::builder(RECEIVED);
        let month = number % 12 + 1;
        let year = 1990 + number / 12;
        builder
            .environment("e")
            .executed_at(format!("{year}-{month:02}-01T00:00:00Z"))
            .status("s");
        months.push(builder.build().unwrap());
    }
    f.append(&months).await;
    f.seal().await;
    let blocks = f.logs.totals().await.unwrap().blocks;
    let inspection = inspect(&*f.logs, &*f.logs).await.unwrap();
    assert_eq!(inspection.broken, []);
    assert_eq!((inspection.blocks, inspection.entries), (blocks, 250));
    assert!(blocks > 100, "{blocks}");
}
