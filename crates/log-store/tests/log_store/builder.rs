//! Entries that are made without JSON, such as out of a protobuf record.

use central_logger_log_store::{
    LogEntry, LogEntryBuilder, StoredLog, Submission, ValidationErrors,
};
use proptest::prelude::*;
use serde::{Serialize, Serializer};
use serde_json::{json, value::RawValue};
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

fn good() -> LogEntryBuilder {
    let mut entry = LogEntry::builder(NOW);
    entry.environment("e").status("s").executed_at_unix_ns(0);
    entry
}

fn errors(built: Result<LogEntry, ValidationErrors>) -> Vec<(String, String)> {
    let errors = built.unwrap_err().into_iter();
    errors.map(|error| (error.field, error.message)).collect()
}

/// What OTLP calls a value.
enum AnyValue {
    Text(&'static str),
    Int(i64),
    Double(f64),
    Array(Vec<AnyValue>),
    Map(Vec<(&'static str, AnyValue)>),
}

impl Serialize for AnyValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(to),
            Self::Int(number) => number.serialize(to),
            Self::Double(number) => number.serialize(to),
            Self::Array(values) => to.collect_seq(values),
            Self::Map(members) => to.collect_map(members.iter().map(|(name, value)| (name, value))),
        }
    }
}

#[test]
fn a_record_becomes_the_entry_that_its_json_would_be() {
    let client = "acme".parse().unwrap();
    let mut entry = LogEntry::builder(NOW);
    entry
        .environment("production")
        .executed_at_unix_ns(1_766_572_200_000_000_000)
        .status("ERROR")
        .workflow(String::from("billing"))
        .message("disk full")
        .event_id("run-7");
    let attributes = [
        ("host \"a\"", AnyValue::Text("db\n1")),
        ("code", AnyValue::Int(i64::MIN)),
        ("load", AnyValue::Double(1.5)),
        (
            "list",
            AnyValue::Array(vec![AnyValue::Map(vec![("x", AnyValue::Int(1))])]),
        ),
    ];
    for (name, value) in &attributes {
        entry.attribute(name, value);
    }
    let json = json!({
        "environment": "production", "executed_at": "2025-12-24T10:30:00Z", "status": "ERROR",
        "workflow": "billing", "message": "disk full", "event_id": "run-7",
    });
    let further = r#""host \"a\"":"db\n1","code":-9223372036854775808,"load":1.5,"list":[{"x":1}]"#;
    let json = json.to_string().replacen('{', &format!("{{{further},"), 1);
    let sent = Submission::parse(json.as_bytes(), &client, NOW);
    assert_eq!(sent, Ok(Submission::One(entry.build().unwrap())));
}

#[test]
fn json_that_is_given_as_text_is_kept_as_it_is_written() {
    let mut entry = good();
    let raw: Box<RawValue> = serde_json::from_str("{\"a\" : 1.50}").unwrap();
    entry.attribute("raw", &raw);
    assert_eq!(
        entry.build().unwrap().extra(),
        Some("{\"raw\":{\"a\" : 1.50}}")
    );
}

#[test]
fn all_that_is_wrong_is_named() {
    let mut entry = LogEntry::builder(NOW);
    entry.environment("").workflow("w".repeat(257));
    entry.executed_at("NaN").event_id("a b");
    entry.message("m".repeat(64 * 1024 + 1));
    let found = errors(entry.build());
    let expected = [
        ("environment", "must have 1 to 64 characters"),
        ("workflow", "must have at most 256 characters"),
        (
            "executed_at",
            "must be an RFC 3339 time such as 2025-12-24T10:30:00Z",
        ),
        ("event_id", "must have 1 to 128 visible ASCII characters"),
        ("message", "must have at most 64 KiB"),
        ("status", "is required"),
    ];
    assert_eq!(
        found,
        expected.map(|(field, message)| (field.into(), message.into()))
    );
    let mut ahead = LogEntry::builder(NOW);
    ahead
        .environment("e")
        .status("s")
        .executed_at_unix_ns(u64::MAX);
    let message = "must not lie more than 24 hours ahead".to_owned();
    assert_eq!(errors(ahead.build()), [("executed_at".into(), message)]);
}

#[test]
fn a_field_is_given_once_and_none_is_an_attribute() {
    let mut entry = good();
    entry.status("other").executed_at("1970-01-01T00:00:00Z");
    let twice = ["status", "executed_at"].map(|field| (field.into(), "is given twice".into()));
    assert_eq!(errors(entry.build()), twice);
    for field in LogEntry::FIELDS {
        let mut entry = good();
        entry.attribute(field, "x");
        let found = errors(entry.build());
        assert_eq!(found.len(), 1, "{field}");
        assert_eq!(found[0].0, field);
    }
}

#[test]
fn nul_characters_and_depth_are_refused_wherever_they_are() {
    let mut entry = LogEntry::builder(NOW);
    entry.environment("a\0").status("s").executed_at_unix_ns(0);
    let found = errors(entry.build());
    assert_eq!(
        found,
        [(
            "environment".into(),
            "must not contain a NUL character".into()
        )]
    );
    let nul = "an entry must not contain a NUL character";
    for (name, value) in [("a\0", "x"), ("a", "x\0")] {
        let mut entry = good();
        entry.attribute(name, value);
        assert_eq!(errors(entry.build()), [(String::new(), nul.into())]);
    }
    let nested = |depth| {
        let text = "[".repeat(depth) + &"]".repeat(depth);
        let mut entry = good();
        entry.attribute("x", &RawValue::from_string(text).unwrap());
        entry.build()
    };
    assert!(nested(127).is_ok());
    let too_deep = "an entry must not be nested more than 128 levels deep";
    assert_eq!(errors(nested(128)), [(String::new(), too_deep.to_owned())]);
}

#[test]
fn what_json_cannot_express_is_refused_and_not_lost() {
    struct Unspeakable;
    impl Serialize for Unspeakable {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("no"))
        }
    }
    let mut entry = good();
    entry.attribute("x", &Unspeakable).attribute("y", &1);
    let message = "an entry has an attribute that JSON cannot express";
    assert_eq!(errors(entry.build()), [(String::new(), message.to_owned())]);
}

#[test]
fn an_entry_has_at_most_so_many_bytes() {
    let filled = |size: usize| {
        let mut entry = good();
        entry.attribute("x", "");
        let empty = entry.build().unwrap().text_len();
        let mut entry = good();
        entry.attribute("x", &"x".repeat(size - empty));
        entry.build()
    };
    assert_eq!(
        filled(LogEntry::MAX_SIZE).unwrap().text_len(),
        LogEntry::MAX_SIZE
    );
    let message = "an entry has at most 256 KiB";
    assert_eq!(
        errors(filled(LogEntry::MAX_SIZE + 1)),
        [(String::new(), message.to_owned())]
    );
}

#[test]
fn errors_of_many_entries_are_gathered_by_their_place() {
    let mut errors = ValidationErrors::default();
    for (index, status) in ["ok", "", "ok", ""].into_iter().enumerate() {
        let mut entry = LogEntry::builder(NOW);
        entry.environment("e").executed_at_unix_ns(0).status(status);
        if let Err(found) = entry.build() {
            errors.extend_from_entry(index, found);
        }
    }
    let indices: Vec<_> = errors.iter().map(|error| error.index).collect();
    assert_eq!(indices, [Some(1), Some(3)]);
}

proptest! {
    #[test]
    fn what_is_built_comes_back(
        name in "[^\0]{0,10}", text in "[^\0]{0,20}", message in "[^\0]{0,20}", at in 0..1_772_000_000_u64,
    ) {
        prop_assume!(!LogEntry::FIELDS.contains(&&*name));
        let mut entry = good();
        entry.message(&*message).attribute(&name, &text);
        let entry = entry.build().unwrap();
        let stored = StoredLog::new(&"acme".parse().unwrap(), NOW, &entry);
        let shown: serde_json::Value = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
        prop_assert_eq!(&shown["message"], &json!(message));
        prop_assert_eq!(&shown[&name], &json!(text));
        let mut entry = LogEntry::builder(NOW);
        entry.environment("e").status("s").executed_at_unix_ns(at * 1_000_000_000);
        prop_assert_eq!(entry.build().unwrap().executed_at().unix_ms(), at * 1000);
    }
}
