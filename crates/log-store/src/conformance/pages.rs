//! Lists of entries, page by page.

use super::{NOON, RECEIVED, append, at, entry, new_client, query};
use crate::{
    entries::LogEntry,
    queries::{LogQuery, Order},
    store::LogStore,
};
use serde_json::json;

/// Checks that the store pages through equal times without loss or repeat.
pub async fn pages_through_equal_times_without_loss_or_repeat(store: &dyn LogStore) {
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
            let page = store.page(&client, &query.clone().into()).await.unwrap();
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

/// Checks that the store keeps a cursor valid while entries arrive.
pub async fn keeps_a_cursor_valid_while_entries_arrive(store: &dyn LogStore) {
    let client = new_client();
    for second in 0..4 {
        let time = format!("2026-03-01T12:00:0{second}Z");
        append(store, &client, at(&time)).await;
    }
    let two = LogQuery {
        limit: 2,
        ..LogQuery::default()
    };
    let first = store.page(&client, &two.into()).await.unwrap();
    append(store, &client, at("2026-03-01T13:00:00Z")).await;
    let rest = LogQuery {
        cursor: first.next_cursor,
        ..LogQuery::default()
    };
    let rest = store.page(&client, &rest.into()).await.unwrap();
    let times: Vec<_> = rest
        .logs
        .iter()
        .map(|log| log.executed_at.as_str())
        .collect();
    assert_eq!(times, ["2026-03-01T12:00:01Z", "2026-03-01T12:00:00Z"]);
    assert_eq!(rest.next_cursor, None);
}

/// Checks that the store filters by what is asked.
pub async fn filters_by_what_is_asked(store: &dyn LogStore) {
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
        (vec![("status", "OK"), ("status", "FAILED")], 3),
        (
            vec![
                ("status", "OK"),
                ("status", "NOPE"),
                ("environment", "test"),
            ],
            1,
        ),
        (vec![("not.status", "OK")], 1),
        (vec![("not.status", "OK"), ("not.status", "FAILED")], 0),
        // What lacks a workflow is not excluded.
        (vec![("not.workflow", "etl")], 1),
        (vec![("not.workflow", "other")], 3),
        (vec![("workflow", "etl"), ("not.environment", "test")], 1),
        (
            vec![("environment", "prod"), ("not.environment", "prod")],
            0,
        ),
        (vec![("not.environment", "' OR 1=1 --")], 3),
        (vec![("environment", "PROD")], 0),
        (vec![("status", "O%")], 0),
        (vec![("environment", "' OR 1=1 --")], 0),
    ] {
        let page = store.page(&client, &query(&filters)).await.unwrap();
        assert_eq!(page.logs.len(), count, "{filters:?}");
        assert_eq!(page.next_cursor, None);
    }
}

/// Checks that the store takes from as inclusive and to as exclusive.
pub async fn takes_from_as_inclusive_and_to_as_exclusive(store: &dyn LogStore) {
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
