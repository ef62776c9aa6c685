//! Following logs as they become visible. Time is given, so nothing here waits.

use central_logger_keys::ClientId;
use central_logger_log_store::{LogEntry, LogId, LogSearch, LogStore, MemoryLogs, Submission};
use central_logger_tenant_logs::{Ingestor, Tail, TenantLogs, reading::TailError};
use std::{sync::Arc, time::Duration};
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);
const SECOND: time::Duration = time::Duration::SECOND;
const STARTED: Duration = Duration::from_secs(1000);

struct Fixture {
    store: Arc<MemoryLogs>,
    ingestor: Ingestor,
}

impl Fixture {
    fn new() -> Self {
        let store = Arc::new(MemoryLogs::new());
        let ingestor = Ingestor::new(Arc::clone(&store) as Arc<dyn LogStore>);
        Self { store, ingestor }
    }

    fn logs(&self) -> TenantLogs {
        TenantLogs::new(&self.ingestor, acme())
    }

    async fn tail_from_now(&self) -> Tail {
        self.logs().tail(LogSearch::default()).await.unwrap()
    }

    async fn tail_after(&self, last: LogId) -> Tail {
        let everything = LogSearch::default();
        self.logs().tail_after(everything, last).await.unwrap()
    }

    /// Stores an entry that was executed at this time.
    async fn store(&self, executed_at: OffsetDateTime) -> LogId {
        self.store_entry(entry(executed_at, "s")).await
    }

    async fn store_entry(&self, entry: LogEntry) -> LogId {
        let sent = Submission::One(entry);
        let kept = self.logs().append(NOW, sent, None).await.unwrap();
        kept.ids[0]
    }
}

fn acme() -> ClientId {
    "acme".parse().unwrap()
}

fn entry(executed_at: OffsetDateTime, status: &str) -> LogEntry {
    let mut entry = LogEntry::builder(NOW + time::Duration::DAY);
    entry.environment("e").status(status);
    entry.executed_at(executed_at.format(&Rfc3339).unwrap());
    entry.build().unwrap()
}

async fn come(tail: &mut Tail) -> Vec<LogId> {
    let mut come = Vec::new();
    loop {
        let tailed = tail.next(STARTED).await.unwrap();
        come.extend(tailed.logs.iter().map(|log| log.id));
        if !tailed.has_more {
            return come;
        }
    }
}

#[tokio::test]
async fn what_is_stored_from_now_on_comes_once_whenever_it_was_executed() {
    let fixture = Fixture::new();
    for _ in 0..2000 {
        fixture.store(NOW).await;
    }
    let mut tail = fixture.tail_from_now().await;
    assert_eq!(come(&mut tail).await, []);
    for n in 0..200 {
        let (fresh, late) = (NOW + SECOND * n, NOW - time::Duration::days(n.into()));
        let stored = [fixture.store(fresh).await, fixture.store(late).await];
        assert_eq!(come(&mut tail).await, stored);
        assert_eq!(come(&mut tail).await, []);
    }
}

#[tokio::test]
async fn a_tail_goes_on_after_the_last_entry_that_it_gave_out() {
    let fixture = Fixture::new();
    let mut ids = Vec::new();
    for minute in 0..4 {
        ids.push(fixture.store(NOW - time::Duration::minutes(minute)).await);
    }
    let mut tail = fixture.tail_after(ids[1]).await;
    assert_eq!(come(&mut tail).await, ids[2..]);

    // Of one that is not known, all that is remembered is given out.
    let mut tail = fixture.tail_after(LogId::of_event(5, "unknown")).await;
    assert_eq!(come(&mut tail).await, ids);
    let now = fixture.store.position().await.unwrap();
    while fixture.store.trim_arrivals(&now).await.unwrap() > 0 {}
    let mut tail = fixture.tail_after(ids[1]).await;
    assert_eq!(come(&mut tail).await, []);
}

#[tokio::test]
async fn more_than_a_page_comes_in_parts_and_whole() {
    let fixture = Fixture::new();
    let mut tail = fixture.tail_from_now().await;
    let mut ids = Vec::new();
    for n in 0..2500 {
        ids.push(fixture.store(NOW - SECOND * (n % 100)).await);
    }
    let part = tail.next(STARTED).await.unwrap();
    assert!(part.has_more && part.logs.len() < 1000);
    // It comes while the rest is on its way.
    ids.push(fixture.store(NOW - SECOND * 200).await);
    ids.retain(|id| part.logs.iter().all(|log| log.id != *id));
    assert_eq!(come(&mut tail).await, ids);
    assert_eq!(come(&mut tail).await, []);
}

#[tokio::test]
async fn only_what_is_asked_for_comes() {
    let fixture = Fixture::new();
    let filter = [("status".to_owned(), "FAILED".to_owned())];
    let search = LogSearch::from_pairs(filter).unwrap();
    let mut tail = fixture.logs().tail(search).await.unwrap();
    fixture.store_entry(entry(NOW, "OK")).await;
    let failed = fixture.store_entry(entry(NOW, "FAILED")).await;
    assert_eq!(come(&mut tail).await, [failed]);
}

#[tokio::test]
async fn a_tail_that_was_not_asked_for_too_long_says_so_instead_of_losing_entries() {
    let fixture = Fixture::new();
    let mut tail = fixture.tail_from_now().await;
    let minute = Duration::from_secs(60);
    for now in [STARTED, STARTED + minute, STARTED + 2 * minute] {
        tail.next(now).await.unwrap();
    }
    let late = STARTED + 2 * minute + Tail::REMEMBERED;
    assert!(matches!(tail.next(late).await, Err(TailError::Behind)));
}
