//! Answers for others while one client reads all it can.

use super::{NOON, RECEIVED, append, at, entry, new_client, order::join_all, query};
use crate::{
    queries::{LogSearch, StatsQuery},
    store::{LogStore, WriterHolder},
};
use central_logger_keys::ClientId;
use serde_json::json;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::{task::yield_now, time::timeout};

/// Far longer than anything here takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// How many entries each read looks at.
const ENTRIES: usize = 2500;

/// Checks that the store stores, finds and is ready for others while one client reads all it can.
pub async fn serves_others_while_one_client_reads_all_it_can(store: &dyn LogStore) {
    let (other, holder) = (new_client(), WriterHolder::new());
    beside_a_reader(store, async {
        for stored in 1..=5 {
            let id = append(store, &other, at(NOON)).await;
            assert!(store.get(&other, id).await.unwrap().is_some());
            let page = store.page(&other, &LogSearch::default()).await.unwrap();
            assert_eq!(page.logs.len(), stored);
            store.lend_places(holder, 0, RECEIVED).await.unwrap();
            store.ready().await.unwrap();
        }
    })
    .await;
}

/// Has a client read without a pause, as often at once as the store allows, until `asking` has its answers.
pub(super) async fn beside_a_reader(store: &dyn LogStore, asking: impl Future<Output = ()>) {
    let client = new_client();
    let entries: Vec<_> = (0..ENTRIES).map(|_| entry(&client, at(NOON))).collect();
    store.append(&client, RECEIVED, &entries).await.unwrap();
    let is_over = AtomicBool::new(false);
    let readers = (0..store.reads_at_once()).map(|_| read_all(store, &client, &is_over));
    let readers = join_all(readers.collect::<Vec<_>>());
    let others = async {
        asking.await;
        is_over.store(true, Ordering::Relaxed);
    };
    let answered = timeout(PATIENCE, async { tokio::join!(readers, others) }).await;
    answered.expect("a client that reads keeps others waiting");
}

/// Reads all entries of a client, again and again, until it is over.
async fn read_all(store: &dyn LogStore, client: &ClientId, is_over: &AtomicBool) {
    let absent = query(&[("status", "ABSENT")]);
    let range = [
        ("from", "2026-03-01T00:00:00Z"),
        ("to", "2026-03-02T00:00:00Z"),
    ];
    let range = range.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let counts = StatsQuery::from_pairs(range, RECEIVED).unwrap();
    while !is_over.load(Ordering::Relaxed) {
        let page = store.page(client, &absent).await.unwrap();
        assert_eq!((page.logs.len(), page.next_cursor), (0, None));
        let counted = store.stats(client, &counts).await.unwrap();
        assert_eq!(json!(counted.totals()), json!({"s": ENTRIES}));
        // A store in memory gives nobody else a turn.
        yield_now().await;
    }
}
