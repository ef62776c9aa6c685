//! What is accepted from a client, and what each refusal says.

mod further_members;
mod many;
mod queries;
mod syntax;
mod values;

use central_logger_keys::ClientId;
use central_logger_log_store::{LogEntry, Submission, SubmissionError, ValidationError};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

fn acme() -> ClientId {
    "acme".parse().unwrap()
}

fn parse(body: impl AsRef<[u8]>) -> Result<Submission, SubmissionError> {
    Submission::parse(body.as_ref(), &acme(), NOW)
}

fn good() -> Value {
    json!({"environment": "production", "executed_at": "2025-12-24T10:30:00Z", "status": "SUCCESS"})
}

fn with(field: &str, value: Value) -> Value {
    let mut entry = good();
    entry[field] = value;
    entry
}

fn errors(body: impl ToString) -> Vec<ValidationError> {
    match parse(body.to_string()) {
        Err(SubmissionError::Invalid(errors)) => errors.into_parts().0,
        other => panic!("expected errors, found {other:?}"),
    }
}

fn one_error(body: impl ToString) -> (String, String) {
    let mut errors = errors(body);
    assert_eq!(errors.len(), 1, "{errors:?}");
    let error = errors.remove(0);
    (error.field, error.message)
}

fn accepted(body: impl ToString) -> LogEntry {
    match parse(body.to_string()) {
        Ok(Submission::One(entry)) => entry,
        other => panic!("expected one entry, found {other:?}"),
    }
}
