//! In which order entries stand, and that no id is given twice.

use super::{NOON, RECEIVED, append, at, entry, new_client};
use crate::{
    entries::{LogEntry, Place},
    queries::{LogQuery, LogSearch, Order},
    store::{Append, LogStore, LogStoreError, Lot, WriterHolder, WriterNumber},
};
use central_logger_keys::ClientId;
use serde_json::json;
use std::{collections::HashMap, sync::Arc};
use time::Duration;

/// Checks that the store orders by microsecond and then by place.
pub async fn orders_by_microsecond_and_then_by_place(store: &dyn LogStore) {
    let client = new_client();
    let mut second = entry(&client, at(NOON));
    let mut first = entry(&client, at(NOON));
    let mut third = entry(&client, at(NOON));
    for (entry, arrival, writer) in [(&mut first, 1, 9), (&mut second, 2, 1), (&mut third, 2, 2)] {
        entry.place(Place { arrival, writer });
    }
    let earlier = entry(&client, at("2026-03-01T11:59:59.999999Z"));
    let later = entry(&client, at("2026-03-01T12:00:00.000001Z"));
    let expected = [earlier, first, second, third, later];
    let sent = [4, 2, 0, 3, 1].map(|n| expected[n].clone());
    store.append(&client, RECEIVED, &sent).await.unwrap();
    let query = LogQuery {
        order: Order::Asc,
        ..LogQuery::default()
    };
    let page = store.page(&client, &query.into()).await.unwrap();
    let ids: Vec<_> = page.logs.iter().map(|log| log.id).collect();
    assert_eq!(ids, expected.map(|entry| entry.id()));
}

/// Checks that the store tells when an id is taken and stores nothing.
pub async fn tells_when_an_id_is_taken_and_stores_nothing(store: &dyn LogStore) {
    let (client, other) = (new_client(), new_client());
    let event = json!({"environment": "e", "status": "s", "executed_at": NOON, "event_id": "one"});
    let taken = entry(&client, at(NOON));
    let stored = [taken.clone(), entry(&client, event.clone())];
    store.append(&client, RECEIVED, &stored).await.unwrap();
    let twice = entry(&client, at(NOON));
    let of = |client: &ClientId, entries: &[LogEntry]| Append {
        client: client.clone(),
        received_at: RECEIVED,
        entries: entries.to_vec(),
        claim: None,
    };
    for conflicting in [
        vec![entry(&client, at(NOON)), taken.clone()],
        vec![taken.clone(), entry(&client, event.clone())],
        vec![twice.clone(), twice],
    ] {
        let beside = of(&other, &[entry(&other, at(NOON))]);
        let group = Arc::new([beside, of(&client, &conflicting)]);
        let refused = store.append_group(group).await;
        assert!(
            matches!(refused, Err(LogStoreError::IdTaken)),
            "{refused:?}"
        );
    }
    for (client, count) in [(&client, 2), (&other, 0)] {
        let page = store.page(client, &LogSearch::default()).await.unwrap();
        assert_eq!(page.logs.len(), count);
    }
    // Another client's is another id.
    store.append(&other, RECEIVED, &[taken]).await.unwrap();
}

/// Checks that the store tells events apart by the microsecond.
pub async fn tells_events_apart_by_the_microsecond(store: &dyn LogStore) {
    let client = new_client();
    let times = [
        "2026-03-01T12:00:00.000001Z",
        "2026-03-01T12:00:00.000002Z",
        "2026-03-01T13:00:00.0000019+01:00",
    ];
    let mut ids = Vec::new();
    for time in times {
        let event =
            json!({"environment": "e", "status": "s", "executed_at": time, "event_id": "one"});
        ids.push(append(store, &client, event).await);
    }
    assert!(ids[0] < ids[1]);
    assert_eq!(ids[0], ids[2]);
    let page = store.page(&client, &LogSearch::default()).await.unwrap();
    assert_eq!(page.logs.len(), 2);
}

/// The lots of a store, none of which may overlap.
#[derive(Default)]
struct Lots(HashMap<u16, Vec<Lot>>);

impl Lots {
    fn add(&mut self, lot: Lot, from: u64) {
        assert!(lot.writer < Place::WRITERS);
        assert!(from <= lot.from && lot.from < lot.to, "{lot:?} from {from}");
        assert!(lot.to <= Place::LAST_ARRIVAL + 1);
        let others = self.0.entry(lot.writer).or_default();
        for other in &*others {
            let is_apart = lot.from >= other.to || lot.to <= other.from;
            assert!(is_apart, "{lot:?} and {other:?}");
        }
        others.push(lot);
    }
}

/// Checks that the store lends no place twice.
pub async fn lends_no_place_twice(store: &dyn LogStore) {
    let (mine, other) = (WriterHolder::new(), WriterHolder::new());
    let mut lots = Lots::default();
    for from in [1000, 1000, 0, 5_000_000_000, 1000] {
        for holder in [mine, other] {
            let lot = store.lend_places(holder, from, RECEIVED).await.unwrap();
            lots.add(lot, from);
        }
    }
}

/// Checks that the store lends on from the bound when the clock is set back.
pub async fn lends_on_from_the_bound_when_the_clock_is_set_back(store: &dyn LogStore) {
    let mut lots = Lots::default();
    let mut now = RECEIVED;
    for _ in 0..10 {
        // Each is a program that starts anew, an hour before the last one ended.
        let holder = WriterHolder::new();
        let from = u64::try_from(now.unix_timestamp_nanos() / 1000).unwrap();
        let mut last: Option<Lot> = None;
        for _ in 0..3 {
            let lot = store.lend_places(holder, from, now).await.unwrap();
            lots.add(lot, from);
            // Another check of this store, whose clock is ahead, may have taken the number over.
            let last = last.replace(lot).filter(|last| last.writer == lot.writer);
            assert!(last.is_none_or(|last| lot.from >= last.to), "they rise");
        }
        now -= Duration::HOUR;
    }
    // Long after, numbers are taken over, from their bounds on.
    let later = RECEIVED + WriterNumber::HELD * 10;
    let from = u64::try_from(now.unix_timestamp_nanos() / 1000).unwrap();
    for _ in 0..20 {
        let holder = WriterHolder::new();
        lots.add(store.lend_places(holder, from, later).await.unwrap(), from);
    }
}

/// Checks that the store lends to several at once.
pub async fn lends_to_several_at_once(store: &dyn LogStore) {
    let holders: Vec<_> = (0..8).map(|_| WriterHolder::new()).collect();
    let mut lots = Lots::default();
    for _ in 0..3 {
        let mut lent = Vec::new();
        for holder in &holders {
            lent.push(store.lend_places(*holder, 0, RECEIVED));
        }
        for lot in join_all(lent).await {
            lots.add(lot.unwrap(), 0);
        }
    }
}

/// Has all of them under way at a time.
pub(super) async fn join_all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        match done.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done.into_iter().flatten().collect()
}
