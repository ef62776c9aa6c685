//! What is damaged beside blocks, in a real file.

use crate::blocks::{Fixture, RECEIVED, entry};
use central_logger_block_store::inspect;
use central_logger_log_store::{LogEntry, LogSearch, LogStore, Order, retention::purge};
use central_logger_text::Report;

#[tokio::test]
async fn what_is_damaged_beside_a_block_costs_no_other() {
    let f = Fixture::new().await;
    let in_month = |month: u8| {
        let mut builder = LogEntry::builder(RECEIVED);
        builder
            .environment("e")
            .executed_at(format!("2026-0{month}-01T00:00:00Z"))
            .status("s");
        builder.build().unwrap()
    };
    let entries = [1, 2, 3].map(in_month);
    f.append(&entries).await;
    assert_eq!(f.seal().await, 3);
    let [first, _, last] = entries.map(|entry| entry.id());
    let connection = f.connect("central-logger-logs.db");
    let damage = |what: &str| {
        let sql = format!("{what} = (SELECT number FROM log_blocks WHERE first_id = ?1)");
        let damaged = connection.execute(&sql, [last.as_uuid().as_bytes()]);
        assert_eq!(damaged.unwrap(), 1);
    };
    damage("UPDATE log_block_contents SET filters = x'00', counts = x'00' WHERE number");
    let asked = ("status".to_owned(), "s".to_owned());
    let search = LogSearch::from_pairs([asked]).unwrap();
    let page = f.logs.page(&f.client, &search).await.unwrap();
    assert_eq!(page.logs.len(), 3, "without filters it is looked at");
    let inspection = inspect(&*f.logs, &*f.logs).await.unwrap();
    assert_eq!((inspection.entries, inspection.broken), (3, vec![]));
    assert_eq!(inspection.without_filters[0].ids, Some((last, last, 1)));

    damage("UPDATE log_blocks SET header = x'00' WHERE number");
    let error = f.logs.get(&f.client, last).await.unwrap_err();
    let told = Report(&error).to_string();
    assert!(told.contains(&last.to_string()), "{told}");
    let mut earliest = LogSearch::default();
    (earliest.query.order, earliest.query.limit) = (Order::Asc, 2);
    let page = f.logs.page(&f.client, &earliest).await.unwrap();
    assert_eq!((page.logs.len(), page.logs[0].id), (2, first));
    earliest.query.cursor = page.next_cursor;
    assert!(earliest.query.cursor.is_some());
    assert!(f.logs.page(&f.client, &earliest).await.is_err());
    let inspection = inspect(&*f.logs, &*f.logs).await.unwrap();
    assert_eq!((inspection.blocks, inspection.entries), (3, 2));
    assert_eq!(inspection.broken[0].ids, Some((last, last, 1)));
    // Other logs are sealed, and all of them can be forgotten.
    f.append(&[entry(1, None)]).await;
    assert_eq!(f.seal().await, 1);
    assert_eq!(purge(&*f.logs, &f.client).await.unwrap(), 4);
}
