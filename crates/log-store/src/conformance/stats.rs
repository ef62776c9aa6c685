//! Counting entries.

use super::{RECEIVED, append, at, new_client};
use crate::{
    queries::StatsQuery,
    store::{LogStats, LogStore, LogStoreError},
};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 13:00 UTC);

/// Checks that the store counts by time and value.
pub async fn counts_by_time_and_value(store: &dyn LogStore) {
    let client = new_client();
    for (time, status, workflow) in [
        ("2026-03-01T11:59:59.999Z", "OK", Some("etl")),
        ("2026-03-01T12:00:00Z", "OK", Some("etl")),
        ("2026-03-01T12:14:59.999Z", "FAILED", None),
        ("2026-03-01T12:15:00Z", "OK", None),
        ("2026-03-01T12:15:00Z", "OK", Some("")),
        ("2026-03-01T12:59:59.999Z", "ÖK\n", Some("etl")),
        ("2026-03-01T13:00:00Z", "OK", Some("etl")),
    ] {
        let log = json!({"environment": "e", "executed_at": time, "status": status, "workflow": workflow});
        append(store, &client, log).await;
    }
    let hour = [
        ("from", "2026-03-01T12:00:00Z"),
        ("to", "2026-03-01T13:00:00Z"),
    ];
    let quarters = [&hour[..], &[("interval", "15m")]].concat();
    let counted = json!(store.stats(&client, &query(&quarters)).await.unwrap());
    assert_eq!(
        counted,
        json!({
            "from": "2026-03-01T12:00:00Z", "to": "2026-03-01T13:00:00Z", "interval": "15m", "by": "status",
            "totals": {"OK": 3, "FAILED": 1, "ÖK\n": 1},
            "buckets": [
                {"start": "2026-03-01T12:00:00Z", "counts": {"OK": 1, "FAILED": 1}},
                {"start": "2026-03-01T12:15:00Z", "counts": {"OK": 2}},
                {"start": "2026-03-01T12:30:00Z", "counts": {}},
                {"start": "2026-03-01T12:45:00Z", "counts": {"ÖK\n": 1}},
            ],
        })
    );
    let by_workflow = [&hour[..], &[("by", "workflow"), ("interval", "1d")]].concat();
    let counted = json!(store.stats(&client, &query(&by_workflow)).await.unwrap());
    let one = json!([{"start": "2026-03-01T00:00:00Z", "counts": {"": 3, "etl": 2}}]);
    assert_eq!(counted["buckets"], one);
}

/// Checks that the store counts what is asked for.
pub async fn counts_what_is_asked_for(store: &dyn LogStore) {
    let client = new_client();
    for (environment, status, workflow) in [
        ("prod", "OK", Some("etl")),
        ("prod", "FAILED", None),
        ("test", "OK", Some("etl")),
    ] {
        let log = json!({"environment": environment, "status": status, "workflow": workflow,
                         "executed_at": "2026-03-01T12:00:00Z"});
        append(store, &client, log).await;
    }
    for (filters, expected) in [
        (&[][..], json!({"prod": 2, "test": 1})),
        (&[("environment", "prod")], json!({"prod": 2})),
        (&[("status", "OK")], json!({"prod": 1, "test": 1})),
        (
            &[("workflow", "etl"), ("environment", "test")],
            json!({"test": 1}),
        ),
        (&[("workflow", "' OR 1=1 --")], json!({})),
        (&[("from", "2026-03-01T12:00:00.001Z")], json!({})),
        (
            &[
                ("from", "2026-03-01T12:00:00Z"),
                ("to", "2026-03-01T11:00:00Z"),
            ],
            json!({}),
        ),
    ] {
        let filters = [&[("by", "environment")], filters].concat();
        assert_eq!(
            totals(store.stats(&client, &query(&filters)).await),
            expected,
            "{filters:?}"
        );
    }
}

/// Checks that the store counts ones own only.
pub async fn counts_ones_own_only(store: &dyn LogStore) {
    let (client, other) = (new_client(), new_client());
    append(store, &client, at("2026-03-01T12:00:00Z")).await;
    let counted = store.stats(&other, &query(&[])).await;
    assert_eq!(totals(counted), json!({}));
}

/// Checks that the store tells only so many values apart.
pub async fn tells_only_so_many_values_apart(store: &dyn LogStore) {
    let client = new_client();
    let entry = |workflow: usize| {
        let log = json!({"environment": "e", "executed_at": "2026-03-01T12:00:00Z", "status": "s",
                         "workflow": workflow.to_string()});
        super::entry(&client, log)
    };
    let entries: Vec<_> = (0..LogStats::MAX_COUNTS).map(entry).collect();
    store.append(&client, RECEIVED, &entries).await.unwrap();
    let by_workflow = query(&[("by", "workflow")]);
    let all = totals(store.stats(&client, &by_workflow).await);
    assert_eq!(all.as_object().unwrap().len(), LogStats::MAX_COUNTS);
    let one_more = [entry(LogStats::MAX_COUNTS)];
    store.append(&client, RECEIVED, &one_more).await.unwrap();
    let refused = store.stats(&client, &by_workflow).await;
    assert!(matches!(refused, Err(LogStoreError::TooManyValues)));
    let by_status = store.stats(&client, &query(&[])).await;
    assert_eq!(totals(by_status), json!({"s": LogStats::MAX_COUNTS + 1}));
}

fn query(pairs: &[(&str, &str)]) -> StatsQuery {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    StatsQuery::from_pairs(owned, NOW).unwrap()
}

fn totals(counted: Result<LogStats, LogStoreError>) -> Value {
    json!(counted.unwrap().totals())
}
