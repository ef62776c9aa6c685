//! Rules, as clients write them and as they are applied.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_intake::{Head, RuleField, Rules, named};
use central_logger_log_store::LogEntry;
use time::{OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

fn applied(rules: &str, protocol: &str, path: &str, body: &str) -> LogEntry {
    let rules: Rules = rules.parse().unwrap();
    let head = Head::new("POST", path, "").with_header("content-type", b"application/json");
    let batch = named(protocol).unwrap().read(&head, body.as_bytes(), NOW);
    let (mut entries, _) = rules.apply(batch.unwrap(), NOW).unwrap().into_parts();
    entries.remove(0)
}

#[test]
fn a_rule_comes_before_the_protocol_and_a_default_behind_it() {
    let rules = r#"{"workflow":["x"],"environment":{"default":"prod"}}"#;
    assert!(rules.parse::<Rules>().is_err());
    let rules = r#"{
        "workflow": "namespace", "environment": {"from": "zone", "default": "prod"},
        "status": {"from": "state", "values": {"ok": "SUCCESS"}}, "run_id": "run.number",
        "executed_at": "finished", "event_id": "run.id"}"#;
    let body = r#"{"app":"shop","namespace":"orders","state":"ok","env":"test","msg":"done",
        "finished":1766572200250,"run":{"number":7,"id":"r-7"}}"#;
    let entry = applied(rules, "hook", "/hooks/x", body);
    assert_eq!(entry.workflow(), Some("orders"));
    assert_eq!((entry.environment(), entry.status()), ("test", "SUCCESS"));
    assert_eq!(entry.executed_at().as_str(), "2025-12-24T10:30:00.25Z");
    assert_eq!(
        (entry.event_id(), entry.message()),
        (Some("r-7"), Some("done"))
    );
    let extra: serde_json::Value = serde_json::from_str(entry.extra().unwrap()).unwrap();
    assert_eq!(extra["app"], "shop", "{extra}");
    assert_eq!(extra["run_id"], "7");
    assert_eq!(extra["state"], "ok");

    let entry = applied(rules, "hook", "/hooks/x", r#"{"state":"odd","zone":""}"#);
    assert_eq!((entry.environment(), entry.status()), ("prod", "odd"));
    assert_eq!(entry.executed_at().as_str(), "2026-03-01T12:00:00Z");
}

#[test]
fn what_became_a_field_is_found_by_the_name_that_it_had() {
    let rules = r#"{"environment":"app","workflow":"message","message":"level"}"#;
    let body = r#"{"app":"shop","msg":"done","level":"WARN"}"#;
    let entry = applied(rules, "hook", "/hooks/x", body);
    assert_eq!(entry.environment(), "shop");
    assert_eq!(
        (entry.workflow(), entry.message()),
        (Some("done"), Some("WARN"))
    );
    assert_eq!(entry.extra(), Some(r#"{"app":"shop","msg":"done"}"#));
}

#[test]
fn what_has_the_name_of_a_field_is_found_by_it() {
    let rules = r#"{"workflow":"workflow.name","status":"status","message":"id"}"#;
    let body = r#"{"workflow":{"name":"n8n"},"status":200,"id":"x"}"#;
    let entry = applied(rules, "hook", "/hooks/x", body);
    assert_eq!((entry.workflow(), entry.status()), (Some("n8n"), "200"));
    assert_eq!(entry.message(), Some("x"));
}

#[test]
fn labels_and_resources_are_found_by_their_names() {
    let loki = r#"{"streams":[{"stream":{"app":"shop","pod":"p-7"},"values":[["1766572200250000000","full"]]}]}"#;
    let entry = applied(r#"{"workflow":"pod"}"#, "loki", "/loki/api/v1/push", loki);
    assert_eq!(entry.workflow(), Some("p-7"));
    let otlp = r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"k8s.pod","value":{"stringValue":"p-8"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1766572200250000000","body":{"stringValue":"full"}}]}]}]}"#;
    let entry = applied(r#"{"workflow":"k8s.pod"}"#, "otlp", "/v1/logs", otlp);
    assert_eq!(
        (entry.workflow(), entry.message()),
        (Some("p-8"), Some("full"))
    );
    assert_eq!(entry.executed_at().as_str(), "2025-12-24T10:30:00.25Z");
}

#[test]
fn rules_that_find_nothing_are_named_and_repeats_stay_repeats() {
    let rules: Rules = r#"{"workflow":"a","status":"b","environment":{"default":"x"}}"#
        .parse()
        .unwrap();
    let read = |body: &[u8]| {
        named("hook")
            .unwrap()
            .read(&Head::default(), body, NOW)
            .unwrap()
    };
    let batch = read(br#"[{"a":"1"},{"a":{}}]"#);
    assert_eq!(rules.without_effect(&batch), [RuleField::Status]);
    let batch = read(br#"{"time":"2026-03-01T11:00:00.25Z","a":"1"}"#);
    assert!(rules.apply(batch, NOW).unwrap().is_repeatable());
    assert!(!rules.apply(read(b"{}"), NOW).unwrap().is_repeatable());
    let head = Head::default().with_header("x-github-delivery", b"72d3");
    let hook = named("hook").unwrap();
    let batch = hook.read(&head, br#"{"workflow_run":{"name":"Build"}}"#, NOW);
    let github = Rules::of("github").unwrap();
    assert!(github.apply(batch.unwrap(), NOW).unwrap().is_repeatable());
}

#[test]
fn what_is_written_is_read_again() {
    let text = r#"{"environment":{"default":"prod"},"status":{"from":["state"],"values":{"ok":"SUCCESS"}},"workflow":{"from":["job.name","job"]}}"#;
    let rules: Rules = text.parse().unwrap();
    assert_eq!(serde_json::to_string(&rules).unwrap(), text);
    let short: Rules = r#"{"workflow":"job"}"#.parse().unwrap();
    assert_eq!(short, r#"{"workflow":{"from":"job"}}"#.parse().unwrap());
}

#[test]
fn what_is_wrong_is_said() {
    let many = format!(
        "{{\"workflow\":{{\"from\":[{}\"a\"]}}}}",
        "\"a\",".repeat(16)
    );
    for (sent, fault) in [
        ("[]", "rules are an object with a member for each field"),
        (
            "{\"workflow\":7}",
            "workflow must be the name of a foreign field, or an object",
        ),
        (
            "{\"workflow\":{\"of\":7}}",
            "workflow.of is unknown: a rule has from, values and default",
        ),
        ("{\"workflow\":{}}", "workflow needs from or default"),
        (
            "{\"workflow\":\"\"}",
            "workflow.from must have 1 to 256 bytes without NUL",
        ),
        (
            "{\"status\":{\"values\":{\"a\":\"b\"},\"default\":\"c\"}}",
            "status.values needs from",
        ),
        (
            "{\"event_id\":{\"default\":\"7\"}}",
            "event_id.default is not possible: it differs from entry to entry",
        ),
        (&many, "workflow.from has more than 16 names"),
    ] {
        let error = sent.parse::<Rules>().unwrap_err();
        assert_eq!(error.to_string(), fault, "{sent}");
    }
}

#[test]
fn all_are_rules() {
    for name in Rules::KNOWN {
        assert!(Rules::of(name).is_some(), "{name}");
    }
    assert!(Rules::of("cron").is_none());
}

#[test]
fn names_and_dots_lead_to_values() {
    let json =
        r#"{"a.b":"whole","a":{"c":{"d":7},"e.f":true,"g":null},"list":[{"x":"first"},["in"]]}"#;
    for (path, expected) in [
        ("a.b", Some("whole")),
        ("a.c.d", Some("7")),
        ("a.e.f", Some("true")),
        ("a.g", None),
        ("a.c", None),
        ("list.0.x", Some("first")),
        ("list.1.0", Some("in")),
        ("list.2", None),
        ("list.x", None),
        ("...", None),
    ] {
        let rules = format!("{{\"workflow\":\"{path}\"}}");
        let entry = applied(&rules, "hook", "/hooks/x", json);
        assert_eq!(entry.workflow(), expected, "{path}");
    }
}
