//! Storing entries, and reading them back.

use super::{NOON, RECEIVED, append, at, entry, new_client, parse};
use crate::{
    entries::{LogEntry, LogId, StoredLog},
    queries::{LogQuery, LogSearch},
    store::{LogPage, LogStore},
};
use serde_json::json;
use std::collections::BTreeSet;

/// Checks that the store reads back what was appended.
pub async fn reads_back_what_was_appended(store: &dyn LogStore) {
    let client = new_client();
    let full = entry(
        &client,
        json!({
            "environment": "prödüction 🚀", "executed_at": "2026-02-03T04:05:06.789+02:00",
            "status": "it's \"done\"", "workflow": "nightly\nrun", "event_id": "run-1",
            "message": "m".repeat(64 * 1024), "client_id": client.as_str(),
        }),
    );
    let bare = entry(&client, at(NOON));
    store
        .append(&client, RECEIVED, &[full.clone(), bare.clone()])
        .await
        .unwrap();
    for entry in [full, bare] {
        let found = store.get(&client, entry.id()).await.unwrap();
        assert_eq!(found, Some(StoredLog::new(&client, RECEIVED, &entry)));
    }
    let absent = LogId::of_event(0, "absent");
    let absent = store.get(&client, absent).await.unwrap();
    assert_eq!(absent, None);
}

/// Checks that the store keeps further members as they were written.
pub async fn keeps_further_members_as_they_were_written(store: &dyn LogStore) {
    let client = new_client();
    let further = r#""z":1.0,"a":1e400,"a":[ {"b":null} ],"n":123456789012345678901234567890,"ü\u00fc":"\ud83d\ude00","":"x""#;
    let body = format!(r#"{{"environment":"e","executed_at":"{NOON}","status":"s",{further}}}"#);
    let entry = parse(&client, body.as_bytes()).remove(0);
    store
        .append(&client, RECEIVED, std::slice::from_ref(&entry))
        .await
        .unwrap();
    let found = store.get(&client, entry.id()).await.unwrap().unwrap();
    assert_eq!(found.extra, Some(format!("{{{further}}}")));
    let flat = serde_json::to_string(&found).unwrap();
    assert!(
        flat.ends_with(&format!(r#""status":"s",{further}}}"#)),
        "{flat}"
    );
}

/// Checks that the store stores a repeated event once.
pub async fn stores_a_repeated_event_once(store: &dyn LogStore) {
    let client = new_client();
    let event = |status| json!({"environment": "e", "status": status, "executed_at": NOON, "event_id": "run-7"});
    let (first, repeat) = (
        entry(&client, event("first")),
        entry(&client, event("repeat")),
    );
    assert_eq!(first.id(), repeat.id());
    let within = entry(&client, event("within"));
    store
        .append(&client, RECEIVED, &[first.clone(), within])
        .await
        .unwrap();
    store.append(&client, RECEIVED, &[repeat]).await.unwrap();
    let page = store.page(&client, &LogSearch::default()).await.unwrap();
    assert_eq!(page.logs, [StoredLog::new(&client, RECEIVED, &first)]);
}

/// Checks that the store appends many at once.
pub async fn appends_many_at_once(store: &dyn LogStore) {
    let client = new_client();
    let entries: Vec<_> = (0..2500).map(|_| entry(&client, at(NOON))).collect();
    store.append(&client, RECEIVED, &entries).await.unwrap();
    store.append(&client, RECEIVED, &[]).await.unwrap();
    let all = LogQuery {
        limit: LogQuery::MAX_LIMIT,
        ..LogQuery::default()
    };
    let mut query = all;
    let mut ids = BTreeSet::new();
    for expected in [1000, 1000, 500] {
        let page = store.page(&client, &query.clone().into()).await.unwrap();
        assert_eq!(page.logs.len(), expected);
        ids.extend(page.logs.iter().map(|log| log.id));
        query.cursor = page.next_cursor;
    }
    assert_eq!(query.cursor, None);
    assert_eq!(ids, entries.iter().map(LogEntry::id).collect());
}

/// Checks that the store ends a page before it is too large.
pub async fn ends_a_page_before_it_is_too_large(store: &dyn LogStore) {
    let client = new_client();
    let mut large = at(NOON);
    large["message"] = json!("m".repeat(64 * 1024));
    let entries: Vec<_> = (0..100).map(|_| entry(&client, large.clone())).collect();
    store.append(&client, RECEIVED, &entries).await.unwrap();
    let mut query = LogQuery {
        limit: LogQuery::MAX_LIMIT,
        ..LogQuery::default()
    };
    let mut ids = BTreeSet::new();
    for expected in [63, 37] {
        let page = store.page(&client, &query.clone().into()).await.unwrap();
        assert_eq!(page.logs.len(), expected);
        let bytes: usize = page.logs.iter().map(StoredLog::text_len).sum();
        assert!(bytes <= LogPage::MAX_BYTES);
        ids.extend(page.logs.iter().map(|log| log.id));
        query.cursor = page.next_cursor;
    }
    assert_eq!(query.cursor, None);
    assert_eq!(ids, entries.iter().map(LogEntry::id).collect());
}

/// Checks that the store keeps clients apart.
pub async fn keeps_clients_apart(store: &dyn LogStore) {
    let (acme, widget) = (new_client(), new_client());
    let event = json!({"environment": "e", "status": "s", "executed_at": NOON, "event_id": "one"});
    let mut mine = event.clone();
    mine["secret"] = json!("of acme");
    let id = append(store, &acme, mine).await;
    assert_eq!(append(store, &widget, event).await, id);
    append(store, &acme, at("2026-03-01T12:00:01Z")).await;

    let others = store.get(&widget, id).await.unwrap().unwrap();
    assert_eq!((&others.client_id, others.extra), (&widget, None));
    let first = LogQuery {
        limit: 1,
        ..LogQuery::default()
    };
    let cursor = store.page(&acme, &first.into()).await.unwrap().next_cursor;
    assert!(cursor.is_some());
    for query in [
        LogQuery::default(),
        LogQuery {
            cursor,
            ..LogQuery::default()
        },
    ] {
        let page = store.page(&widget, &query.into()).await.unwrap();
        assert!(page.logs.iter().all(|log| log.client_id == widget));
        assert!(page.logs.len() <= 1);
    }
    let stranger = new_client();
    assert_eq!(store.get(&stranger, id).await.unwrap(), None);
    let nothing = store.page(&stranger, &LogSearch::default()).await.unwrap();
    assert_eq!((nothing.logs.len(), nothing.next_cursor), (0, None));
}

/// Checks that the store is ready.
pub async fn is_ready(store: &dyn LogStore) {
    store.ready().await.unwrap();
}
