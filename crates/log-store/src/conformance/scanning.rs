//! Looking at entries a few at a time, so that clients can take turns.

use super::{RECEIVED, entry, new_client, parse};
use crate::{
    entries::LogEntry,
    queries::{LogQuery, LogSearch, Order, StatsQuery},
    store::{LogStats, LogStore, ScanBudget},
};
use central_logger_keys::ClientId;
use serde_json::json;
use std::time::Duration;
use time::macros::datetime;

const PATIENT: Duration = Duration::from_secs(60);

/// Entries of a new client: of every seven, one is `FAILED`; of every ten, one has another message.
async fn stored(store: &dyn LogStore) -> (ClientId, Vec<LogEntry>) {
    let client = new_client();
    let entries = entries(&client);
    store.append(&client, RECEIVED, &entries).await.unwrap();
    (client, entries)
}

fn entries(client: &ClientId) -> Vec<LogEntry> {
    let entry = |number: usize| {
        let message = if number.is_multiple_of(10) {
            "needle Ünd"
        } else {
            "hay"
        };
        let status = if number.is_multiple_of(7) {
            "FAILED"
        } else {
            "OK"
        };
        let body = json!({
            "environment": "e", "status": status, "message": message, "n": number,
            "executed_at": format!("2026-03-01T11:00:{:02}.{:03}Z", number / 10, number),
        });
        entry(client, body)
    };
    (0..100).map(entry).collect()
}

fn searches() -> impl Iterator<Item = (LogSearch, usize)> {
    let search = |pairs: &[(&str, &str)]| {
        let owned = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        LogSearch::from_pairs(owned).unwrap()
    };
    [
        (search(&[]), 100),
        (search(&[("status", "FAILED")]), 15),
        (search(&[("status", "ABSENT")]), 0),
        (search(&[("not.status", "FAILED")]), 85),
        (search(&[("status", "FAILED"), ("status", "OK")]), 100),
        (search(&[("not.attr.n", "64"), ("not.attr.n", "65")]), 98),
        (search(&[("q", "NEEDLE")]), 10),
        (search(&[("q", "ÜND")]), 10),
        (search(&[("q", "nosuch")]), 0),
        (search(&[("attr.n", "64")]), 1),
        (search(&[("attr.n", "64"), ("status", "FAILED")]), 0),
        (search(&[("q", "needle"), ("status", "FAILED")]), 2),
    ]
    .into_iter()
}

/// Checks that the store looks no further than it should.
pub async fn looks_no_further_than_it_should(store: &dyn LogStore) {
    let (client, entries) = &stored(store).await;
    for (mut search, count) in searches() {
        for order in [Order::Asc, Order::Desc] {
            for budget in [1, 7, 99, 100, 101] {
                search.query.order = order;
                search.query.limit = LogQuery::MAX_LIMIT;
                search.query.cursor = None;
                let (mut found, mut parts) = (Vec::new(), 0);
                loop {
                    let within = ScanBudget {
                        entries: budget,
                        time: PATIENT,
                    };
                    let page = store.scan(client, &search, within).await.unwrap();
                    parts += 1;
                    assert!(page.logs.len() <= budget);
                    found.extend(page.logs.iter().map(|log| log.id));
                    search.query.cursor = page.next_cursor;
                    if search.query.cursor.is_none() {
                        break;
                    }
                }
                // A part may be needed to see that there are no more; several entries of which none can be
                // asked for may count as one.
                assert!(parts <= 100 / budget + 1);
                let mut expected: Vec<_> = entries.iter().map(LogEntry::id).collect();
                expected.retain(|id| found.contains(id));
                if order == Order::Desc {
                    expected.reverse();
                }
                assert_eq!(found.len(), count, "{search:?}");
                assert_eq!(found, expected, "{search:?}");
            }
        }
    }
}

/// Checks that the store tells whether there is more.
pub async fn tells_whether_there_is_more(store: &dyn LogStore) {
    let (client, entries) = &stored(store).await;
    let everything = ScanBudget {
        entries: entries.len() + 1,
        time: PATIENT,
    };
    for (mut search, count) in searches() {
        for limit in [1, 2, 9, 10, 11, 15] {
            search.query.limit = limit;
            let page = store.scan(client, &search, everything).await.unwrap();
            assert_eq!(page.logs.len(), limit.min(count));
            assert_eq!(page.next_cursor.is_some(), count > limit, "{search:?}");
        }
    }
}

/// Checks that the store counts in parts.
pub async fn counts_in_parts(store: &dyn LogStore) {
    let (client, _) = &stored(store).await;
    for filter in [
        &[][..],
        &[("status", "FAILED")],
        &[("status", "ABSENT")],
        &[("q", "needle")],
        &[("not.attr.n", "64"), ("not.status", "OK")],
    ] {
        let pairs = [("from", "2026-03-01T11:00:00Z"), ("interval", "1m")]
            .iter()
            .chain(filter)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let query = StatsQuery::from_pairs(pairs, datetime!(2026-03-01 12:00 UTC)).unwrap();
        let whole = store.stats(client, &query).await.unwrap();
        for budget in [1, 7, 100] {
            let (mut stats, mut after, mut parts) = (LogStats::new(&query), None, 0);
            loop {
                let within = ScanBudget {
                    entries: budget,
                    time: PATIENT,
                };
                let counted = store.count(client, &query, after, within).await.unwrap();
                parts += 1;
                stats.merge(&counted.stats).unwrap();
                match counted.last {
                    Some(last) => after = Some(last),
                    None => break,
                }
            }
            assert!(parts <= 100 / budget + 1);
            assert_eq!(stats, whole);
        }
    }
}

/// Checks that the store finds what is asked for however it is written.
///
/// A store may leave out what it knows not to be asked for, and nothing else.
pub async fn finds_what_is_asked_for_however_it_is_written(store: &dyn LogStore) {
    let client = new_client();
    let bodies = [
        r#""message":"Disk FULL on db-1","host":"db-1""#,
        r#""message":"\u001b[31mDISK\u001b[0mfull","host":"d\u0062-1""#,
        r#""message":"Straße \u212aelvin ＦＵＬＬ ſiſ","h\u006fst":"db-1""#,
        r#""message":"数据库disk连接超时","host":"\"""#,
        r#""message":"e\u0301te\u0301 İstanbul ΣΊΣΥΦΟΣ","host":"\u0022""#,
        r#""message":"nothing","host":null,"code":28"#,
        r#""host":"disk full","":"""#,
        r#""message":"""#,
        r#""host":{"n\u0061me":"h","rack":7}"#,
        r#""host.name":"h""#,
    ];
    let entries: Vec<_> = bodies
        .iter()
        .zip(10..)
        .map(|(members, second)| {
            let body = format!(
                r#"{{"environment":"e","status":"s","executed_at":"2026-03-01T11:00:{second}Z",{members}}}"#
            );
            parse(&client, body.as_bytes()).remove(0)
        })
        .collect();
    store.append(&client, RECEIVED, &entries).await.unwrap();
    for (parameters, expected) in [
        (&[("q", "disk")][..], &[0, 1, 3][..]),
        (&[("q", "full disk")], &[0, 1]),
        (&[("q", "DISK 超时")], &[3]),
        (&[("q", "31mDISK")], &[]),
        (&[("q", "strasse kelvin full sis")], &[2]),
        (&[("q", "ÉTÉ i\u{307}stanbul σίσυφος")], &[4]),
        (&[("q", "full"), ("attr.host", "db-1")], &[0, 1, 2]),
        (&[("attr.host", "\"")], &[3, 4]),
        (&[("attr.host", "null")], &[5]),
        (&[("attr.code", "28")], &[5]),
        (&[("attr.", "")], &[6]),
        (&[("attr.code", "27"), ("attr.code", "28")], &[5]),
        (
            &[("attr.host", "db-1"), ("attr.host", "null")],
            &[0, 1, 2, 5],
        ),
        (&[("not.attr.host", "db-1")], &[3, 4, 5, 6, 7, 8, 9]),
        (&[("q", "disk"), ("not.attr.host", "db-1")], &[3]),
        (&[("attr.host.name", "h")], &[8, 9]),
        (
            &[("attr.host.name", "h"), ("not.attr.host.rack", "7")],
            &[9],
        ),
        (&[("attr.host.rack", "7"), ("attr.host.rack", "8")], &[8]),
    ] {
        let owned = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut search = LogSearch::from_pairs(owned).unwrap();
        search.query.order = Order::Asc;
        let within = ScanBudget {
            entries: 100,
            time: PATIENT,
        };
        let page = store.scan(&client, &search, within).await.unwrap();
        let found: Vec<_> = page.logs.iter().map(|log| log.id).collect();
        let expected: Vec<_> = expected.iter().map(|place| entries[*place].id()).collect();
        assert_eq!(found, expected, "{parameters:?}");
    }
}
