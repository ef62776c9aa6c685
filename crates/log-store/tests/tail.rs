//! Following logs as they are stored. Time is given, so nothing here waits.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_keys::ClientId;
use central_logger_log_store::{
    Ingestor, LogEntry, LogId, LogSearch, LogStore, MemoryLogs, Submission, Tail, TenantLogs,
};
use std::{collections::BTreeSet, sync::Arc};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);
const SECOND: Duration = Duration::SECOND;

struct Site {
    store: Arc<MemoryLogs>,
    ingestor: Ingestor,
}

impl Site {
    fn new() -> Self {
        let store = Arc::new(MemoryLogs::new());
        let ingestor = Ingestor::new(Arc::clone(&store) as Arc<dyn LogStore>);
        Self { store, ingestor }
    }

    fn logs(&self) -> TenantLogs {
        TenantLogs::new(&self.ingestor, acme())
    }

    async fn tail_from_now(&self, now: OffsetDateTime) -> Tail {
        let everything = LogSearch::default();
        Tail::from_now(self.logs(), everything, now).await.unwrap()
    }

    async fn tail_after(&self, last: LogId, now: OffsetDateTime) -> Tail {
        let everything = LogSearch::default();
        Tail::after(self.logs(), everything, last, now)
            .await
            .unwrap()
    }

    /// Stores an entry that was executed and taken in at these times.
    async fn store(&self, executed_at: OffsetDateTime, received_at: OffsetDateTime) -> LogId {
        let entry = entry(executed_at, "s");
        let id = entry.id();
        self.store
            .append(&acme(), received_at, &[entry])
            .await
            .unwrap();
        id
    }
}

fn acme() -> ClientId {
    "acme".parse().unwrap()
}

fn entry(executed_at: OffsetDateTime, status: &str) -> LogEntry {
    let time = executed_at.format(&Rfc3339).unwrap();
    let body = format!(r#"{{"environment":"e","executed_at":"{time}","status":"{status}"}}"#);
    match Submission::parse(body.as_bytes(), &acme(), NOW + Duration::DAY).unwrap() {
        Submission::One(entry) => entry,
        Submission::Many(_) => unreachable!(),
    }
}

async fn come(tail: &mut Tail, now: OffsetDateTime) -> BTreeSet<LogId> {
    let mut come = BTreeSet::new();
    loop {
        let tailed = tail.next(now).await.unwrap();
        come.extend(tailed.logs.iter().map(|log| log.id));
        if !tailed.has_more {
            return come;
        }
    }
}

#[tokio::test]
async fn what_is_stored_from_now_on_comes_once() {
    let site = Site::new();
    site.store(NOW - SECOND, NOW - SECOND).await;
    let mut tail = site.tail_from_now(NOW).await;
    assert_eq!(come(&mut tail, NOW).await, BTreeSet::new());
    let mut now = NOW;
    for _ in 0..200 {
        now += SECOND;
        // Executed in another order than stored, each within the window.
        let (fresh, late) = (now - SECOND, now - Duration::seconds(299));
        let stored = BTreeSet::from([site.store(fresh, now).await, site.store(late, now).await]);
        assert_eq!(come(&mut tail, now).await, stored);
        assert_eq!(come(&mut tail, now).await, BTreeSet::new());
    }
}

#[tokio::test]
async fn what_waited_to_be_stored_comes_when_it_is_there() {
    let site = Site::new();
    let mut tail = site.tail_from_now(NOW).await;
    let now = NOW + Duration::seconds(40);
    assert_eq!(come(&mut tail, now).await, BTreeSet::new());
    // Taken in long before it could be seen, by a server whose clock is behind.
    let late = site.store(NOW, now - Duration::seconds(29)).await;
    assert_eq!(come(&mut tail, now).await, BTreeSet::from([late]));
}

#[tokio::test]
async fn what_was_executed_long_ago_does_not_come() {
    let site = Site::new();
    let mut tail = site.tail_from_now(NOW).await;
    let old = NOW - Tail::WINDOW - Duration::MINUTE;
    site.store(old, NOW + SECOND).await;
    assert_eq!(come(&mut tail, NOW + SECOND).await, BTreeSet::new());
}

#[tokio::test]
async fn a_tail_goes_on_after_the_last_entry_that_it_gave_out() {
    let site = Site::new();
    let mut ids = Vec::new();
    for minute in 0..4 {
        let time = NOW + Duration::minutes(minute);
        ids.push(site.store(time, time).await);
    }
    let now = NOW + Duration::minutes(4);
    let mut tail = site.tail_after(ids[1], now).await;
    assert_eq!(come(&mut tail, now).await, BTreeSet::from([ids[2], ids[3]]));

    // Of one that is not known, or was long ago, all of the window is given out.
    let now = NOW + Duration::minutes(7);
    for last in [LogId::random(5), ids[0]] {
        let mut tail = site.tail_after(last, now).await;
        assert_eq!(come(&mut tail, now).await, BTreeSet::from([ids[2], ids[3]]));
    }
}

#[tokio::test]
async fn more_than_a_page_comes_in_parts_and_whole() {
    let site = Site::new();
    let mut tail = site.tail_from_now(NOW).await;
    let mut ids = BTreeSet::new();
    for n in 0..2500 {
        ids.insert(site.store(NOW - SECOND * (n % 100), NOW).await);
    }
    let part = tail.next(NOW).await.unwrap();
    assert_eq!((part.logs.len(), part.has_more), (1000, true));
    // It comes while the rest is on its way, before the place that was reached.
    let before = site.store(NOW - SECOND * 200, NOW).await;
    ids.retain(|id| part.logs.iter().all(|log| log.id != *id));
    assert_eq!(come(&mut tail, NOW).await, ids);
    assert_eq!(come(&mut tail, NOW).await, BTreeSet::from([before]));
}

#[tokio::test]
async fn only_what_is_asked_for_comes() {
    let site = Site::new();
    let filter = [("status".to_owned(), "FAILED".to_owned())];
    let search = LogSearch::from_pairs(filter).unwrap();
    let mut tail = Tail::from_now(site.logs(), search, NOW).await.unwrap();
    let entries = [entry(NOW, "OK"), entry(NOW, "FAILED")];
    site.store.append(&acme(), NOW, &entries).await.unwrap();
    assert_eq!(
        come(&mut tail, NOW).await,
        BTreeSet::from([entries[1].id()])
    );
}
