//! Which ids entries get. Time is given, so nothing here waits.

use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogId, LogQuery, LogStore, MemoryLogs, Order, Submission,
    entries::Place,
    store::{WriterHolder, WriterNumber},
};
use central_logger_tenant_logs::{Ingestor, TenantLogs};
use proptest::prelude::*;
use std::{collections::BTreeSet, sync::Arc};
use time::{Duration, OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

fn client(name: &str) -> ClientId {
    name.parse().unwrap()
}

/// Entries of one time, with `n` as their statuses.
fn body(count: usize, executed_at: &str) -> Submission {
    let entries: Vec<_> = (0..count)
        .map(|n| format!(r#"{{"environment":"e","executed_at":"{executed_at}","status":"{n}"}}"#))
        .collect();
    let body = format!("[{}]", entries.join(","));
    Submission::parse(body.as_bytes(), &client("acme"), NOW + Duration::DAY).unwrap()
}

async fn send(ingestor: &Ingestor, of: &str, now: OffsetDateTime, count: usize) -> Vec<LogId> {
    let logs = TenantLogs::new(ingestor, client(of));
    let sent = body(count, "2026-03-01T12:00:00Z");
    logs.append(now, sent, None).await.unwrap().ids
}

fn arrival(id: LogId) -> u64 {
    let bits = id.as_uuid().as_u128();
    let rest = (bits >> 64 & 3) << 62 | bits & (u128::MAX >> 66);
    (rest >> 11) as u64
}

#[tokio::test]
async fn entries_of_one_time_keep_the_order_in_which_they_were_sent() {
    let store: Arc<MemoryLogs> = Arc::default();
    let mut ids = Vec::new();
    let mut now = NOW;
    for start in 0..10 {
        // A restart, with a clock that goes an hour forward or back.
        let ingestor = Ingestor::new(store.clone());
        now += if start % 3 == 0 {
            -Duration::HOUR
        } else {
            Duration::MINUTE
        };
        for _ in 0..10 {
            let sent = send(&ingestor, "acme", now, 17).await;
            assert!(sent.is_sorted(), "within a body");
            if let Some(before) = ids.last() {
                assert!(
                    start > 0 && ids.len() % 170 == 0 || *before < sent[0],
                    "after each other"
                );
            }
            ids.extend(sent);
            send(&ingestor, "other", now, 100).await;
        }
    }
    let unique: BTreeSet<_> = ids.iter().collect();
    assert_eq!(unique.len(), 1700);
    let query = LogQuery {
        order: Order::Asc,
        limit: 1000,
        ..LogQuery::default()
    };
    let page = store.page(&client("acme"), &query.into()).await.unwrap();
    let listed: Vec<_> = page.logs.iter().map(|log| log.id).collect();
    let sorted: Vec<_> = unique.into_iter().copied().take(1000).collect();
    assert_eq!(listed, sorted);
}

#[tokio::test]
async fn arrivals_tell_nobody_how_much_others_send() {
    let store: Arc<MemoryLogs> = Arc::default();
    let ingestor = Ingestor::new(store.clone());
    send(&ingestor, "acme", NOW, 1).await;
    let microseconds = u64::try_from(NOW.unix_timestamp_nanos() / 1000).unwrap();
    for n in 0..5 {
        send(&ingestor, "flood", NOW, 1000).await;
        let id = send(&ingestor, "acme", NOW, 1).await[0];
        assert_eq!(arrival(id), microseconds + 1 + n, "only its own count");
        assert_eq!(
            arrival(send(&ingestor, &format!("new-{n}"), NOW, 1).await[0]),
            microseconds
        );
    }
    let later = NOW + Duration::MILLISECOND;
    assert_eq!(
        arrival(send(&ingestor, "acme", later, 1).await[0]),
        microseconds + 1000
    );
}

#[tokio::test]
async fn an_entry_whose_id_is_taken_is_stored_under_another() {
    let before: Arc<MemoryLogs> = Arc::default();
    let ingestor = Ingestor::new(before.clone());
    let taken = send(&ingestor, "acme", NOW, 5000).await;
    // A store that knows the entries, but has forgotten whom it has lent which places.
    let store: Arc<MemoryLogs> = Arc::default();
    let mut entries = match body(5000, "2026-03-01T12:00:00Z") {
        Submission::Many(entries) => entries,
        Submission::One(_) => unreachable!(),
    };
    for (entry, id) in entries.iter_mut().zip(&taken) {
        entry.place(Place {
            arrival: arrival(*id),
            writer: 0,
        });
        assert_eq!(entry.id(), *id);
    }
    store.append(&client("acme"), NOW, &entries).await.unwrap();
    let ingestor = Ingestor::new(store.clone());
    for _ in 0..3 {
        let ids = send(&ingestor, "acme", NOW, 3).await;
        assert!(ids.is_sorted() && ids.iter().all(|id| !taken.contains(id)));
        for id in ids {
            assert!(store.get(&client("acme"), id).await.unwrap().is_some());
        }
    }
}

#[derive(Debug, Clone)]
enum Event {
    Lend { holder: usize, from: u64 },
    Start { holder: usize },
    Clock { by: i64 },
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..6_usize, 0..200_000_000_u64).prop_map(|(holder, from)| Event::Lend { holder, from }),
        1 => (0..6_usize).prop_map(|holder| Event::Start { holder }),
        1 => (-200_i64..200).prop_map(|by| Event::Clock { by }),
    ]
}

proptest! {
    #[test]
    fn no_arrival_of_a_writer_is_lent_twice(events in prop::collection::vec(events(), 1..200)) {
        let mut holders: Vec<_> = (0..6).map(|_| WriterHolder::new()).collect();
        let mut numbers: Vec<WriterNumber> = Vec::new();
        let (mut lent, mut now) = (Vec::new(), NOW);
        for event in events {
            match event {
                Event::Clock { by } => now += Duration::seconds(by),
                Event::Start { holder } => holders[holder] = WriterHolder::new(),
                Event::Lend { holder, from } => {
                    let (lot, number) =
                        WriterNumber::lend(&numbers, holders[holder], from, now).unwrap();
                    prop_assert!(lot.from >= from && lot.to > lot.from);
                    numbers.retain(|held| held.number != number.number);
                    numbers.push(number);
                    lent.push((lot.writer, lot.from, lot.to));
                }
            }
        }
        lent.sort_unstable();
        for pair in lent.windows(2) {
            prop_assert!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1, "{pair:?}");
        }
    }
}

#[test]
fn numbers_are_shared_when_there_are_more_holders_than_numbers() {
    let mut numbers = Vec::new();
    let mut lent = BTreeSet::new();
    for _ in 0..3 * u32::from(Place::WRITERS) {
        let (lot, number) = WriterNumber::lend(&numbers, WriterHolder::new(), 0, NOW).unwrap();
        match numbers
            .iter_mut()
            .find(|held: &&mut WriterNumber| held.number == number.number)
        {
            Some(held) => *held = number,
            None => numbers.push(number),
        }
        assert!(lot.writer < Place::WRITERS && lent.insert((lot.writer, lot.from)));
    }
}
