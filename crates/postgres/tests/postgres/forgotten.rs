//! What is left in table files of logs that were forgotten.

use central_logger_block_store::{BlockStore, Sealer, Which};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogEntry, LogStore, entries::Place, retention::purge};
use central_logger_postgres::{
    Postgres,
    testing::{execute, new_database},
};
use std::{fs, path::PathBuf, sync::Arc, time::Duration};
use time::{OffsetDateTime, macros::datetime};
use tokio::time::sleep;
use tokio_postgres::SimpleQueryMessage;

const RECEIVED: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

fn entries(range: std::ops::Range<usize>, secret: &str) -> Vec<LogEntry> {
    let entry = |number: usize| {
        let mut builder = LogEntry::builder(RECEIVED);
        builder
            .environment("production")
            .executed_at("2026-03-01T11:00:00Z")
            .status("OK")
            .message(format!("{secret} {number}"))
            .event_id(format!("run-{number}"));
        let mut entry = builder.build().unwrap();
        entry.place(Place {
            arrival: number as u64,
            writer: 0,
        });
        entry
    };
    range.map(entry).collect()
}

async fn texts(url: &str, sql: &str) -> Vec<String> {
    let messages = execute(url, sql).await;
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    rows.collect()
}

/// The number from which on PostgreSQL names the files of tables that are not its own.
const FIRST_OF_USERS: u32 = 16_384;

/// The contents of all files of tables, also of the tables beside them that hold large values.
async fn table_files(url: &str) -> Vec<Vec<u8>> {
    execute(url, "CHECKPOINT").await;
    let folder = "SELECT current_setting('data_directory') || '/base/' || oid
                  FROM pg_database WHERE datname = current_database()";
    let folder = PathBuf::from(texts(url, folder).await.remove(0));
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let of_users = files.filter(|file| {
        let name = file.file_name().into_string().unwrap();
        let number = name.split(['.', '_']).next().unwrap().parse();
        number.is_ok_and(|number: u32| number >= FIRST_OF_USERS)
    });
    of_users
        .filter_map(|file| fs::read(file.path()).ok())
        .collect()
}

/// Waits until no transaction is open that may still see what was deleted: rows that somebody may see are kept when a
/// table is rewritten. A connection ends its transaction after it was given back.
async fn await_nobody_else(url: &str) {
    let others = "SELECT pid::text FROM pg_stat_activity
                  WHERE datname = current_database() AND pid <> pg_backend_pid()
                    AND (backend_xmin IS NOT NULL OR state LIKE 'idle in transaction%')";
    while !texts(url, others).await.is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn is_in(files: &[Vec<u8>], trace: &[u8]) -> bool {
    let mut windows = files.iter().flat_map(|file| file.windows(trace.len()));
    windows.any(|window| window == trace)
}

#[tokio::test]
async fn no_byte_of_forgotten_logs_is_left_after_the_tables_are_rewritten() {
    let url = new_database().await;
    let postgres = Postgres::connect(&url).await.unwrap();
    postgres.migrate().await.unwrap();
    let logs = Arc::new(postgres.logs());
    let (client, other): (ClientId, ClientId) =
        ("acme".parse().unwrap(), "widget".parse().unwrap());
    let kept = entries(0..3, "what is kept");
    logs.append(&other, RECEIVED, &kept).await.unwrap();
    for (range, is_sealed) in [(0..300, true), (300..500, false), (500..503, false)] {
        let secret = entries(range, "what is forgotten");
        logs.append(&client, RECEIVED, &secret).await.unwrap();
        if is_sealed {
            let sealer = Sealer::new(Arc::clone(&logs) as Arc<dyn BlockStore>);
            sealer.seal(&client, Which::All).await.unwrap();
        }
    }
    // From the middle of each block, where nothing is the same for all.
    let traces =
        "SELECT encode(substr(block, length(block) / 2, 24), 'hex') FROM log_block_contents";
    let traces = texts(&url, traces).await;
    let mut traces: Vec<_> = traces.iter().map(|hex| bytes(hex)).collect();
    assert_eq!(traces.len(), 2, "a sealed and a fresh one");
    traces.push(b"what is forgotten".to_vec());
    let before = table_files(&url).await;
    assert!(traces.iter().all(|trace| is_in(&before, trace)));

    assert_eq!(purge(&*logs, &client).await.unwrap(), 503);
    await_nobody_else(&url).await;
    for table in [
        "workflow_logs",
        "log_blocks",
        "log_block_contents",
        "log_arrivals",
    ] {
        execute(&url, &format!("VACUUM FULL {table}")).await;
    }
    let after = table_files(&url).await;
    for trace in &traces {
        assert!(!is_in(&after, trace), "{trace:?}");
    }
    assert!(is_in(&after, b"what is kept"));
}
