//! Both stores over time.

use super::{directory, opened, path};
use central_logger_key_store::{Head, KeyFeed, LeaseHolder, LeaseStore, feed::Lease};
use central_logger_keyring::model;
use central_logger_log_store::{
    LogSearch, LogStore, StatsQuery, Submission, entries::Place, store::ScanBudget,
};
use central_logger_sqlite::Sqlite;
use central_logger_times::ManualClock;
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use time::OffsetDateTime;

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
