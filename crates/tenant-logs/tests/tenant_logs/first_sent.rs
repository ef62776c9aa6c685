//! When events were first sent of which nobody tells the time.

use central_logger_log_store::{MemoryLogs, entries::EventDigest};
use central_logger_tenant_logs::{Ingestor, TenantLogs};
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};

const FIRST: OffsetDateTime = datetime!(2026-03-01 12:00:00.123 UTC);

async fn sent(logs: &TenantLogs, ids: &[&str], now: OffsetDateTime) -> Vec<OffsetDateTime> {
    let events: Vec<_> = ids.iter().map(|id| EventDigest::of(id)).collect();
    logs.first_sent(&events, now).await.unwrap()
}

#[tokio::test]
async fn an_event_has_the_time_of_its_first_sending_for_a_day() {
    let ingestor = Ingestor::new(Arc::new(MemoryLogs::new()));
    let of = |client: &str| TenantLogs::new(&ingestor, client.parse().unwrap());
    let (acme, widget) = (of("acme"), of("widget"));
    let exact = FIRST + Duration::nanoseconds(456_789);
    assert_eq!(sent(&acme, &["a", "b", "a"], exact).await, [FIRST; 3]);
    let later = FIRST + Duration::hours(23);
    assert_eq!(sent(&acme, &["c", "b"], later).await, [later, FIRST]);
    assert_eq!(sent(&widget, &["a"], later).await, [later]);
    let over = FIRST + Duration::hours(24);
    assert_eq!(sent(&acme, &["c", "a"], over).await, [later, over]);
    assert!(sent(&acme, &[], over).await.is_empty());
}
