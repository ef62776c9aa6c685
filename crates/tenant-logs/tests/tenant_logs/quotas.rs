//! How much a client may store in a day. Time is what the tests say.

use central_logger_log_store::{BodyDigest, Claim, LogEntry, MemoryLogs, Submission};
use central_logger_tenant_logs::{
    AppendError, IngestQuota, Ingestor, TenantLogs,
    quotas::{IngestUnit, QuotaReached},
};
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};

const EVENING: OffsetDateTime = datetime!(2026-03-01 23:59:59.999 UTC);
const MIDNIGHT: OffsetDateTime = datetime!(2026-03-02 0:00 UTC);
/// Of 37 bytes: 1 for the environment, 20 for the time, 1 for the status, 15 for what is further.
const ENTRY: &str =
    r#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s","further":"x"}"#;

struct Fixture(Ingestor);

impl Fixture {
    fn new() -> Self {
        Self(Ingestor::new(Arc::new(MemoryLogs::new())))
    }

    fn logs(&self, client: &str, quota: IngestQuota) -> TenantLogs {
        TenantLogs::new(&self.0, client.parse().unwrap()).with_quota(quota)
    }
}

fn entries(number: u64) -> IngestQuota {
    IngestQuota {
        entries: Some(number),
        ..IngestQuota::default()
    }
}

fn bytes(number: u64) -> IngestQuota {
    IngestQuota {
        bytes: Some(number),
        ..IngestQuota::default()
    }
}

fn many(number: usize) -> String {
    format!("[{}]", vec![ENTRY; number].join(","))
}

async fn append(
    logs: &TenantLogs,
    body: &str,
    now: OffsetDateTime,
    claim: Option<Claim>,
) -> Result<(), AppendError> {
    let submission = Submission::parse(body.as_bytes(), logs.client(), now).unwrap();
    logs.append(now, submission, claim).await.map(drop)
}

#[track_caller]
fn assert_reached(appended: Result<(), AppendError>, what: IngestUnit, limit: u64, count: u64) {
    match appended {
        Err(AppendError::QuotaReached(QuotaReached {
            unit,
            limit: found,
            used,
            until,
            wait,
        })) => {
            assert_eq!((unit, found, used), (what, limit, count));
            assert_eq!(until, MIDNIGHT);
            assert!(wait.is_positive());
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn entries_are_taken_until_the_quota_is_reached_and_again_from_midnight_on() {
    let f = Fixture::new();
    let logs = f.logs("acme", entries(5));
    append(&logs, &many(3), EVENING, None).await.unwrap();
    let refused = append(&logs, &many(3), EVENING, None).await;
    assert_reached(refused, IngestUnit::Entries, 5, 3);
    append(&logs, &many(2), EVENING, None).await.unwrap();
    let refused = append(&logs, ENTRY, EVENING - Duration::HOUR, None).await;
    assert_reached(refused, IngestUnit::Entries, 5, 5);
    append(&logs, &many(5), MIDNIGHT, None).await.unwrap();
}

#[tokio::test]
async fn bytes_are_those_of_the_texts_that_are_stored() {
    let client = "acme".parse().unwrap();
    let Ok(Submission::One(entry)) = Submission::parse(ENTRY.as_bytes(), &client, EVENING) else {
        panic!("it is one");
    };
    assert_eq!(LogEntry::text_len(&entry), 37);
    let f = Fixture::new();
    let logs = f.logs("acme", bytes(3 * 37));
    append(&logs, &many(2), EVENING, None).await.unwrap();
    let refused = append(&logs, &many(2), EVENING, None).await;
    assert_reached(refused, IngestUnit::Bytes, 111, 74);
    append(&logs, ENTRY, EVENING, None).await.unwrap();
    let refused = append(&logs, ENTRY, EVENING, None).await;
    assert_reached(refused, IngestUnit::Bytes, 111, 111);
}

#[tokio::test]
async fn clients_use_up_their_own_quotas_and_those_without_none() {
    let f = Fixture::new();
    let (acme, widget) = (f.logs("acme", entries(1)), f.logs("widget", entries(1)));
    append(&acme, ENTRY, EVENING, None).await.unwrap();
    append(&widget, ENTRY, EVENING, None).await.unwrap();
    assert!(append(&widget, ENTRY, EVENING, None).await.is_err());
    let unlimited = f.logs("acme", IngestQuota::default());
    append(&unlimited, &many(10), EVENING, None).await.unwrap();
}

#[tokio::test]
async fn a_repeat_uses_up_nothing_and_is_answered_when_the_quota_is_reached() {
    let f = Fixture::new();
    let logs = f.logs("acme", entries(2));
    let claim = |key: &str| {
        Some(Claim {
            key: key.parse().unwrap(),
            body: BodyDigest::of(ENTRY.as_bytes()),
            remembered: Claim::REMEMBERED,
        })
    };
    for key in ["a", "a", "b"] {
        append(&logs, ENTRY, EVENING, claim(key)).await.unwrap();
    }
    append(&logs, ENTRY, EVENING, claim("a")).await.unwrap();
    let refused = append(&logs, ENTRY, EVENING, claim("c")).await;
    assert_reached(refused, IngestUnit::Entries, 2, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_the_quota_comes_through_at_once() {
    let f = Fixture::new();
    let appends = (0..20).map(|_| {
        let logs = f.logs("acme", entries(7));
        tokio::spawn(async move { append(&logs, ENTRY, EVENING, None).await })
    });
    let mut stored = 0;
    for append in appends.collect::<Vec<_>>() {
        stored += usize::from(append.await.unwrap().is_ok());
    }
    assert_eq!(stored, 7);
}
