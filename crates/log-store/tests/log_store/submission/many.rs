//! Several entries in a body, and several errors.

use super::{NOW, acme, errors, good, parse, with};
use central_logger_log_store::{Submission, SubmissionError, ValidationErrors};
use proptest::prelude::*;
use serde_json::{Value, json};

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
