//! What is accepted from a client, and what each refusal says.

use central_logger_keys::ClientId;
use central_logger_log_store::{
    Cursor, LogEntry, LogQuery, LogSearch, StoredLog, Submission, SubmissionError, ValidationError,
    ValidationErrors,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
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
fn broken_json_is_a_syntax_error_with_its_place_and_nothing_of_the_body() {
    for (body, line, column) in [
        (&b""[..], 1, 0),
        (b"   ", 1, 3),
        (b"{\"a\":1,}", 1, 8),
        (b"{\n\"secret\": nope}", 2, 12),
        (b"{\"a\": NaN}", 1, 7),
        (b"{\"a\": 1} x", 1, 10),
        (b"[{}, {]", 1, 7),
        (b"[1,2", 1, 4),
        (b"{\"a\": \"\x01\"}", 1, 7),
        (b"{\"a\":\n \"\xff\"}", 2, 3),
    ] {
        let error = parse(body).unwrap_err();
        assert_eq!(error, SubmissionError::Syntax { line, column }, "{body:?}");
        assert!(!error.to_string().contains("secret"));
    }
}

#[test]
fn json_that_is_no_entry_is_refused() {
    for body in ["null", "1", "\"text\"", "true"] {
        assert_eq!(one_error(body).1, "an entry is a JSON object");
    }
    assert_eq!(one_error("[]").1, "the body holds no entry");
}

#[test]
fn nul_and_lone_surrogates_are_refused_wherever_they_stand() {
    for (member, message) in [
        (
            r#""message":"a\u0000b""#,
            "an entry must not contain a NUL character",
        ),
        (
            r#""further":{"a":["\u0000"]}"#,
            "an entry must not contain a NUL character",
        ),
        (r#""\u0000":1"#, "an entry must not contain a NUL character"),
        (
            r#""x":"\ud800""#,
            "an entry must not contain a lone surrogate (half of a \\u pair)",
        ),
    ] {
        let body = format!(
            r#"{{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s",{member}}}"#
        );
        assert_eq!(one_error(body).1, message, "{member}");
    }
}

#[test]
fn deep_json_is_refused_without_harm() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let body = |depth| {
        format!(
            r#"{{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s","x":{}}}"#,
            nested(depth)
        )
    };
    assert!(parse(body(127)).is_ok());
    let too_deep = "an entry must not be nested more than 128 levels deep";
    assert_eq!(one_error(body(128)).1, too_deep);
    assert_eq!(one_error(body(100_000)).1, too_deep);
    let unclosed = "[".repeat(1_000_000);
    assert!(matches!(
        parse(unclosed),
        Err(SubmissionError::Syntax { .. })
    ));
    assert!(matches!(
        parse(nested(1_000_000)),
        Err(SubmissionError::Invalid(_))
    ));
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

#[test]
fn one_bad_entry_among_a_thousand_is_named_by_its_index() {
    let mut entries = vec![good(); 1000];
    entries[617] = with("status", json!(""));
    let found = errors(json!(entries));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].index, found[0].field.as_str()),
        (Some(617), "status")
    );

    let found = errors(json!(vec![json!({}); 1000]));
    assert_eq!(found.len(), ValidationErrors::MAX_LISTED);
    let found = errors(json!([good(), 7]));
    assert_eq!(
        (found[0].index, found[0].message.as_str()),
        (Some(1), "an entry is a JSON object")
    );
}

#[test]
fn a_query_names_every_wrong_parameter() {
    let pairs = [
        ("limit", "0"),
        ("order", "up"),
        ("from", "yesterday"),
        ("cursor", "zz"),
        ("color", "red"),
        ("limit", "1"),
        ("not.color", "red"),
        ("status", ""),
        ("not.environment", ""),
        ("workflow", "a\0b"),
        ("attr.a", "a\0b"),
        ("not.attr.a\0b", ""),
    ];
    let owned = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let errors = LogSearch::from_pairs(owned).unwrap_err();
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "limit",
            "order",
            "from",
            "cursor",
            "color",
            "limit",
            "not.color",
            "status",
            "not.environment",
            "workflow",
            "attr.a",
            "not.attr.a\0b",
        ]
    );
    for limit in ["1001", "-1", "ten", ""] {
        assert!(LogQuery::from_pairs([("limit".to_owned(), limit.to_owned())]).is_err());
    }
}

#[test]
fn further_members_come_back_in_their_own_spelling() {
    let further = r#""\u0061\/b":1.50,"x":{"\u00e9": "\u00E9\/"},"x":2,"":null"#;
    let known = r#""environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s""#;
    let entry = accepted(format!("{{{known},{further}}}"));
    let json = serde_json::to_string(&StoredLog::new(&acme(), NOW, &entry)).unwrap();
    assert!(
        json.ends_with(&format!(r#""status":"s",{further}}}"#)),
        "{json}"
    );
}

fn further_members() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[^\0]{0,20}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z]{1,5}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    proptest::collection::btree_map("x_[^\0]{0,8}", value, 0..6)
        .prop_map(|map| map.into_iter().collect())
}

proptest! {
    #[test]
    fn any_bytes_get_an_answer(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(body);
    }

    #[test]
    fn further_members_come_back_at_the_same_place(members in further_members()) {
        let mut body = good();
        body.as_object_mut().unwrap().extend(members.clone());
        let stored = StoredLog::new(&acme(), NOW, &accepted(&body));
        // Both sides are read from text: reading a float may round it.
        let sent: Value = serde_json::from_str(&body.to_string()).unwrap();
        let shown: Value = serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
        for (name, value) in sent.as_object().unwrap() {
            prop_assert_eq!(&shown[name], value);
        }
        prop_assert_eq!(shown.as_object().unwrap().len(), 6 + members.len());
    }

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does(text in "[0-9a-zA-Z_-]{0,40}", id in any::<u128>()) {
        let cursor: Cursor = format!("{id:032x}").parse().unwrap();
        prop_assert_eq!(cursor.to_string(), format!("{id:032x}"));
        prop_assert_eq!(uuid::Uuid::from_u128(id).to_string().parse(), Ok(cursor));
        if let Ok(cursor) = text.parse::<Cursor>() {
            prop_assert_eq!(cursor.to_string(), text.to_lowercase().replace('-', ""));
        }
    }
}

#[test]
fn lines_are_parsed_one_by_one() {
    let lines = |text: &str| Submission::parse_lines(text.as_bytes(), &acme(), NOW);
    let two = format!("{}\r\n \n{}", good(), good());
    assert!(matches!(lines(&two), Ok(Submission::Many(entries)) if entries.len() == 2));
    let syntax = |line, column| Err(SubmissionError::Syntax { line, column });
    assert_eq!(lines(&format!("{}\n{{}}}}", good())), syntax(2, 3));
    let not_text = [b"\n\n \xff", good().to_string().as_bytes()].concat();
    assert_eq!(
        Submission::parse_lines(&not_text, &acme(), NOW),
        syntax(3, 2)
    );
    match lines(&format!("\n{}\n{}", good(), with("status", json!(7)))) {
        Err(SubmissionError::Invalid(errors)) => {
            assert_eq!((errors[0].index, &*errors[0].field), (Some(1), "status"));
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn lines_are_accepted_as_the_array_of_them_is(
        messages in prop::collection::vec("[ -~]{0,20}", 1..9),
    ) {
        let entries: Vec<_> = messages.iter().map(|text| with("message", json!(text))).collect();
        let lines: Vec<_> = entries.iter().map(Value::to_string).collect();
        let of_lines = Submission::parse_lines(lines.join("\n").as_bytes(), &acme(), NOW);
        let (Ok(Submission::Many(of_lines)), Ok(Submission::Many(of_array))) =
            (of_lines, parse(Value::Array(entries).to_string()))
        else {
            panic!("refused");
        };
        prop_assert_eq!(of_lines.len(), of_array.len());
    }
}

#[test]
fn a_hundred_errors_are_listed_and_all_are_counted() {
    let members = vec![r#""id":1"#; 1000].join(",");
    let repeated = format!("{{{members}}}");
    for (body, count) in [
        (json!(vec![json!({}); 1000]).to_string(), 3000),
        (repeated.clone(), 1003),
        (format!("[{repeated},{repeated}]"), 2006),
    ] {
        match parse(&body) {
            Err(SubmissionError::Invalid(errors)) => {
                assert_eq!(errors.len(), ValidationErrors::MAX_LISTED);
                assert_eq!(errors.len() + errors.more(), count);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_mark_of_the_byte_order_says_nothing() {
    let (client, now) = (acme(), NOW);
    let (one, mark) = (good().to_string(), "\u{feff}");
    let marked = format!("{mark}{one}");
    let parsed = Submission::parse(marked.as_bytes(), &client, now);
    assert!(matches!(parsed, Ok(Submission::One(_))), "{parsed:?}");
    let marked = format!("{mark}[{one},{one}]");
    let parsed = Submission::parse(marked.as_bytes(), &client, now);
    assert!(matches!(parsed, Ok(Submission::Many(_))), "{parsed:?}");
    let marked = format!("{mark}{one}\r\n{one}\n");
    let parsed = Submission::parse_lines(marked.as_bytes(), &client, now);
    assert!(matches!(parsed, Ok(Submission::Many(entries)) if entries.len() == 2));
    // One is the mark of a text; a second one, or one within, is no JSON.
    for broken in [
        format!("{mark}{mark}{one}"),
        format!("[{mark}{one}]"),
        mark.to_owned(),
    ] {
        let parsed = Submission::parse(broken.as_bytes(), &client, now);
        assert!(
            matches!(parsed, Err(SubmissionError::Syntax { .. })),
            "{parsed:?}"
        );
    }
}
