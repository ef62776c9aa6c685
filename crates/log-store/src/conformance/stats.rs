//! Counting entries.

use super::{RECEIVED, append, at, new_client};
use crate::{
    queries::{StatsQuery, ValuesQuery},
    store::{CountedValues, LogStats, LogStore, LogStoreError, LogValues},
};
use central_logger_keys::ClientId;
use central_logger_times::Timestamp;
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
    for (n, (environment, status, workflow)) in [
        ("prod", "OK", Some("etl")),
        ("prod", "FAILED", None),
        ("test", "OK", Some("etl")),
    ]
    .into_iter()
    .enumerate()
    {
        let log = json!({"environment": environment, "status": status, "workflow": workflow,
                         "message": "the disk", "n": n, "executed_at": "2026-03-01T12:00:00Z"});
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
        (
            &[("status", "OK"), ("status", "FAILED")],
            json!({"prod": 2, "test": 1}),
        ),
        (&[("not.status", "OK")], json!({"prod": 1})),
        (&[("not.workflow", "etl")], json!({"prod": 1})),
        (&[("q", "Disk")], json!({"prod": 2, "test": 1})),
        (&[("q", "nosuch")], json!({})),
        (
            &[("attr.n", "1"), ("attr.n", "2")],
            json!({"prod": 1, "test": 1}),
        ),
        (
            &[("not.attr.n", "1"), ("status", "OK")],
            json!({"prod": 1, "test": 1}),
        ),
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

/// Checks that the store counts by two fields.
pub async fn counts_by_two_fields(store: &dyn LogStore) {
    let client = new_client();
    for (status, workflow) in [
        ("OK", Some("etl")),
        ("FAILED", Some("etl")),
        ("OK", Some("etl")),
        ("OK", None),
    ] {
        let log = json!({"environment": "e", "status": status, "workflow": workflow,
                         "message": "m", "executed_at": "2026-03-01T12:00:00Z"});
        append(store, &client, log).await;
    }
    for filter in [&[][..], &[("q", "m")]] {
        let pairs = [&[("by", "workflow,status"), ("interval", "1d")], filter].concat();
        let counted = json!(store.stats(&client, &query(&pairs)).await.unwrap());
        let all = json!({"": {"OK": 1}, "etl": {"FAILED": 1, "OK": 2}});
        assert_eq!(counted["by"], "workflow,status");
        assert_eq!(counted["totals"], all);
        assert_eq!(counted["buckets"][1]["counts"], all);
    }
    let pairs = [("by", "status,workflow"), ("workflow", "etl")];
    let counted = store.stats(&client, &query(&pairs)).await;
    assert_eq!(
        totals(counted),
        json!({"FAILED": {"etl": 1}, "OK": {"etl": 2}})
    );
}

/// Checks that the store tells which values there are.
pub async fn tells_which_values_there_are(store: &dyn LogStore) {
    let client = new_client();
    for (second, status, workflow) in [
        (1, "OK", Some("b")),
        (2, "OK", Some("etl")),
        (4, "FAILED", Some("etl")),
        (3, "OK", Some("a")),
        (5, "OK", None),
        (6, "OK", Some("")),
    ] {
        let log = json!({"environment": "e", "status": status, "workflow": workflow,
                         "executed_at": format!("2026-03-01T12:00:0{second}.5Z")});
        append(store, &client, log).await;
    }
    let time = |second: u8| format!("2026-03-01T12:00:0{second}.5Z");
    let value = |value: &str, count: u8, second: u8| {
        let last = Timestamp::parse_bound(&time(second)).unwrap();
        json!({"value": value, "count": count, "last_executed_at": last})
    };
    let from = time(3);
    for (pairs, expected) in [
        (
            &[("of", "workflow")][..],
            vec![value("etl", 2, 4), value("a", 1, 3), value("b", 1, 1)],
        ),
        (
            &[("of", "status")],
            vec![value("OK", 5, 6), value("FAILED", 1, 4)],
        ),
        (
            &[("of", "workflow"), ("not.status", "OK")],
            vec![value("etl", 1, 4)],
        ),
        (
            &[
                ("of", "workflow"),
                ("from", &from),
                ("to", "2026-03-01T12:00:04Z"),
            ],
            vec![value("a", 1, 3)],
        ),
        (&[("of", "environment"), ("q", "nosuch")], vec![]),
    ] {
        let found = values(store, &client, pairs).await;
        assert_eq!(
            found,
            json!({"values": expected, "more": false}),
            "{pairs:?}"
        );
    }
    assert_eq!(
        values(store, &new_client(), &[("of", "status")]).await["values"],
        json!([])
    );
}

/// Checks that the store lists only so many values.
pub async fn lists_only_so_many_values(store: &dyn LogStore) {
    let client = new_client();
    let entry = |workflow: usize| {
        let log = json!({"environment": "e", "executed_at": "2026-03-01T12:00:00Z", "status": "s",
                         "workflow": workflow.to_string()});
        super::entry(&client, log)
    };
    let entries: Vec<_> = (0..LogValues::MAX).chain([500]).map(entry).collect();
    store.append(&client, RECEIVED, &entries).await.unwrap();
    let all = values(store, &client, &[("of", "workflow")]).await;
    assert_eq!(all["more"], false);
    assert_eq!(all["values"].as_array().unwrap().len(), LogValues::MAX);
    let one_more = [entry(LogValues::MAX)];
    store.append(&client, RECEIVED, &one_more).await.unwrap();
    let some = values(store, &client, &[("of", "workflow")]).await;
    assert_eq!(some["more"], true);
    assert_eq!(some["values"].as_array().unwrap().len(), LogValues::MAX);
    assert_eq!(
        (&some["values"][0]["value"], &some["values"][0]["count"]),
        (&json!("500"), &json!(2))
    );
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

pub(super) async fn values(
    store: &dyn LogStore,
    client: &ClientId,
    pairs: &[(&str, &str)],
) -> Value {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let query = ValuesQuery::from_pairs(owned).unwrap();
    let mut counted = CountedValues::default();
    counted.add(&store.stats(client, query.counted()).await.unwrap());
    json!(counted.into_values())
}

fn totals(counted: Result<LogStats, LogStoreError>) -> Value {
    json!(counted.unwrap().totals())
}
