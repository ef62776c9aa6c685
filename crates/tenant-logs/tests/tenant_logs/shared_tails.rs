//! Tails of one client share what they read, and each gets all of it once.

use crate::support::InstrumentedStore;
use central_logger_keys::ClientId;
use central_logger_log_store::{LogEntry, LogId, LogSearch, LogStore, MemoryLogs, Submission};
use central_logger_tenant_logs::{Ingestor, Tail, TenantLogs};
use proptest::{collection::vec, prelude::*};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use time::{OffsetDateTime, macros::datetime};
use tokio::runtime::Runtime;

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

struct Fixture {
    store: Arc<InstrumentedStore>,
    ingestor: Ingestor,
}

impl Fixture {
    fn new() -> Self {
        let store = Arc::new(InstrumentedStore::new(MemoryLogs::new()));
        let ingestor = Ingestor::new(Arc::clone(&store) as Arc<dyn LogStore>);
        Self { store, ingestor }
    }

    fn logs(&self, client: &str) -> TenantLogs {
        let client: ClientId = client.parse().unwrap();
        TenantLogs::new(&self.ingestor, client)
    }

    async fn tail(&self) -> Tail {
        self.logs("acme").tail(LogSearch::default()).await.unwrap()
    }

    async fn store(&self, client: &str, count: usize) -> Vec<LogId> {
        let mut entry = LogEntry::builder(NOW);
        entry.environment("e").status("s");
        entry.executed_at("2026-03-01T11:59:59Z");
        let entries = vec![entry.build().unwrap(); count];
        let sent = Submission::Many(entries);
        self.logs(client).append(NOW, sent, None).await.unwrap().ids
    }

    fn reads(&self) -> usize {
        self.store.asked_for_arrivals.swap(0, Ordering::Relaxed)
    }
}

async fn come(tail: &mut Tail) -> Vec<LogId> {
    let mut come = Vec::new();
    loop {
        let tailed = tail.next(Duration::from_secs(1)).await.unwrap();
        come.extend(tailed.logs.iter().map(|log| log.id));
        if !tailed.has_more {
            return come;
        }
    }
}

#[tokio::test]
async fn a_hundred_tails_read_once() {
    let fixture = Fixture::new();
    let mut tails = Vec::new();
    for _ in 0..100 {
        tails.push(fixture.tail().await);
    }
    for tail in &mut tails {
        come(tail).await;
    }
    fixture.reads();
    for _ in 0..20 {
        let stored = fixture.store("acme", 10).await;
        fixture.store("widget", 1).await;
        for tail in &mut tails {
            assert_eq!(come(tail).await, stored);
        }
        assert_eq!(fixture.reads(), 1);
    }
}

#[tokio::test]
async fn one_that_is_left_behind_catches_up_and_shares_again() {
    let fixture = Fixture::new();
    let (mut quick, mut slow) = (fixture.tail().await, fixture.tail().await);
    let mut all = Vec::new();
    for _ in 0..50 {
        all.extend(fixture.store("acme", 3).await);
        come(&mut quick).await;
    }
    assert_eq!(come(&mut slow).await, all);
    fixture.reads();
    let stored = fixture.store("acme", 3).await;
    assert_eq!(come(&mut quick).await, stored);
    assert_eq!(come(&mut slow).await, stored);
    assert_eq!(fixture.reads(), 1);
}

/// What happens next. The number chooses a tail.
#[derive(Debug, Clone)]
enum Happens {
    Opened,
    OpenedAfter(usize),
    Stored(usize),
    OfAnother,
    Asked(usize),
    Emptied(usize),
    Closed(usize),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        2 => Just(Happens::Opened),
        1 => any::<usize>().prop_map(Happens::OpenedAfter),
        4 => (1usize..200).prop_map(Happens::Stored),
        1 => Just(Happens::OfAnother),
        6 => any::<usize>().prop_map(Happens::Asked),
        3 => any::<usize>().prop_map(Happens::Emptied),
        1 => any::<usize>().prop_map(Happens::Closed),
    ]
}

/// A tail, what it got, and what it is to get.
struct Followed {
    tail: Tail,
    got: Vec<LogId>,
    /// How many had been stored when it began.
    began: usize,
}

async fn follow(story: Vec<Happens>) {
    let fixture = Fixture::new();
    let (mut stored, mut tails) = (Vec::new(), Vec::<Followed>::new());
    let of = |number: usize, length: usize| (length > 0).then(|| number % length);
    for happens in story {
        match happens {
            Happens::Opened => tails.push(Followed {
                tail: fixture.tail().await,
                got: Vec::new(),
                began: stored.len(),
            }),
            Happens::OpenedAfter(number) => {
                if let Some(place) = of(number, stored.len()) {
                    let logs = fixture.logs("acme");
                    let search = LogSearch::default();
                    tails.push(Followed {
                        tail: logs.tail_after(search, stored[place]).await.unwrap(),
                        got: Vec::new(),
                        began: place + 1,
                    });
                }
            }
            Happens::Stored(count) => stored.extend(fixture.store("acme", count).await),
            Happens::OfAnother => drop(fixture.store("widget", 1).await),
            Happens::Asked(number) => {
                if let Some(place) = of(number, tails.len()) {
                    let followed = &mut tails[place];
                    let tailed = followed.tail.next(Duration::from_secs(1)).await.unwrap();
                    followed.got.extend(tailed.logs.iter().map(|log| log.id));
                }
            }
            Happens::Emptied(number) => {
                if let Some(place) = of(number, tails.len()) {
                    let followed = &mut tails[place];
                    followed.got.extend(come(&mut followed.tail).await);
                }
            }
            Happens::Closed(number) => {
                if let Some(place) = of(number, tails.len()) {
                    tails.swap_remove(place);
                }
            }
        }
    }
    for mut followed in tails {
        // It ends with what it had read, then with what others have read, and then it reads.
        for _ in 0..3 {
            followed.got.extend(come(&mut followed.tail).await);
        }
        // By their places, which tell more than ids.
        let place = |id: &LogId| stored.iter().position(|stored| stored == id).unwrap();
        let got: Vec<_> = followed.got.iter().map(place).collect();
        // Those that were stored together with the last one of another tail may come again, and before it.
        let again = got.iter().filter(|place| **place + 1 < followed.began);
        let expected: Vec<_> = again.copied().chain(followed.began..stored.len()).collect();
        let differs = (0..got.len().max(expected.len()))
            .find(|place| got.get(*place) != expected.get(*place));
        assert_eq!(differs, None, "of {} and {}", got.len(), expected.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn each_gets_all_from_when_it_began(story in vec(happens(), 1..80)) {
        Runtime::new().unwrap().block_on(follow(story));
    }
}
