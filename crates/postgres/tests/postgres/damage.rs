//! What is damaged beside blocks, in a real PostgreSQL.

use crate::blocks::{RECEIVED, Site, entry};
use central_logger_block_store::inspect;
use central_logger_log_store::{LogEntry, LogSearch, LogStore, Order, retention::purge};
use central_logger_postgres::testing::execute;
use central_logger_text::Report;

#[tokio::test]
async fn what_is_damaged_beside_a_block_costs_no_other() {
    let site = Site::new().await;
    let in_month = |month: u8| {
        let mut builder = LogEntry::builder(RECEIVED);
        builder
            .environment("e")
            .executed_at(format!("2026-0{month}-01T00:00:00Z"))
            .status("s");
        builder.build().unwrap()
    };
    let entries = [1, 2, 3].map(in_month);
    site.append(&entries).await;
    assert_eq!(site.seal().await, 3);
    let [first, _, last] = entries.map(|entry| entry.id());
    let damage = async |what: &str| {
        execute(
            &site.url,
            &format!("UPDATE {what} WHERE first_id = '{last}'"),
        )
        .await;
    };
    damage("log_block_contents SET filters = '\\x00', counts = '\\x00'").await;
    let asked = ("status".to_owned(), "s".to_owned());
    let search = LogSearch::from_pairs([asked]).unwrap();
    let page = site.logs.page(&site.client, &search).await.unwrap();
    assert_eq!(page.logs.len(), 3, "without filters it is looked at");
    let inspection = inspect(&*site.logs, &*site.logs).await.unwrap();
    assert_eq!((inspection.entries, inspection.broken), (3, vec![]));
    assert_eq!(inspection.without_filters[0].ids, Some((last, last, 1)));

    damage("log_blocks SET header = '\\x00'").await;
    let error = site.logs.get(&site.client, last).await.unwrap_err();
    let told = Report(&error).to_string();
    assert!(told.contains(&last.to_string()), "{told}");
    let mut earliest = LogSearch::default();
    (earliest.query.order, earliest.query.limit) = (Order::Asc, 2);
    let page = site.logs.page(&site.client, &earliest).await.unwrap();
    assert_eq!((page.logs.len(), page.logs[0].id), (2, first));
    earliest.query.cursor = page.next_cursor;
    assert!(earliest.query.cursor.is_some());
    assert!(site.logs.page(&site.client, &earliest).await.is_err());
    let inspection = inspect(&*site.logs, &*site.logs).await.unwrap();
    assert_eq!((inspection.blocks, inspection.entries), (3, 2));
    assert_eq!(inspection.broken[0].ids, Some((last, last, 1)));
    // Other logs are sealed, and all of them can be forgotten.
    site.append(&[entry(1, None)]).await;
    assert_eq!(site.seal().await, 1);
    assert_eq!(purge(&*site.logs, &site.client).await.unwrap(), 4);
}
