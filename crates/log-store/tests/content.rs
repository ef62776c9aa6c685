//! Which entries a search for words and attributes asks for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_keys::ClientId;
use central_logger_log_store::{LogSearch, StoredLog, Submission, ValidationErrors};
use time::macros::datetime;

fn log(members: &str) -> StoredLog {
    let client: ClientId = "acme".parse().unwrap();
    let now = datetime!(2026-03-01 12:00 UTC);
    let json = format!(
        r#"{{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s",{members}}}"#
    );
    match Submission::parse(json.as_bytes(), &client, now) {
        Ok(Submission::One(entry)) => StoredLog::new(&client, now, &entry),
        other => panic!("{other:?}"),
    }
}

fn search(pairs: &[(&str, &str)]) -> Result<LogSearch, ValidationErrors> {
    let owned = pairs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    LogSearch::from_pairs(owned)
}

#[test]
fn all_words_must_be_there_whole_and_in_any_case() {
    let log = log(r#""message":"ÜBER 12 rows: time-out at host_7 in İstanbul""#);
    for (q, matches) in [
        ("über", true),
        ("ROWS 12", true),
        ("time-out", true),
        ("out time", true),
        ("timeout", false),
        ("row", false),
        ("rows 13", false),
        ("host", true),
        ("İstanbul", true),
    ] {
        assert_eq!(
            search(&[("q", q)]).unwrap().matches(&log.candidate()),
            matches,
            "{q}"
        );
    }
}

#[test]
fn members_are_compared_as_text() {
    let log = log(
        r#""a":"x","n":1.50,"b":true,"z":null,"l":[1],"ü\"":"q\u0041","d":"one","d":"two","":"e""#,
    );
    for (name, value, matches) in [
        ("a", "x", true),
        ("a", "X", false),
        ("n", "1.50", true),
        ("n", "1.5", false),
        ("b", "true", true),
        ("z", "null", true),
        ("z", "", false),
        ("l", "[1]", false),
        ("ü\"", "qA", true),
        ("d", "one", true),
        ("d", "two", true),
        ("", "e", true),
        ("environment", "e", false),
        ("absent", "", false),
    ] {
        let search = search(&[(&format!("attr.{name}"), value)]).unwrap();
        assert_eq!(search.matches(&log.candidate()), matches, "{name}={value}");
    }
    let both = search(&[("attr.a", "x"), ("attr.b", "false")]).unwrap();
    assert!(!both.matches(&log.candidate()));
}

#[test]
fn what_makes_no_sense_is_refused() {
    for pairs in [
        &[("q", "")][..],
        &[("q", " -*- ")],
        &[("q", "a b c d e f g h i j k l m n o p q")],
        &[("q", "a"), ("q", "a")],
        &[("attr.a", "x"), ("attr.a", "y")],
    ] {
        assert_eq!(search(pairs).unwrap_err().len(), 1, "{pairs:?}");
    }
}
