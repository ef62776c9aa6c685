//! Searching the text of entries, over the in-memory store.

use central_logger_keys::ClientId;
use central_logger_log_store::{LogEntry, LogPage, LogSearch, LogStore, MemoryLogs};
use central_logger_tenant_logs::{Ingestor, TenantLogs};
use std::sync::Arc;
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

struct Fixture {
    store: Arc<MemoryLogs>,
    logs: TenantLogs,
}

impl Fixture {
    fn new() -> Self {
        let store = Arc::new(MemoryLogs::new());
        let ingestor = Ingestor::new(store.clone());
        let logs = TenantLogs::new(&ingestor, "acme".parse().unwrap());
        Self { store, logs }
    }

    /// One entry for each message, a millisecond apart, with its number in `n`.
    async fn append(&self, client: &str, messages: &[&str]) {
        let client: ClientId = client.parse().unwrap();
        let start = datetime!(2026-02-01 12:00 UTC)
            .unix_timestamp()
            .unsigned_abs();
        let entry = |(number, message): (u64, &&str)| {
            let mut entry = LogEntry::builder(NOW);
            entry.environment("e").status("s").message(*message);
            entry.executed_at_unix_ns(start * 1_000_000_000 + number * 1_000_000);
            entry.attribute("n", &number);
            entry.build().unwrap()
        };
        let entries: Vec<_> = (0..).zip(messages).map(entry).collect();
        self.store.append(&client, NOW, &entries).await.unwrap();
    }

    async fn page(&self, parameters: &[(&str, &str)]) -> LogPage {
        let owned = parameters
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        self.logs
            .page(&LogSearch::from_pairs(owned).unwrap())
            .await
            .unwrap()
    }
}

fn messages(page: &LogPage) -> Vec<&str> {
    page.logs
        .iter()
        .map(|log| log.message.as_deref().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_of_matches_leave_out_nothing_and_repeat_nothing() {
    let f = Fixture::new();
    let texts: Vec<_> = (0..1000)
        .map(|n| format!("{} {n}", if n % 7 == 0 { "hit" } else { "miss" }))
        .collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    f.append("acme", &texts).await;
    f.append("widget_co", &texts).await;
    for (order, limit) in [
        ("asc", "10"),
        ("desc", "1"),
        ("desc", "143"),
        ("asc", "1000"),
    ] {
        let (mut found, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut parameters = vec![("q", "hit"), ("order", order), ("limit", limit)];
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = f.page(&parameters).await;
            assert!(page.logs.len() <= limit.parse().unwrap());
            found.extend(messages(&page).into_iter().map(str::to_owned));
            match page.next_cursor {
                Some(next) => cursor = Some(next.to_string()),
                None => break,
            }
        }
        let mut expected: Vec<_> = texts
            .iter()
            .filter(|text| text.starts_with("hit"))
            .copied()
            .collect();
        if order == "desc" {
            expected.reverse();
        }
        assert_eq!(found, expected, "{order} by {limit}");
    }
}

#[tokio::test]
async fn all_filters_hold_together() {
    let f = Fixture::new();
    f.append("acme", &["disk full", "disk", "full disk", "disk full"])
        .await;
    let page = f
        .page(&[("q", "full disk"), ("attr.n", "2"), ("status", "s")])
        .await;
    assert_eq!(messages(&page), ["full disk"]);
    let to = ("to", "2026-02-01T12:00:00.003Z");
    assert_eq!(f.page(&[("q", "full"), to]).await.logs.len(), 2);
    assert!(
        f.page(&[("q", "full"), ("status", "other")])
            .await
            .logs
            .is_empty()
    );
}

#[tokio::test]
async fn a_needle_in_a_haystack_is_found_in_one_answer() {
    let f = Fixture::new();
    let mut texts = vec!["hay"; 45_000];
    texts[44_990] = "needle";
    f.append("acme", &texts).await;
    let found = f.page(&[("q", "needle"), ("order", "asc")]).await;
    assert_eq!(messages(&found), ["needle"]);
    assert_eq!(found.next_cursor, None);
}
