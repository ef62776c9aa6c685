//! Bodies that are made to cost more than they weigh.

use central_logger_intake::{Batch, Head, Refusal, named};
use time::macros::datetime;

fn read(protocol: &str, path: &str, content_type: &str, body: &[u8]) -> Result<Batch, Refusal> {
    let head = Head::new("POST", path, "").with_header("content-type", content_type.as_bytes());
    let protocol = named(protocol).unwrap();
    protocol.read(&head, body, datetime!(2026-12-01 12:00 UTC))
}

fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut message = vec![number << 3 | 2];
    let mut length = content.len();
    while length >= 0x80 {
        message.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    message.push(u8::try_from(length).unwrap());
    message.extend_from_slice(content);
    message
}

fn records(records: &[u8]) -> Vec<u8> {
    field(1, &field(2, records))
}

#[test]
fn there_is_a_most_of_entries() {
    const PROTOBUF: &str = "application/x-protobuf";
    let empty = field(2, b"");
    let most = read(
        "otlp",
        "/v1/logs",
        PROTOBUF,
        &records(&empty.repeat(10_000)),
    );
    assert_eq!(most.unwrap().len(), 10_000);
    let refused = read(
        "otlp",
        "/v1/logs",
        PROTOBUF,
        &records(&empty.repeat(5_000_000)),
    );
    assert_eq!(refused.unwrap_err().status, 413);
    let object = |element: &str, count| vec![element; count].join(",");
    for (protocol, path, content_type, body) in [
        (
            "otlp",
            "/v1/logs",
            "application/json",
            format!(
                "{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{}]}}]}}]}}",
                object("{}", 1_000_000)
            ),
        ),
        (
            "loki",
            "/loki/api/v1/push",
            "application/json",
            format!(
                "{{\"streams\":[{{\"values\":[{}]}}]}}",
                object("[\"1\",\"\"]", 500_000)
            ),
        ),
        (
            "seq",
            "/api/events/raw",
            "application/json",
            format!("{{\"Events\":[{}]}}", object("{}", 1_000_000)),
        ),
        ("seq", "/ingest/clef", "", "{}\n".repeat(1_000_000)),
        (
            "splunk",
            "/services/collector",
            "",
            "{\"event\":1}".repeat(500_000),
        ),
        (
            "splunk",
            "/services/collector/raw",
            "",
            "x\n".repeat(1_000_000),
        ),
        (
            "elastic",
            "/_bulk",
            "application/json",
            "{\"index\":{}}\n{}\n".repeat(500_000),
        ),
        (
            "elastic",
            "/_bulk",
            "application/json",
            "{\"delete\":{}}\n".repeat(500_000),
        ),
        (
            "journald",
            "/upload",
            "application/vnd.fdo.journal",
            "A=\n\n".repeat(1_000_000),
        ),
        (
            "cloudevents",
            "/cloudevents",
            "application/cloudevents-batch+json",
            format!("[{}]", object("{}", 1_000_000)),
        ),
    ] {
        let refused = read(protocol, path, content_type, body.as_bytes()).unwrap_err();
        assert_eq!(refused.status, 413, "{protocol} {refused}");
    }
}

#[test]
fn what_is_said_once_of_many_is_weighed_with_each() {
    let text = "x".repeat(100_000);
    let body = format!(
        "{{\"streams\":[{{\"stream\":{{\"a\":\"{text}\"}},\"values\":[{}]}}]}}",
        vec!["[\"1\",\"\"]"; 5_000].join(",")
    );
    let refused = read(
        "loki",
        "/loki/api/v1/push",
        "application/json",
        body.as_bytes(),
    );
    assert_eq!(refused.unwrap_err().status, 413);
}

#[test]
fn what_is_too_large_for_an_entry_is_not_written_for_each() {
    let text = "x".repeat(1_000_000);
    let pair = [field(1, b"a"), field(2, &field(1, text.as_bytes()))].concat();
    let resource = field(1, &field(1, &pair));
    let body = |count| {
        let records = field(2, &field(2, b"").repeat(count));
        field(1, &[resource.clone(), records].concat())
    };
    let read_otlp = |count| read("otlp", "/v1/logs", "application/x-protobuf", &body(count));
    let fault = read_otlp(3).unwrap().fault().unwrap();
    assert_eq!(fault.detail, "an entry has at most 256 KiB");
    assert_eq!(read_otlp(10_000).unwrap_err().status, 413);
    let push = format!(
        "{{\"streams\":[{{\"stream\":{{\"a\":\"{text}\"}},\"values\":[{}]}}]}}",
        vec!["[\"1\",\"\"]"; 10_000].join(",")
    );
    let refused = read(
        "loki",
        "/loki/api/v1/push",
        "application/json",
        push.as_bytes(),
    );
    assert_eq!(refused.unwrap_err().status, 413);
}

#[test]
fn values_are_not_nested_without_end() {
    let mut value = Vec::new();
    for _ in 0..2_000 {
        value = field(5, &field(1, &value));
    }
    let body = records(&field(2, &field(5, &value)));
    let batch = read("otlp", "/v1/logs", "application/x-protobuf", &body).unwrap();
    assert_eq!(batch.fault().unwrap().detail, "a value is nested too deep");

    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    for (protocol, path, body) in [
        (
            "elastic",
            "/_bulk",
            format!("{{\"index\":{{}}}}\n{{\"a\":{deep}}}\n"),
        ),
        (
            "splunk",
            "/services/collector",
            format!("{{\"event\":{deep}}}"),
        ),
        (
            "seq",
            "/api/events/raw",
            format!("{{\"Events\":[{{\"Properties\":{{\"a\":{deep}}}}}]}}"),
        ),
    ] {
        let batch = read(protocol, path, "application/json", body.as_bytes()).unwrap();
        assert!(batch.fault().is_some(), "{protocol}");
    }
    let body = format!(
        "{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{{\"body\":{{\"arrayValue\":{{\"values\":{deep}}}}}}}]}}]}}]}}"
    );
    let refused = read("otlp", "/v1/logs", "application/json", body.as_bytes());
    assert_eq!(refused.unwrap_err().status, 400);
}

#[test]
fn attributes_are_counted() {
    let pair = field(6, &field(1, b"a"));
    let body = records(&field(2, &pair.repeat(2000)));
    let batch = read("otlp", "/v1/logs", "application/x-protobuf", &body).unwrap();
    assert_eq!(
        batch.fault().unwrap().detail,
        "an entry has at most 1,024 attributes"
    );
    let resource = field(1, &field(1, &field(1, b"a")).repeat(100_000));
    let body = field(1, &resource);
    let refused = read("otlp", "/v1/logs", "application/x-protobuf", &body);
    assert_eq!(refused.unwrap_err().status, 413);
}
