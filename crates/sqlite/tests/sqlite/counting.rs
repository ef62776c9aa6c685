//! Counts of rows, fresh and sealed blocks that lie over each other, however little is counted at a time.

use central_logger_block_store::{BlockStore, Swap, Swapped};
use central_logger_blocks::{BlockBuilder, BlockKind, Entry, Limits};
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogEntry, LogStats, LogStore, StatsQuery, entries::Place, store::ScanBudget,
};
use central_logger_sqlite::Sqlite;
use std::time::Duration;
use time::{OffsetDateTime, macros::datetime};

const RECEIVED: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);
const ENTRIES: usize = 2000;
/// More than are considered at a time.
const BLOCKS: usize = 300;

fn entry(number: usize) -> LogEntry {
    let mut builder = LogEntry::builder(RECEIVED);
    // Four hours of entries, seven seconds apart.
    let executed_at = datetime!(2026-03-01 6:00 UTC) + Duration::from_secs(number as u64 * 7);
    let (hour, minute, second) = executed_at.time().as_hms();
    builder
        .environment("production")
        .executed_at(format!("2026-03-01T{hour:02}:{minute:02}:{second:02}Z"))
        .status(["OK", "FAILED", "SKIPPED"][number % 3])
        .workflow(format!("w{}", number % 5));
    let mut entry = builder.build().unwrap();
    entry.place(Place {
        arrival: number as u64,
        writer: 0,
    });
    entry
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_the_same_however_little_is_counted_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = Sqlite::open(&directory.path().join("keys.db"))
        .await
        .unwrap();
    sqlite.migrate().await.unwrap();
    let logs = sqlite.logs().with_blocks_from(usize::MAX);
    let client: ClientId = "acme".parse().unwrap();
    let entries: Vec<_> = (0..ENTRIES).map(entry).collect();
    // Each block has entries of about half an hour, between those of many others; a seventh stay rows.
    for block in 0..BLOCKS {
        let (start, step) = (block / 50 * 300, 50);
        let of_block = (start + block % 50..ENTRIES.min(start + 300)).step_by(step);
        let kind = [BlockKind::Sealed, BlockKind::Sealed, BlockKind::Fresh][block % 3];
        let mut builder = BlockBuilder::new(kind, &client, Limits::default());
        for number in of_block.filter(|number| number % 7 > 0) {
            builder
                .push(Entry::received(&entries[number], RECEIVED))
                .unwrap();
        }
        let swap = Swap {
            sealed: vec![builder.finish().unwrap()],
            ..Swap::default()
        };
        assert_eq!(logs.swap(&client, swap).await.unwrap(), Swapped::Done);
    }
    let in_blocks = logs.totals().await.unwrap().entries as usize;
    let rows = entries.iter().enumerate();
    let rows = rows.filter(|(number, _)| number % 7 == 0 || *number >= 1800);
    let rows: Vec<_> = rows.map(|(_, entry)| entry.clone()).collect();
    assert_eq!(in_blocks + rows.len(), ENTRIES);
    logs.append(&client, RECEIVED, &rows).await.unwrap();

    for (parameters, about) in [
        (&[("interval", "1h")][..], "whole hours"),
        (
            &[("interval", "1h"), ("by", "workflow,status")],
            "two fields",
        ),
        (
            &[("interval", "7m"), ("status", "FAILED")],
            "parts of hours",
        ),
        (
            &[("interval", "4h"), ("from", "2026-03-01T07:13:00Z")],
            "a part of the time",
        ),
    ] {
        let from = ("from", "2026-03-01T06:00:00Z");
        let has_from = parameters.iter().any(|(name, _)| *name == "from");
        let pairs = parameters
            .iter()
            .copied()
            .chain((!has_from).then_some(from));
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let query = StatsQuery::from_pairs(pairs, RECEIVED).unwrap();
        let mut expected = LogStats::new(&query);
        for log in entries.iter().filter(|log| query.ids().contains(&log.id())) {
            let log = Entry::received(log, RECEIVED).of_client(&client);
            expected.look_at(log.id, &log.candidate()).unwrap();
        }
        for entries in [60, 8192] {
            let budget = ScanBudget {
                entries,
                time: Duration::from_secs(60),
            };
            let (mut stats, mut after) = (LogStats::new(&query), None);
            loop {
                let counted = logs.count(&client, &query, after, budget).await.unwrap();
                stats.merge(&counted.stats).unwrap();
                assert!(counted.last.is_none() || counted.last > after, "{about}");
                after = counted.last;
                if after.is_none() {
                    break;
                }
            }
            let json = |stats: &LogStats| serde_json::to_value(stats).unwrap();
            assert_eq!(
                json(&stats),
                json(&expected),
                "{about}, {entries} at a time"
            );
        }
    }
}
