//! Which entries a search for words and attributes asks for.

use central_logger_keys::ClientId;
use central_logger_log_store::{
    LogFilter, LogSearch, StoredLog, Submission, ValidationErrors, queries::ValueFilter,
};
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
fn a_line_is_the_entry_as_json_without_line_ends() {
    let several_lines = "\"a\":{\n  \"b\":\r\n1.50,\"\\u0061\":\"x\\ny\"}";
    for members in [
        several_lines,
        r#""message":"two\nlines""#,
        r#""event_id":"1","é":null"#,
    ] {
        let log = log(members);
        let json = serde_json::to_string(&log).unwrap();
        let expected = json.replace(['\n', '\r'], " ");
        assert_eq!(
            String::from_utf8(log.json_line().unwrap()).unwrap(),
            expected
        );
        let mut lines = b"before".to_vec();
        log.write_json_line(&mut lines).unwrap();
        assert_eq!(
            String::from_utf8(lines).unwrap(),
            format!("before{expected}")
        );
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    for pairs in [
        &[("q", "")][..],
        &[("q", " -*- ")],
        &[("q", "a b c d e f g h i j k l m n o p q")],
        &[("q", "a"), ("q", "a")],
        &[("not.q", "a")],
        &[("attr.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17", "x")],
    ] {
        assert_eq!(search(pairs).unwrap_err().len(), 1, "{pairs:?}");
    }
}

#[test]
fn several_values_mean_any_of_them() {
    let log = log(r#""workflow":"etl","a":"x""#);
    for (pairs, matches) in [
        (&[("status", "t"), ("status", "s")][..], true),
        (&[("status", "t"), ("status", "u")], false),
        (
            &[("status", "s"), ("status", "s"), ("workflow", "etl")],
            true,
        ),
        (&[("workflow", "other"), ("workflow", "etl")], true),
        (
            &[("environment", "e"), ("environment", "f"), ("status", "t")],
            false,
        ),
        (&[("attr.a", "y"), ("attr.a", "x")], true),
        (&[("attr.a", "y"), ("attr.a", "z")], false),
        (&[("attr.a", "x"), ("attr.b", "x")], false),
    ] {
        let search = search(pairs).unwrap();
        assert_eq!(search.matches(&log.candidate()), matches, "{pairs:?}");
    }
}

#[test]
fn what_an_entry_lacks_is_not_excluded() {
    let named = log(r#""workflow":"etl","host":"h7","n":[1]"#);
    let nameless = log(r#""message":"m""#);
    for (pairs, matches) in [
        (&[("not.status", "s")][..], [false, false]),
        (&[("not.status", "t"), ("not.status", "u")], [true, true]),
        (&[("not.status", "t"), ("not.status", "s")], [false, false]),
        (&[("not.environment", "e")], [false, false]),
        (&[("not.workflow", "etl")], [false, true]),
        (&[("not.attr.host", "h7")], [false, true]),
        (&[("not.attr.host", "h8")], [true, true]),
        (&[("not.attr.n", "[1]")], [true, true]),
        (
            &[("attr.host", "h7"), ("not.attr.host", "h7")],
            [false, false],
        ),
        (
            &[("attr.host", "h7"), ("not.attr.host", "h8")],
            [true, false],
        ),
        (&[("status", "s"), ("not.workflow", "etl")], [false, true]),
    ] {
        let search = search(pairs).unwrap();
        let found = [&named, &nameless].map(|log| search.matches(&log.candidate()));
        assert_eq!(found, matches, "{pairs:?}");
    }
}

#[test]
fn a_path_leads_to_what_no_member_is_called() {
    let log = log(
        r#""a":{"b":1,"c":{"d":"deep","":"e"},"b.c":{"d":"x"}},"a.c":{"d":"long"},"p.q":"flat",
        "p":{"q":"nested"},"\u0072":{"s\u002et":2},"t":{"u":1},"t":{"u":2},"l":[{"b":1}]"#,
    );
    for (path, value, matches) in [
        ("a.b", "1", true),
        ("a.b.c.d", "x", true),
        ("a.c.d", "long", true),
        // A longer name goes before a shorter one.
        ("a.c.d", "deep", false),
        ("a.c.", "e", true),
        ("p.q", "flat", true),
        ("p.q", "nested", false),
        ("r.s.t", "2", true),
        ("t.u", "1", true),
        ("t.u", "2", true),
        ("a", "1", false),
        ("a.b.x", "1", false),
        ("l.b", "1", false),
        (".a.b", "1", false),
        ("..", "", false),
    ] {
        let asked = search(&[(&format!("attr.{path}"), value)]).unwrap();
        assert_eq!(asked.matches(&log.candidate()), matches, "{path}={value}");
        let excluded = search(&[(&format!("not.attr.{path}"), value)]).unwrap();
        assert_eq!(
            excluded.matches(&log.candidate()),
            !matches,
            "{path}={value}"
        );
    }
}

#[test]
fn values_and_members_are_bounded() {
    let values = |name: &str, count: usize| {
        let pairs = (0..count).map(|value| (name.to_owned(), value.to_string()));
        LogSearch::from_pairs(pairs).map_err(|errors| errors[0].message.clone())
    };
    for name in ["status", "not.workflow", "attr.a", "not.attr.a"] {
        assert!(values(name, ValueFilter::MAX_VALUES).is_ok());
        let refused = values(name, ValueFilter::MAX_VALUES + 1);
        assert_eq!(refused, Err("has more than 32 values".to_owned()));
    }
    let members = |count: usize| {
        let pairs = (0..count).map(|name| (format!("not.attr.{name}"), String::new()));
        LogSearch::from_pairs(pairs).map_err(|errors| errors[0].message.clone())
    };
    assert!(members(LogFilter::MAX_TERMS).is_ok());
    let refused = members(LogFilter::MAX_TERMS + 1);
    assert_eq!(refused, Err("is one of more than 16 members".to_owned()));
}
