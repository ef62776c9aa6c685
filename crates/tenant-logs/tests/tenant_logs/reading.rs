//! Answers that are read in turns. Time is tokio's and stands still, so nothing here waits.

use crate::support::InstrumentedStore;
use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogEntry, LogPage, LogQuery, LogSearch, LogStore, LogStoreError, MemoryLogs, StatsQuery,
    StoredLog,
};
use central_logger_tenant_logs::{Ingestor, Reading, TenantLogs};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use time::{OffsetDateTime, macros::datetime};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

/// A store with so many entries of each client, that takes so long to look at one.
async fn slow(count: u64, time_per_entry: Duration) -> Arc<InstrumentedStore> {
    let inner = MemoryLogs::new();
    let entries: Vec<_> = (0..count).map(entry).collect();
    for client in ["acme", "widget", "held"] {
        let client: ClientId = client.parse().unwrap();
        inner.append(&client, NOW, &entries).await.unwrap();
    }
    let mut store = InstrumentedStore::new(inner);
    store.time_per_entry = time_per_entry;
    Arc::new(store)
}

fn entry(number: u64) -> LogEntry {
    let start = datetime!(2026-02-01 12:00 UTC)
        .unix_timestamp()
        .unsigned_abs()
        * 1_000_000_000;
    let mut entry = LogEntry::builder(NOW);
    entry.environment("e").status("s");
    entry.executed_at_unix_ns(start + number * 1_000_000);
    entry.message(format!("number {number}"));
    entry.attribute("n", &number);
    entry.build().unwrap()
}

fn search(pairs: &[(&str, &str)]) -> LogSearch {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    LogSearch::from_pairs(owned).unwrap()
}

fn logs(ingestor: &Ingestor, client: &str) -> TenantLogs {
    TenantLogs::new(ingestor, client.parse().unwrap())
}

fn numbers(page: &LogPage) -> Vec<usize> {
    let number = |log: &StoredLog| {
        let extra: serde_json::Value = serde_json::from_str(log.extra.as_ref().unwrap()).unwrap();
        usize::try_from(extra["n"].as_u64().unwrap()).unwrap()
    };
    page.logs.iter().map(number).collect()
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_at_its_limit_with_what_was_found_and_where_to_go_on() {
    // A few dozen are looked at in one answer.
    let store = slow(200, Duration::from_millis(40)).await;
    let logs = logs(&Ingestor::new(store), "acme");
    for (q, expected) in [("nosuch", None), ("77", Some(77)), ("195", Some(195))] {
        let mut search = search(&[("q", q)]);
        let (mut found, mut answers) = (Vec::new(), 0);
        loop {
            let began = Instant::now();
            let page = logs.page(&search).await.unwrap();
            assert!(began.elapsed() <= Reading::LIMIT);
            answers += 1;
            found.extend(numbers(&page));
            if answers > 1 {
                assert_ne!(page.next_cursor, search.query.cursor);
            }
            search.query.cursor = page.next_cursor;
            if search.query.cursor.is_none() {
                break;
            }
        }
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{q}");
        assert!(answers > 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_got_nowhere_is_an_empty_page_from_where_it_began() {
    let store = slow(20, Duration::from_secs(1)).await;
    let logs = logs(&Ingestor::new(store), "acme");
    for order in ["asc", "desc"] {
        let began = Instant::now();
        let search = search(&[("status", "s"), ("order", order)]);
        let page = logs.page(&search).await.unwrap();
        assert_eq!(began.elapsed(), Reading::LIMIT);
        assert!(page.logs.is_empty());
        let mut again = search.clone();
        again.query.cursor = page.next_cursor;
        assert!(again.query.cursor.is_some());
        assert_eq!(logs.page(&again).await.unwrap(), page);
    }
}

#[tokio::test(start_paused = true)]
async fn counts_that_take_too_long_are_refused_at_the_limit() {
    let store = slow(2000, Duration::from_millis(10)).await;
    let logs = logs(&Ingestor::new(store), "acme");
    let from = [("from".to_owned(), "2026-02-01T00:00:00Z".to_owned())];
    let query = StatsQuery::from_pairs(from, NOW).unwrap();
    let began = Instant::now();
    let refused = logs.stats(&query).await;
    assert!(
        matches!(refused, Err(LogStoreError::TooSlow)),
        "{refused:?}"
    );
    assert_eq!(began.elapsed(), Reading::LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_page_is_read_no_further_than_one_entry_beyond_it() {
    let store = slow(3000, Duration::ZERO).await;
    let logs = logs(&Ingestor::new(store.clone()), "acme");
    let page = logs.page(&search(&[("limit", "1000")])).await.unwrap();
    assert_eq!(numbers(&page), (2000..3000).rev().collect::<Vec<_>>());
    assert_eq!(store.scans.load(Ordering::Relaxed), 1);
    let page = logs
        .page(&search(&[("status", "s"), ("limit", "1")]))
        .await
        .unwrap();
    assert_eq!(numbers(&page), [2999]);
    assert!(page.next_cursor.is_some());
    assert_eq!(store.scans.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_a_client_whose_searches_take_all_they_may() {
    let store = slow(10, Duration::ZERO).await;
    let ingestor = Ingestor::new(store.clone());
    let held = logs(&ingestor, "held");
    let searches: Vec<_> = (0..128)
        .map(|_| {
            let held = held.clone();
            tokio::spawn(async move { held.page(&LogSearch::default()).await })
        })
        .collect();
    for _ in 0..1000 {
        yield_now().await;
    }
    let under_way = store.scans.load(Ordering::Relaxed);
    assert!(
        (1..store.reads_at_once()).contains(&under_way),
        "{under_way}"
    );
    let widget = logs(&ingestor, "widget");
    let page = widget.page(&LogSearch::default()).await.unwrap();
    assert_eq!(page.logs.len(), 10);
    assert!(widget.get(page.logs[0].id).await.unwrap().is_some());

    // Those whose senders have gone are not begun, nor does their going let more be under way.
    for search in &searches[..100] {
        search.abort();
    }
    store.held_scans.add_permits(1000);
    for search in searches {
        if let Ok(page) = search.await {
            assert_eq!(page.unwrap().logs.len(), 10);
        }
    }
    let scans = store.scans.load(Ordering::Relaxed);
    assert!(scans <= under_way + 1 + 28, "{scans}");
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_too_long_is_refused_and_a_line_has_an_end() {
    let store = slow(10, Duration::ZERO).await;
    let ingestor = Ingestor::new(store.clone());
    let held = logs(&ingestor, "held");
    let searches: Vec<_> = (0..500)
        .map(|_| {
            let held = held.clone();
            tokio::spawn(async move {
                let began = Instant::now();
                let answer = held.page(&LogSearch::default()).await;
                (began.elapsed(), answer)
            })
        })
        .collect();
    let (mut at_once, mut late, mut answered) = (0, 0, 0);
    sleep(Duration::from_secs(6)).await;
    store.held_scans.add_permits(1000);
    for search in searches {
        match search.await.unwrap() {
            (Duration::ZERO, Err(LogStoreError::Busy)) => at_once += 1,
            (waited, Err(LogStoreError::Busy)) => {
                assert_eq!(waited, Duration::from_secs(5));
                late += 1;
            }
            (_, answer) => {
                assert_eq!(answer.unwrap().logs.len(), 10);
                answered += 1;
            }
        }
    }
    assert_eq!(late, 256);
    assert_eq!(at_once + late + answered, 500);
    assert!(answered >= 1);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_several_pages_is_not_refused_once_it_has_begun() {
    let store = slow(100, Duration::ZERO).await;
    store.held_scans.add_permits(1);
    let ingestor = Ingestor::new(store.clone());
    let held = logs(&ingestor, "held");
    let mut reading = held.reading();
    let mut search = LogSearch::from(LogQuery {
        limit: 50,
        ..LogQuery::default()
    });
    let first = reading.page(&search).await.unwrap();
    search.query.cursor = first.next_cursor;
    let others: Vec<_> = (0..500)
        .map(|_| {
            let held = held.clone();
            tokio::spawn(async move { held.page(&LogSearch::default()).await })
        })
        .collect();
    for _ in 0..2000 {
        yield_now().await;
    }
    let rest = tokio::spawn(async move { reading.page(&search).await });
    sleep(Duration::from_secs(60)).await;
    store.held_scans.add_permits(1000);
    assert_eq!(rest.await.unwrap().unwrap().logs.len(), 50);
    for other in others {
        other.await.unwrap().ok();
    }
}

#[tokio::test(start_paused = true)]
async fn answers_that_have_begun_are_finished_before_others_of_their_client_begin() {
    let store = slow(2000, Duration::from_micros(100)).await;
    let logs = logs(&Ingestor::new(store.clone()), "acme");
    let searches: Vec<_> = (0..20)
        .map(|number| {
            let logs = logs.clone();
            tokio::spawn(async move {
                let number = number.to_string();
                logs.page(&search(&[("status", &number)])).await.unwrap()
            })
        })
        .collect();
    for search in searches {
        let page = search.await.unwrap();
        assert!(page.logs.is_empty() && page.next_cursor.is_none());
    }
    let statuses = store.statuses.lock().unwrap();
    let is_open = |place: usize, status: &String| {
        statuses[..=place].contains(status) && statuses[place..].contains(status)
    };
    let most = (0..statuses.len()).map(|place| {
        let all = (0..20).map(|number: usize| number.to_string());
        all.filter(|status| is_open(place, status)).count()
    });
    assert!(statuses.len() > 60);
    assert_eq!(most.max(), Some(store.reads_at_once() / 2));
}
