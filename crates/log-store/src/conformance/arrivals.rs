//! In which order entries became visible.

use super::{NOON, RECEIVED, append, at, entry, new_client, turns::beside_a_reader};
use crate::{
    entries::{LogEntry, LogId},
    store::{Append, LogStore, Position},
};
use central_logger_keys::ClientId;
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

/// Checks that the store tells what comes and nothing from before.
pub async fn tells_what_comes_and_nothing_from_before(store: &dyn LogStore) {
    let (client, other) = (new_client(), new_client());
    append(store, &client, at(NOON)).await;
    let mut position = store.position().await.unwrap();
    assert_eq!(come(store, &client, &mut position).await, []);
    append(store, &other, at(NOON)).await;
    let mut ids = Vec::new();
    // Executed in another order than stored, and long ago.
    for time in [NOON, "1970-01-01T00:00:00Z", "2026-03-01T12:00:01Z"] {
        ids.push(append(store, &client, at(time)).await);
    }
    assert_eq!(come(store, &client, &mut position).await, ids);
    assert_eq!(come(store, &client, &mut position).await, []);
    let group = [&other, &client].map(|client| Append {
        client: client.clone(),
        received_at: RECEIVED,
        entries: vec![entry(client, at(NOON)), entry(client, at(NOON))],
        claim: None,
    });
    let ids = group[1].ids();
    store.append_group(Arc::new(group)).await.unwrap();
    assert_eq!(come(store, &client, &mut position).await, ids);
    assert_eq!(come(store, &client, &mut position).await, []);
}

/// Checks that the store tells many each once.
pub async fn tells_many_each_once(store: &dyn LogStore) {
    let client = new_client();
    let mut position = store.position().await.unwrap();
    let entries: Vec<_> = (0..2500).map(|_| entry(&client, at(NOON))).collect();
    let mut expected: Vec<_> = entries.iter().map(LogEntry::id).collect();
    store.append(&client, RECEIVED, &entries).await.unwrap();
    for _ in 0..200 {
        expected.push(append(store, &client, at(NOON)).await);
    }
    assert_eq!(come(store, &client, &mut position).await, expected);
    assert_eq!(come(store, &client, &mut position).await, []);
}

/// Checks that the store tells an event once.
pub async fn tells_an_event_once(store: &dyn LogStore) {
    let client = new_client();
    let event =
        |id| json!({"environment": "e", "status": "s", "executed_at": NOON, "event_id": id});
    let before = entry(&client, event("before"));
    let once = std::slice::from_ref(&before);
    store.append(&client, RECEIVED, once).await.unwrap();
    let mut position = store.position().await.unwrap();
    let new = entry(&client, event("new"));
    let sent = [before.clone(), new.clone(), new.clone()];
    store.append(&client, RECEIVED, &sent).await.unwrap();
    store.append(&client, RECEIVED, &sent).await.unwrap();
    assert_eq!(come(store, &client, &mut position).await, [new.id()]);
    store
        .append(&client, RECEIVED, &[before, new])
        .await
        .unwrap();
    assert_eq!(come(store, &client, &mut position).await, []);
}

/// Checks that the store goes on after an entry.
pub async fn goes_on_after_an_entry(store: &dyn LogStore) {
    let client = new_client();
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(append(store, &client, at(NOON)).await);
    }
    let event = json!({"environment": "e", "status": "s", "executed_at": NOON, "event_id": "e"});
    ids.push(append(store, &client, event).await);
    for (last, earliest) in [(ids[1], 1), (ids[4], 4), (LogId::of_event(0, "none"), 0)] {
        let mut position = store.position_before(&client, last).await.unwrap();
        let come = come(store, &client, &mut position).await;
        // There may be some that came before.
        assert!(come.ends_with(&ids[earliest..]), "{come:?}");
    }
    let stranger = new_client();
    let mut position = store.position_before(&stranger, ids[1]).await.unwrap();
    assert_eq!(come(store, &stranger, &mut position).await, []);
}

/// Checks that the store deletes what came before a position.
pub async fn deletes_what_came_before_a_position(store: &dyn LogStore) {
    let client = new_client();
    let begin = store.position().await.unwrap();
    let first = append(store, &client, at(NOON)).await;
    let middle = store.position().await.unwrap();
    let second = append(store, &client, at(NOON)).await;
    while store.trim_arrivals(&middle).await.unwrap() > 0 {}
    let left = come(store, &client, &mut begin.clone()).await;
    // Others may keep a store from forgetting at once.
    assert!(left == [second] || left == [first, second], "{left:?}");
    assert_eq!(come(store, &client, &mut middle.clone()).await, [second]);
    // The entries themselves are there.
    assert!(store.get(&client, first).await.unwrap().is_some());
}

/// Checks that the store tells others what comes while one client reads all it can.
pub async fn tells_others_what_comes_while_one_client_reads_all_it_can(store: &dyn LogStore) {
    let other = new_client();
    beside_a_reader(store, async {
        let mut position = store.position().await.unwrap();
        for _ in 0..3 {
            let id = append(store, &other, at(NOON)).await;
            assert_eq!(come(store, &other, &mut position).await, [id]);
            assert_eq!(store.get_many(&other, &[id]).await.unwrap().len(), 1);
        }
    })
    .await;
}

/// Checks that the store finds several entries of one client.
pub async fn finds_several_entries_of_one_client(store: &dyn LogStore) {
    let (client, other) = (new_client(), new_client());
    let mut mine = BTreeSet::new();
    for time in [NOON, "1970-01-01T00:00:00Z", "2026-03-01T12:00:01Z"] {
        mine.insert(append(store, &client, at(time)).await);
    }
    let others = append(store, &other, at(NOON)).await;
    let mut asked: Vec<_> = mine.iter().copied().collect();
    asked.extend([others, LogId::of_event(0, "none")]);
    let found = store.get_many(&client, &asked).await.unwrap();
    assert!(found.iter().all(|log| log.client_id == client));
    let found: BTreeSet<_> = found.iter().map(|log| log.id).collect();
    assert_eq!(found, mine);
    assert_eq!(store.get_many(&client, &[]).await.unwrap(), []);
}

async fn come(store: &dyn LogStore, client: &ClientId, position: &mut Position) -> Vec<LogId> {
    let mut ids = Vec::new();
    loop {
        let mut come = store.arrivals(client, position).await.unwrap();
        ids.append(&mut come.ids);
        *position = come.position;
        if !come.has_more {
            return ids;
        }
    }
}
