//! Times at both ends of what every store keeps and shows.

use super::{RECEIVED, new_client, next_place, query, stats};
use crate::{
    entries::{LogEntry, StoredLog},
    queries::StatsQuery,
    store::LogStore,
};
use central_logger_times::Timestamp;
use serde_json::json;

const FIRST: &str = "1970-01-01T00:00:00Z";
const LAST: &str = "9999-12-31T23:59:59.999Z";

/// Checks that the store keeps the first and the last of all times, and finds entries by them.
pub async fn keeps_the_first_and_the_last_of_all_times(store: &dyn LogStore) {
    let client = new_client();
    let (first, last) = (Timestamp::MIN.get(), Timestamp::MAX.get());
    let times = [
        FIRST,
        "1970-01-01T00:00:00.000001Z",
        "9999-12-31T23:59:59.998Z",
        LAST,
    ];
    let entries = times.map(executed_at);
    for (some, received_at) in entries.chunks(2).zip([first, last]) {
        store.append(&client, received_at, some).await.unwrap();
    }
    for (entry, received_at) in entries.iter().zip([first, first, last, last]) {
        let found = store.get(&client, entry.id()).await.unwrap();
        assert_eq!(found, Some(StoredLog::new(&client, received_at, entry)));
    }

    let ids = entries.map(|entry| entry.id());
    for (bounds, expected) in [
        (&[][..], 0..4),
        (&[("from", FIRST)], 0..4),
        (&[("to", "1970-01-01T00:00:00.001Z")], 0..2),
        (&[("to", FIRST)], 0..0),
        (&[("from", LAST)], 3..4),
        (&[("from", "0001-01-01T00:00:00Z"), ("to", LAST)], 0..3),
    ] {
        for order in ["asc", "desc"] {
            let pairs: Vec<_> = bounds.iter().copied().chain([("order", order)]).collect();
            let page = store.page(&client, &query(&pairs)).await.unwrap();
            let mut found: Vec<_> = page.logs.iter().map(|log| log.id).collect();
            if order == "desc" {
                found.reverse();
            }
            assert_eq!(found, ids[expected.clone()], "{pairs:?}");
            assert_eq!(page.next_cursor, None);
        }
    }

    for (from, to, count) in [
        (FIRST, "1970-01-02T00:00:00Z", 2),
        ("9999-12-31T00:00:00Z", LAST, 1),
    ] {
        let pairs = [("from", from), ("to", to), ("interval", "1d")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let query = StatsQuery::from_pairs(pairs, RECEIVED).unwrap();
        let counted = store.stats(&client, &query).await.unwrap();
        assert_eq!(json!(counted.totals()), json!({"s": count}), "{from}");
    }
    let values = stats::values(store, &client, &[("of", "status")]).await;
    let all = json!([{"value": "s", "count": 4, "last_executed_at": LAST}]);
    assert_eq!(values["values"], all);
}

fn executed_at(time: &str) -> LogEntry {
    let mut entry = LogEntry::builder(Timestamp::MAX.get());
    entry.environment("e").executed_at(time).status("s");
    let mut entry = entry.build().unwrap();
    entry.place(next_place());
    entry
}
