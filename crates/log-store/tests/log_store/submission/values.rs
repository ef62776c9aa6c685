//! What each member may be.

use super::{accepted, errors, good, one_error, parse, with};
use central_logger_log_store::{Submission, SubmissionError};
use serde_json::{Value, json};

#[test]
fn each_wrong_value_is_named_with_what_is_right() {
    for (field, value, message) in [
        ("environment", json!(""), "must have 1 to 64 characters"),
        (
            "environment",
            json!("e".repeat(65)),
            "must have 1 to 64 characters",
        ),
        ("environment", json!(7), "must be a string"),
        ("environment", json!(null), "must be a string"),
        ("status", json!(""), "must have 1 to 64 characters"),
        ("status", json!(["ok"]), "must be a string"),
        (
            "workflow",
            json!("w".repeat(257)),
            "must have at most 256 characters",
        ),
        (
            "message",
            json!("m".repeat(64 * 1024 + 1)),
            "must have at most 64 KiB",
        ),
        (
            "event_id",
            json!(""),
            "must have 1 to 128 visible ASCII characters",
        ),
        (
            "event_id",
            json!("a b"),
            "must have 1 to 128 visible ASCII characters",
        ),
        (
            "event_id",
            json!("e".repeat(129)),
            "must have 1 to 128 visible ASCII characters",
        ),
        (
            "executed_at",
            json!("NaN"),
            "must be an RFC 3339 time such as 2025-12-24T10:30:00Z",
        ),
        (
            "executed_at",
            json!("1969-12-31T23:59:59Z"),
            "must not lie before 1970",
        ),
        (
            "executed_at",
            json!("2026-03-02T12:00:01Z"),
            "must not lie more than 24 hours ahead",
        ),
        ("executed_at", json!(1_766_572_200), "must be a string"),
        (
            "client_id",
            json!("widget"),
            "is not the client of this API key: leave it out",
        ),
        (
            "client_id",
            json!(null),
            "is not the client of this API key: leave it out",
        ),
        (
            "id",
            json!("x"),
            "is the server's: leave it out (event_id is yours)",
        ),
        ("received_at", json!(null), "is the server's: leave it out"),
    ] {
        let found = one_error(with(field, value));
        assert_eq!(found, (field.to_owned(), message.to_owned()));
    }
}

#[test]
fn limits_count_characters_where_they_say_characters() {
    let entry = accepted(with("environment", json!("ü".repeat(64))));
    assert_eq!(entry.environment().chars().count(), 64);
    assert_eq!(
        accepted(with("workflow", json!("🚀".repeat(256))))
            .workflow()
            .unwrap()
            .len(),
        1024
    );
    assert_eq!(
        accepted(with("message", json!("m".repeat(65_536))))
            .message()
            .unwrap()
            .len(),
        65_536
    );
}

#[test]
fn what_is_missing_is_named() {
    let fields: Vec<_> = errors("{}")
        .into_iter()
        .map(|error| (error.field, error.message))
        .collect();
    let required = |field: &str| (field.to_owned(), "is required".to_owned());
    assert_eq!(
        fields,
        ["environment", "executed_at", "status"].map(required)
    );
}

#[test]
fn null_is_nothing_in_an_optional_member_and_a_value_in_a_further_one() {
    let mut body = good();
    for field in ["workflow", "message", "event_id", "further"] {
        body[field] = Value::Null;
    }
    let entry = accepted(body);
    assert_eq!(
        (entry.workflow(), entry.message(), entry.event_id()),
        (None, None, None)
    );
    assert_eq!(entry.extra(), Some(r#"{"further":null}"#));
}

#[test]
fn a_known_member_given_twice_is_refused_and_a_further_one_is_kept_twice() {
    let body =
        r#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"a","status":"b"}"#;
    assert_eq!(one_error(body), ("status".into(), "is given twice".into()));
    let body =
        r#"{"x":1,"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"a","x":2}"#;
    assert_eq!(accepted(body).extra(), Some(r#"{"x":1,"x":2}"#));
}

#[test]
fn no_value_beside_a_value_is_given_twice() {
    for members in [
        r#""workflow":"a","workflow":null"#,
        r#""workflow":null,"workflow":"a""#,
        r#""workflow":null,"workflow":null"#,
    ] {
        let body = format!(
            r#"{{"environment":"e","status":"s","executed_at":"2026-03-01T12:00:00Z",{members}}}"#
        );
        let error = ("workflow".into(), "is given twice".into());
        assert_eq!(one_error(&body), error, "{body}");
    }
}

#[test]
fn a_known_name_is_known_in_any_spelling() {
    let body =
        r#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","st\u0061tus":"a","i\u0064":1}"#;
    assert_eq!(one_error(body).0, "id");
}

#[test]
fn sizes_end_where_the_contract_says() {
    let filled = |size: usize| {
        let empty = with("x", json!("")).to_string().len();
        with("x", json!("x".repeat(size - empty))).to_string()
    };
    assert!(parse(filled(256 * 1024)).is_ok());
    assert_eq!(
        one_error(filled(256 * 1024 + 1)).1,
        "an entry has at most 256 KiB"
    );

    let array = |count| format!("[{}]", vec![good().to_string(); count].join(","));
    let Ok(Submission::Many(entries)) = parse(array(10_000)) else {
        panic!("10,000 entries are accepted");
    };
    assert_eq!(entries.len(), 10_000);
    assert_eq!(parse(array(10_001)), Err(SubmissionError::TooManyEntries));
}
