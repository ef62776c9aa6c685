//! Members of foreign records that become fields of an entry.

use central_logger_intake::{HOOK, Head};
use central_logger_log_store::LogEntry;
use time::macros::datetime;

/// Reads a field of an entry.
type Field = fn(&LogEntry) -> Option<String>;

fn entry(json: &str) -> LogEntry {
    let now = datetime!(2026-03-01 12:00 UTC);
    let batch = HOOK.read(&Head::default(), json.as_bytes(), now).unwrap();
    let (mut entries, _) = batch.into_parts();
    entries.pop().unwrap()
}

#[test]
fn fields_are_found_and_nothing_is_lost() {
    let found = entry(
        r#"{"@timestamp":"2025-12-24T10:30:00Z","msg":"disk full","level":"ERROR","env":"prod",
            "service":{"name":"shop","id":7},"rows":1.50,"event_id":"run-1"}"#,
    );
    assert_eq!(found.executed_at().as_str(), "2025-12-24T10:30:00Z");
    assert_eq!(found.message(), Some("disk full"));
    assert_eq!((found.status(), found.environment()), ("ERROR", "prod"));
    assert_eq!(found.workflow(), Some("shop"));
    assert_eq!(found.event_id(), Some("run-1"));
    assert_eq!(
        found.extra(),
        Some(r#"{"service":{"name":"shop","id":7},"rows":1.50}"#)
    );
}

#[test]
fn a_name_is_found_alone_and_within_an_object() {
    let workflow = |entry: &LogEntry| entry.workflow().map(str::to_owned);
    let environment = |entry: &LogEntry| Some(entry.environment().to_owned());
    let status = |entry: &LogEntry| Some(entry.status().to_owned());
    let message = |entry: &LogEntry| entry.message().map(str::to_owned);
    let all: [(Field, &[&str]); 4] = [
        (
            workflow,
            &[
                "service.name",
                "service_name",
                "app",
                "programname",
                "logger",
            ],
        ),
        (
            environment,
            &[
                "deployment.environment.name",
                "deployment.environment",
                "service.environment",
                "deployment_environment_name",
                "env",
            ],
        ),
        (
            status,
            &["log.level", "level", "severity", "lvl", "detected_level"],
        ),
        (message, &["msg", "@m", "log", "text"]),
    ];
    for (read, names) in all {
        for name in names {
            let within = name
                .split_once('.')
                .map(|(outer, inner)| format!(r#"{{"other":1,"{outer}":{{"{inner}":"ERROR"}}}}"#));
            let alone = format!(r#"{{"other":1,"{name}":"ERROR"}}"#);
            for json in [alone].into_iter().chain(within) {
                assert_eq!(read(&entry(&json)).as_deref(), Some("ERROR"), "{json}");
            }
        }
    }
}

#[test]
fn what_is_changed_is_kept_as_it_was() {
    let found =
        entry(r#"{"time":1766572200250,"level":30,"status":200,"id":"x","log.level":"warn"}"#);
    assert_eq!(found.executed_at().as_str(), "2025-12-24T10:30:00.25Z");
    assert_eq!(found.status(), "INFO");
    assert_eq!(
        found.extra(),
        Some(
            r#"{"time":1766572200250,"level":30,"original.status":200,"original.id":"x","log.level":"warn"}"#
        )
    );
    let found = entry(r#"{"msg":"first","msg":"second","message":null}"#);
    assert_eq!(found.message(), Some("first"));
    assert_eq!(
        found.extra(),
        Some(r#"{"msg":"second","original.message":null}"#)
    );
    let found = entry(r#"{"level":"information","time":"soon","message":{"a":1}}"#);
    assert_eq!((found.status(), found.message()), ("INFO", None));
    assert_eq!(found.executed_at().as_str(), "2026-03-01T12:00:00Z");
    assert_eq!(
        found.extra(),
        Some(r#"{"level":"information","time":"soon","original.message":{"a":1}}"#)
    );
}
