//! What every store of logs must do. A backend's tests call [`run`]; client ids are new in each
//! run, so a shared database will do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod arrivals;
mod idempotency;
mod order;
mod retention;
mod scanning;
mod stats;

pub use retention::run_keeper;

use crate::{LogEntry, LogId, LogPage, LogQuery, LogStore, Order, Place, StoredLog, Submission};
use central_logger_keys::{ClientId, KeyId};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
};
use time::{OffsetDateTime, macros::datetime};

const RECEIVED: OffsetDateTime = datetime!(2026-03-01 12:00:00.123 UTC);
const NOON: &str = "2026-03-01T12:00:00Z";

/// Runs every check.
///
/// # Panics
/// Where the store does not do what [`LogStore`] promises.
pub async fn run(store: &dyn LogStore) {
    reads_back_what_was_appended(store).await;
    keeps_further_members_as_they_were_written(store).await;
    pages_through_equal_times_without_loss_or_repeat(store).await;
    keeps_a_cursor_valid_while_entries_arrive(store).await;
    filters_by_what_is_asked(store).await;
    takes_from_as_inclusive_and_to_as_exclusive(store).await;
    stores_a_repeated_event_once(store).await;
    appends_many_at_once(store).await;
    ends_a_page_before_it_is_too_large(store).await;
    order::run(store).await;
    arrivals::run(store).await;
    idempotency::run(store).await;
    scanning::run(store).await;
    stats::run(store).await;
    keeps_clients_apart(store).await;
    store.ready().await.unwrap();
}

async fn reads_back_what_was_appended(store: &dyn LogStore) {
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

async fn keeps_further_members_as_they_were_written(store: &dyn LogStore) {
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

async fn pages_through_equal_times_without_loss_or_repeat(store: &dyn LogStore) {
    let client = new_client();
    let times = ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.001Z"];
    let entries: Vec<_> = (0..23).map(|n| entry(&client, at(times[n % 2]))).collect();
    store.append(&client, RECEIVED, &entries).await.unwrap();
    let mut expected: Vec<_> = entries.iter().map(LogEntry::id).collect();
    expected.sort();

    for (order, limit) in [
        (Order::Asc, 5),
        (Order::Desc, 5),
        (Order::Desc, 23),
        (Order::Asc, 1),
    ] {
        let mut query = LogQuery {
            order,
            limit,
            ..LogQuery::default()
        };
        let mut ids = Vec::new();
        loop {
            let page = store.page(&client, &query).await.unwrap();
            assert!(page.logs.len() <= limit);
            ids.extend(page.logs.iter().map(|log| log.id));
            query.cursor = page.next_cursor;
            if query.cursor.is_none() {
                break;
            }
        }
        if order == Order::Desc {
            ids.reverse();
        }
        assert_eq!(ids, expected, "{order:?} by {limit}");
    }
}

async fn keeps_a_cursor_valid_while_entries_arrive(store: &dyn LogStore) {
    let client = new_client();
    for second in 0..4 {
        let time = format!("2026-03-01T12:00:0{second}Z");
        append(store, &client, at(&time)).await;
    }
    let two = LogQuery {
        limit: 2,
        ..LogQuery::default()
    };
    let first = store.page(&client, &two).await.unwrap();
    append(store, &client, at("2026-03-01T13:00:00Z")).await;
    let rest = LogQuery {
        cursor: first.next_cursor,
        ..LogQuery::default()
    };
    let rest = store.page(&client, &rest).await.unwrap();
    let times: Vec<_> = rest
        .logs
        .iter()
        .map(|log| log.executed_at.as_str())
        .collect();
    assert_eq!(times, ["2026-03-01T12:00:01Z", "2026-03-01T12:00:00Z"]);
    assert_eq!(rest.next_cursor, None);
}

async fn filters_by_what_is_asked(store: &dyn LogStore) {
    let client = new_client();
    for (environment, status, workflow) in [
        ("prod", "OK", Some("etl")),
        ("prod", "FAILED", None),
        ("test", "OK", Some("etl")),
    ] {
        append(
            store,
            &client,
            json!({"environment": environment, "status": status, "workflow": workflow,
                   "executed_at": NOON}),
        )
        .await;
    }
    for (filters, count) in [
        (vec![], 3),
        (vec![("environment", "prod")], 2),
        (vec![("status", "OK")], 2),
        (vec![("workflow", "etl")], 2),
        (
            vec![
                ("environment", "prod"),
                ("status", "OK"),
                ("workflow", "etl"),
            ],
            1,
        ),
        (vec![("environment", "PROD")], 0),
        (vec![("status", "O%")], 0),
        (vec![("environment", "' OR 1=1 --")], 0),
    ] {
        let page = store.page(&client, &query(&filters)).await.unwrap();
        assert_eq!(page.logs.len(), count, "{filters:?}");
        assert_eq!(page.next_cursor, None);
    }
}

async fn takes_from_as_inclusive_and_to_as_exclusive(store: &dyn LogStore) {
    let client = new_client();
    for time in [
        "2026-03-01T12:00:00.000Z",
        "2026-03-01T12:00:00.001Z",
        "2026-03-01T12:00:00.002Z",
    ] {
        append(store, &client, at(time)).await;
    }
    for (filters, count) in [
        (vec![("from", "2026-03-01T12:00:00.001Z")], 2),
        (vec![("to", "2026-03-01T12:00:00.001Z")], 1),
        (vec![("from", "2026-03-01T12:00:00.0005Z")], 2),
        (
            vec![
                ("from", "2026-03-01T13:00:00.001+01:00"),
                ("to", "2026-03-01T12:00:00.002Z"),
            ],
            1,
        ),
        (
            vec![
                ("from", "2026-03-01T12:00:00.002Z"),
                ("to", "2026-03-01T12:00:00.001Z"),
            ],
            0,
        ),
        (
            vec![
                ("from", "1960-01-01T00:00:00Z"),
                ("to", "9999-12-31T23:59:59Z"),
            ],
            3,
        ),
    ] {
        for order in ["asc", "desc"] {
            let filters: Vec<_> = filters.iter().copied().chain([("order", order)]).collect();
            let page = store.page(&client, &query(&filters)).await.unwrap();
            assert_eq!(page.logs.len(), count, "{filters:?}");
        }
    }
}

async fn stores_a_repeated_event_once(store: &dyn LogStore) {
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
    let page = store.page(&client, &LogQuery::default()).await.unwrap();
    assert_eq!(page.logs, [StoredLog::new(&client, RECEIVED, &first)]);
}

async fn appends_many_at_once(store: &dyn LogStore) {
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
        let page = store.page(&client, &query).await.unwrap();
        assert_eq!(page.logs.len(), expected);
        ids.extend(page.logs.iter().map(|log| log.id));
        query.cursor = page.next_cursor;
    }
    assert_eq!(query.cursor, None);
    assert_eq!(ids, entries.iter().map(LogEntry::id).collect());
}

async fn ends_a_page_before_it_is_too_large(store: &dyn LogStore) {
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
        let page = store.page(&client, &query).await.unwrap();
        assert_eq!(page.logs.len(), expected);
        let bytes: usize = page.logs.iter().map(StoredLog::text_len).sum();
        assert!(bytes <= LogPage::MAX_BYTES);
        ids.extend(page.logs.iter().map(|log| log.id));
        query.cursor = page.next_cursor;
    }
    assert_eq!(query.cursor, None);
    assert_eq!(ids, entries.iter().map(LogEntry::id).collect());
}

async fn keeps_clients_apart(store: &dyn LogStore) {
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
    let cursor = store.page(&acme, &first).await.unwrap().next_cursor;
    assert!(cursor.is_some());
    for query in [
        LogQuery::default(),
        LogQuery {
            cursor,
            ..LogQuery::default()
        },
    ] {
        let page = store.page(&widget, &query).await.unwrap();
        assert!(page.logs.iter().all(|log| log.client_id == widget));
        assert!(page.logs.len() <= 1);
    }
    let stranger = new_client();
    assert_eq!(store.get(&stranger, id).await.unwrap(), None);
    let nothing = store.page(&stranger, &LogQuery::default()).await.unwrap();
    assert_eq!((nothing.logs.len(), nothing.next_cursor), (0, None));
}

fn new_client() -> ClientId {
    let suffix = KeyId::generate().unwrap().as_str().to_ascii_lowercase();
    format!("client-{suffix}").parse().unwrap()
}

fn at(executed_at: &str) -> Value {
    json!({"environment": "e", "executed_at": executed_at, "status": "s"})
}

fn query(pairs: &[(&str, &str)]) -> LogQuery {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    LogQuery::from_pairs(owned).unwrap()
}

fn parse(client: &ClientId, body: &[u8]) -> Vec<LogEntry> {
    let now = RECEIVED + time::Duration::days(1);
    let mut entries = match Submission::parse(body, client, now).unwrap() {
        Submission::One(entry) => vec![entry],
        Submission::Many(entries) => entries,
    };
    for entry in &mut entries {
        entry.place(next_place());
    }
    entries
}

/// Clients are new in each run, so it is enough that no two in a process are the same.
fn next_place() -> Place {
    static LAST: AtomicU64 = AtomicU64::new(0);
    Place {
        arrival: LAST.fetch_add(1, Ordering::Relaxed) + 1,
        writer: 0,
    }
}

fn entry(client: &ClientId, body: Value) -> LogEntry {
    parse(client, body.to_string().as_bytes()).remove(0)
}

async fn append(store: &dyn LogStore, client: &ClientId, body: Value) -> LogId {
    let entry = entry(client, body);
    store
        .append(client, RECEIVED, std::slice::from_ref(&entry))
        .await
        .unwrap();
    entry.id()
}
