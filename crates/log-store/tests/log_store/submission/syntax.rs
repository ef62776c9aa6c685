//! What is no JSON, or none of an entry.

use super::{NOW, acme, good, one_error, parse};
use central_logger_log_store::{Submission, SubmissionError};
use proptest::prelude::*;

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

proptest! {
    #[test]
    fn any_bytes_get_an_answer(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(body);
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
