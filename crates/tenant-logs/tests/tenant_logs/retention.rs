//! Entries that are older than any is kept.

use central_logger_log_store::{
    BodyDigest, Claim, LogSearch, MemoryLogs, RetentionPeriod, Submission, ValidationError,
    ValidationErrors,
};
use central_logger_tenant_logs::{AppendError, Ingestor, TenantLogs};
use std::sync::Arc;
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00:00.123 UTC);
const LAST: &str = "2026-02-28T12:00:00.123Z";
const BEFORE: &str = "2026-02-28T12:00:00.122Z";

fn logs(retention: RetentionPeriod) -> TenantLogs {
    let ingestor = Ingestor::new(Arc::new(MemoryLogs::new()));
    TenantLogs::new(&ingestor, "acme".parse().unwrap()).with_retention(retention)
}

fn a_day() -> RetentionPeriod {
    "1d".parse().unwrap()
}

fn entry(executed_at: &str) -> String {
    format!(r#"{{"environment":"e","executed_at":"{executed_at}","status":"s"}}"#)
}

async fn append(logs: &TenantLogs, body: &str, claim: Option<Claim>) -> Result<(), AppendError> {
    let submission = Submission::parse(body.as_bytes(), logs.client(), NOW).unwrap();
    logs.append(NOW, submission, claim).await.map(drop)
}

fn refused(appended: Result<(), AppendError>) -> Vec<ValidationError> {
    match appended {
        Err(AppendError::TooOld(errors)) => errors.into_parts().0,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_entry_older_than_the_term_is_refused_and_the_term_is_named() {
    let logs = logs(a_day());
    append(&logs, &entry(LAST), None).await.unwrap();
    let errors = refused(append(&logs, &entry(BEFORE), None).await);
    let message = "must not lie before 2026-02-28T12:00:00.123Z: entries are kept for 1d";
    assert_eq!(errors, [ValidationError::new("executed_at", message)]);
}

#[tokio::test]
async fn of_several_entries_those_that_are_too_old_are_named_and_none_is_stored() {
    let logs = logs(a_day());
    let body = format!("[{},{},{}]", entry(BEFORE), entry(LAST), entry(BEFORE));
    let errors = refused(append(&logs, &body, None).await);
    let indices: Vec<_> = errors.iter().map(|error| error.index).collect();
    assert_eq!(indices, [Some(0), Some(2)]);
    assert!(
        logs.page(&LogSearch::default())
            .await
            .unwrap()
            .logs
            .is_empty()
    );

    let many = vec![entry(BEFORE); Submission::MAX_ENTRIES].join(",");
    let errors = refused(append(&logs, &format!("[{many}]"), None).await);
    assert_eq!(errors.len(), ValidationErrors::MAX_LISTED);
}

#[tokio::test]
async fn without_a_term_no_entry_is_too_old() {
    let logs = logs(RetentionPeriod::Forever);
    append(&logs, &entry("1970-01-01T00:00:00Z"), None)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_repeat_is_answered_as_the_first_was_although_its_entry_has_become_too_old() {
    let logs = logs(RetentionPeriod::Forever);
    let body = entry(BEFORE);
    let claim = Claim {
        key: "once".parse().unwrap(),
        body: BodyDigest::of(body.as_bytes()),
        remembered: Claim::REMEMBERED,
    };
    append(&logs, &body, Some(claim.clone())).await.unwrap();
    let logs = logs.with_retention(a_day());
    append(&logs, &body, Some(claim)).await.unwrap();
    refused(append(&logs, &body, None).await);
}
