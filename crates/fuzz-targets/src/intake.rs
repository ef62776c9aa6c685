use central_logger_intake::{HOOK, Head, Rules, named};
use central_logger_log_store::{LogEntry, StoredLog};
use serde_json::value::RawValue;
use time::macros::datetime;

/// Requests of OpenTelemetry.
pub fn otlp(data: &[u8]) {
    let types = ["application/x-protobuf", "application/json"];
    read("otlp", &types.map(|found| ("/v1/logs", found)), data);
}

/// Requests of Elasticsearch.
pub fn elastic(data: &[u8]) {
    let paths = ["/_bulk", "/logs/_bulk", "/logs/_doc"];
    read(
        "elastic",
        &paths.map(|path| (path, "application/json")),
        data,
    );
}

/// Requests of Loki.
pub fn loki(data: &[u8]) {
    let types = ["application/x-protobuf", "application/json"];
    read(
        "loki",
        &types.map(|found| ("/loki/api/v1/push", found)),
        data,
    );
}

/// Requests of Seq.
pub fn seq(data: &[u8]) {
    read(
        "seq",
        &["/api/events/raw", "/ingest/clef"].map(|path| (path, "")),
        data,
    );
}

/// Requests of Splunk.
pub fn splunk(data: &[u8]) {
    let paths = ["/services/collector/event", "/services/collector/raw"];
    read("splunk", &paths.map(|path| (path, "")), data);
}

/// Requests of the journal.
pub fn journald(data: &[u8]) {
    read(
        "journald",
        &[("/upload", "application/vnd.fdo.journal")],
        data,
    );
}

/// CloudEvents.
pub fn cloudevents(data: &[u8]) {
    let types = [
        "application/cloudevents+json",
        "application/cloudevents-batch+json",
    ];
    read(
        "cloudevents",
        &types.map(|found| ("/cloudevents", found)),
        data,
    );
}

/// Webhooks, by rules as well.
pub fn hook(data: &[u8]) {
    let types = ["application/json", "application/x-www-form-urlencoded"];
    read("hook", &types.map(|found| ("/hooks/x", found)), data);
    let text = String::from_utf8_lossy(data);
    let (rules, body) = text.split_once('\n').unwrap_or((&text, ""));
    let Ok(rules) = rules.parse::<Rules>() else {
        return;
    };
    let now = datetime!(2026-03-01 12:00 UTC);
    let written = serde_json::to_string(&rules).expect("rules can be written");
    assert_eq!(written.parse::<Rules>().as_ref(), Ok(&rules));
    if let Ok(batch) = HOOK.read(&Head::default(), body.as_bytes(), now) {
        let count = batch.len();
        let applied = rules.apply(batch, now);
        assert!(applied.is_ok_and(|batch| batch.len() == count));
    }
}

/// A body is refused, or all that is read of it can be shown, in whichever way it is sent.
fn read(protocol: &str, places: &[(&str, &str)], data: &[u8]) {
    let protocol = named(protocol).expect("it is in the table");
    let now = datetime!(2026-03-01 12:00 UTC);
    let client = "acme_corp".parse().expect("a client id");
    for (path, content_type) in places {
        let head = Head::new("POST", path, "").with_header("content-type", content_type.as_bytes());
        let Ok(batch) = protocol.read(&head, data, now) else {
            continue;
        };
        let (entries, answer) = batch.into_parts();
        for entry in &entries {
            assert!((1..=64).contains(&entry.environment().chars().count()));
            assert!((1..=64).contains(&entry.status().chars().count()));
            let stored = StoredLog::new(&client, now, entry);
            let json = serde_json::to_string(&stored).expect("an entry can be shown");
            let _: &RawValue = serde_json::from_str(&json).expect("it is shown as JSON");
        }
        let ids: Vec<_> = entries.iter().map(LogEntry::id).collect();
        let reply = protocol.accepted(&head, &answer.stored(&ids));
        assert!((200..300).contains(&reply.status));
    }
}
