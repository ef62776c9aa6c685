use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogEntry, StoredLog, Submission, SubmissionError, ValidationErrors,
};
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use time::macros::datetime;

/// A body is refused for what is wrong with it, or every entry comes back with all that was sent, under
/// the client whose key it came with.
pub fn submission(data: &[u8]) {
    let client: ClientId = "acme_corp".parse().expect("a client id");
    let now = datetime!(2026-03-01 12:00 UTC);
    let unmarked = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    let is_json =
        str::from_utf8(unmarked).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    match Submission::parse(data, &client, now) {
        Err(SubmissionError::Syntax { line, .. }) => assert!(!is_json && line <= data.len() + 1),
        Err(SubmissionError::TooManyEntries) => assert!(data.len() > Submission::MAX_ENTRIES),
        Err(SubmissionError::Invalid(errors)) => {
            assert!(is_json);
            assert!((1..=ValidationErrors::MAX_LISTED).contains(&errors.len()));
            assert!(errors.more() == 0 || errors.len() == ValidationErrors::MAX_LISTED);
            for error in errors {
                assert!(FIELDS.contains(&&*error.field), "{}", error.field);
            }
        }
        Err(other) => panic!("an error that is not described: {other:?}"),
        Ok(accepted) => {
            assert!(is_json);
            let entries = match &accepted {
                Submission::One(entry) => std::slice::from_ref(entry),
                Submission::Many(entries) => entries,
            };
            let stored: Vec<_> = entries
                .iter()
                .map(|entry| come_back(entry, &client, data.len()))
                .collect();
            // Numbers that no f64 holds, and depths, are kept as text that this library does not read.
            match serde_json::from_slice(unmarked) {
                Ok(Value::Array(sent)) => assert_eq!(stored, expected(sent)),
                Ok(sent) => assert_eq!(stored, expected(vec![sent])),
                Err(_) => {}
            }
        }
    }
}

/// What an error may be about; nothing of what was sent.
const FIELDS: [&str; 10] = [
    "",
    "environment",
    "executed_at",
    "status",
    "workflow",
    "message",
    "event_id",
    "client_id",
    "id",
    "received_at",
];

/// What a reader gets, without the server's own members; null where this library cannot read it.
fn come_back(entry: &LogEntry, client: &ClientId, sent: usize) -> Value {
    assert!((1..=64).contains(&entry.environment().chars().count()));
    assert!((1..=64).contains(&entry.status().chars().count()));
    assert!(
        entry.weight() <= sent + 256,
        "an entry weighs what was sent"
    );
    let stored = StoredLog::new(client, datetime!(2026-03-01 12:00 UTC), entry);
    let json = serde_json::to_string(&stored).expect("an entry that was accepted can be shown");
    let Ok(Value::Object(mut members)) = serde_json::from_str(&json) else {
        return Value::Null;
    };
    assert_eq!(members.remove("client_id"), Some("acme_corp".into()));
    for name in ["id", "received_at"] {
        assert!(members.remove(name).is_some());
    }
    Value::Object(members)
}

/// What was sent, without what a client may say and is not kept.
fn expected(sent: Vec<Value>) -> Vec<Value> {
    let kept = |sent: Value| {
        let Value::Object(members) = sent else {
            panic!("an entry that is no object was accepted");
        };
        let is_kept = |name: &str, value: &Value| match name {
            "client_id" => false,
            "workflow" | "message" | "event_id" => !value.is_null(),
            _ => true,
        };
        let kept: Map<_, _> = members
            .into_iter()
            .filter(|(name, value)| is_kept(name, value))
            .collect();
        Value::Object(kept)
    };
    sent.into_iter().map(kept).collect()
}
