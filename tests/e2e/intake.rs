//! Requests of other systems' clients, as these send them.

use crate::{http::Answer, process::Server, site::Site};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

on_both_databases! {
    each_protocol_is_stored_and_answered_in_its_way,
    good_entries_are_stored_beside_bad_ones_where_a_protocol_can_say_so,
    entries_keep_the_order_in_which_they_were_sent,
    a_client_of_elasticsearch_finds_what_it_asks_for,
    a_client_sees_what_was_refused,
    entries_that_are_too_old_are_refused_one_by_one,
}

pub(crate) const JSON: &str = "application/json";

pub(crate) const PROTOBUF: &str = "application/x-protobuf";

pub(crate) const SENT: [(&str, &str, &str, u16); 13] = [
    ("/v1/logs", JSON, OTLP, 200),
    ("/otlp/v1/logs", JSON, OTLP, 200),
    ("/_bulk", "application/x-ndjson", BULK, 200),
    ("/elastic/_bulk", JSON, BULK, 200),
    (
        "/logs/_bulk",
        "application/vnd.elasticsearch+x-ndjson; compatible-with=9",
        BULK,
        200,
    ),
    ("/logs/_doc", JSON, DOCUMENT, 201),
    ("/elastic/logs/_create/7", JSON, DOCUMENT, 201),
    ("/loki/api/v1/push", JSON, LOKI, 204),
    (
        "/api/events/raw",
        JSON,
        r#"{"Events":[{"Timestamp":"2026-03-01 10:30:00.25","MessageTemplate":"disk {What}","Properties":{"What":"full"}}]}"#,
        201,
    ),
    ("/ingest/clef", "application/vnd.serilog.clef", CLEF, 201),
    (
        "/services/collector/event/1.0",
        "application/x-www-form-urlencoded",
        SPLUNK,
        200,
    ),
    (
        "/upload",
        "application/vnd.fdo.journal",
        "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1772361000250000\nMESSAGE=disk full\n\n",
        202,
    ),
    (
        "/cloudevents",
        "application/cloudevents+json",
        r#"{"specversion":"1.0","id":"7","source":"/s","type":"t","time":"2026-03-01T10:30:00.25Z","data":"disk full"}"#,
        204,
    ),
];

pub(crate) const OTLP: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1772361000250000000","body":{"stringValue":"disk full"}}]}]}]}"#;

pub(crate) const BULK: &str =
    "{\"create\":{}}\n{\"@timestamp\":\"2026-03-01T10:30:00.25Z\",\"message\":\"disk full\"}\n";

const DOCUMENT: &str = r#"{"@timestamp":"2026-03-01T10:30:00.25Z","message":"disk full"}"#;

pub(crate) const LOKI: &str =
    r#"{"streams":[{"stream":{"app":"shop"},"values":[["1772361000250000000","disk full"]]}]}"#;

const CLEF: &str = r#"{"@t":"2026-03-01T10:30:00.25Z","@m":"disk full"}"#;

const SPLUNK: &str =
    r#"{"time":1772361000.25,"event":"disk full"}{"time":1772361000.5,"event":"second"}"#;

pub(crate) fn send(
    server: &Server,
    key: &str,
    path: &str,
    media_type: &str,
    body: &[u8],
) -> Answer {
    let headers = [("X-API-Key", key), ("Content-Type", media_type)];
    server.send("POST", path, &headers, body)
}

pub(crate) fn messages(server: &Server, key: &str) -> Vec<Value> {
    let entries = server.list(key, "?order=asc&limit=1000");
    entries
        .iter()
        .map(|entry| entry["message"].clone())
        .collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64(&format!("{user}:{password}")))
}

pub(crate) fn base64(text: &str) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for part in text.as_bytes().chunks(3) {
        let bits = part
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - part.len()));
        for place in 0..4 {
            let sign = SIGNS[(bits >> (18 - 6 * place) & 63) as usize];
            encoded.push(if place > part.len() { '=' } else { sign.into() });
        }
    }
    encoded
}

fn each_protocol_is_stored_and_answered_in_its_way(site: &Site) {
    let server = site.start();
    for (number, (path, media_type, body, status)) in SENT.into_iter().enumerate() {
        let key = site.issue(&format!("client-{number}")).key;
        let answer = send(&server, &key, path, media_type, body.as_bytes());
        assert_eq!(answer.status, status, "{path} {answer:?}");
        let entry = &server.list(&key, "?order=asc")[0];
        assert_eq!(entry["message"], "disk full", "{path} {entry}");
        assert_eq!(entry["environment"], "default", "{path}");
        assert_eq!(entry["status"], "INFO", "{path}");
        let time = entry["executed_at"].as_str().unwrap();
        assert!(
            time.replace(' ', "T").starts_with("2026-03-01T10:30:00.25"),
            "{path} {time}"
        );
    }
}

fn good_entries_are_stored_beside_bad_ones_where_a_protocol_can_say_so(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let otlp = OTLP.replace(
        "{\"timeUnixNano\"",
        "{\"timeUnixNano\":\"18446744073709551615\"},{\"timeUnixNano\"",
    );
    let answer = send(&server, &key, "/v1/logs", JSON, otlp.as_bytes()).json(200);
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1");
    assert!(
        answer["partialSuccess"]["errorMessage"]
            .as_str()
            .unwrap()
            .contains("24 hours")
    );
    let bulk = format!(
        "{}{}{{\"delete\":{{\"_id\":\"7\"}}}}\n",
        BULK.replace("2026", "1926"),
        BULK
    );
    let answer = send(&server, &key, "/_bulk", JSON, bulk.as_bytes()).json(200);
    assert_eq!(answer["errors"], true);
    let statuses: Vec<_> = answer["items"].as_array().unwrap().iter().collect();
    assert_eq!(statuses[0]["create"]["status"], 400);
    assert_eq!(statuses[1]["create"]["status"], 201);
    assert_eq!(statuses[2]["delete"]["status"], 400);
    assert_eq!(messages(&server, &key), ["disk full", "disk full"]);
    let id = statuses[1]["create"]["_id"].as_str().unwrap();
    server.get(&key, &format!("/api/v1/logs/{id}")).json(200);

    let loki = LOKI.replace("[[", "[[\"9999999999999999999\",\"too late\"],[");
    let refused = send(&server, &key, "/loki/api/v1/push", JSON, loki.as_bytes());
    assert_eq!(refused.status, 400);
    assert!(
        refused.body.starts_with("entry 0: executed_at"),
        "{refused:?}"
    );
    assert_eq!(messages(&server, &key).len(), 2);
    for (path, media_type, body, status) in [
        ("/v1/logs", PROTOBUF, "", 200),
        ("/v1/logs", JSON, "{}", 200),
        ("/v1/traces", JSON, "{\"resourceSpans\":[{}]}", 200),
        ("/v1/metrics", PROTOBUF, "x", 200),
        ("/loki/api/v1/push", JSON, "{\"streams\":[]}", 204),
    ] {
        assert_eq!(
            send(&server, &key, path, media_type, body.as_bytes()).status,
            status,
            "{path}"
        );
    }
    assert_eq!(messages(&server, &key).len(), 2);
}

fn entries_keep_the_order_in_which_they_were_sent(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let values = (0..1000).map(|number| json!(["1772361000250000000", format!("line {number}")]));
    let values: Vec<_> = values.collect();
    let push = json!({"streams": [{"stream": {}, "values": values}]}).to_string();
    assert_eq!(
        send(&server, &key, "/loki/api/v1/push", JSON, push.as_bytes()).status,
        204
    );
    let expected: Vec<_> = (0..1000).map(|number| format!("line {number}")).collect();
    assert_eq!(messages(&server, &key), expected);
}

fn a_client_of_elasticsearch_finds_what_it_asks_for(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let api_key = format!("ApiKey {key}");
    let call = |method, path, accept| {
        server.call(
            method,
            path,
            &[("Authorization", &*api_key), ("Accept", accept)],
        )
    };
    let vendor = "application/vnd.elasticsearch+json; compatible-with=9";
    let root = call("GET", "/", vendor);
    assert_eq!(root.json(200)["tagline"], "You Know, for Search");
    assert_eq!(root.header("x-elastic-product"), Some("Elasticsearch"));
    assert_eq!(
        root.header("content-type"),
        Some("application/vnd.elasticsearch+json;compatible-with=9")
    );
    for path in [
        "/",
        "/elastic",
        "/elastic/",
        "/_cluster/health",
        "/elastic/_license",
        "/_xpack",
    ] {
        for method in ["GET", "HEAD"] {
            let answer = call(method, path, "*/*");
            assert_eq!(answer.status, 200, "{method} {path}");
            assert_eq!(answer.header("x-elastic-product"), Some("Elasticsearch"));
        }
    }
    for path in [
        "/_index_template/logs",
        "/_ilm/policy/logs",
        "/elastic/_template/logs",
    ] {
        assert_eq!(call("HEAD", path, "*/*").status, 200);
        call("GET", path, "*/*").json(200);
        let headers = [("Authorization", &*api_key), ("Content-Type", JSON)];
        let put = server.send("PUT", path, &headers, b"{}").json(200);
        assert_eq!(put["acknowledged"], true);
    }
    // The bulk helper of the JavaScript client fails at its end without an answer.
    for (method, path) in [
        ("GET", "/logs/_refresh"),
        ("POST", "/logs/_refresh"),
        ("POST", "/elastic/_all/_refresh"),
    ] {
        let answer = call(method, path, "*/*");
        assert_eq!(answer.header("x-elastic-product"), Some("Elasticsearch"));
        assert_eq!(answer.json(200)["_shards"]["failed"], 0, "{method} {path}");
    }
    assert_eq!(call("GET", "/", "text/html,*/*").status, 303);
    assert_eq!(server.call("GET", "/", &[]).status, 303);
    let refused = server
        .call("GET", "/", &[("Authorization", "ApiKey wrong")])
        .json(401);
    assert_eq!(refused["error"]["type"], "security_exception");
    assert_eq!(server.call("GET", "/_license", &[]).status, 401);
    let health = server
        .call("GET", "/services/collector/health", &[])
        .json(200);
    assert_eq!(health["code"], 17);

    // An id that is sent again, with another document beside it.
    let create = |message: &str| {
        format!(
            "{{\"create\":{{\"_index\":\"logs\",\"_id\":\"7\"}}}}\n{{\"@timestamp\":\"2026-03-01T10:30:00.25Z\",\"message\":\"{message}\"}}\n"
        )
    };
    for message in ["first", "first", "second"] {
        let headers = [("Authorization", &*api_key), ("Content-Type", JSON)];
        let answer = server
            .send("PUT", "/_bulk", &headers, create(message).as_bytes())
            .json(200);
        assert_eq!(answer["items"][0]["create"]["_id"], "7");
        assert_eq!(answer["items"][0]["create"]["status"], 201);
    }
    assert_eq!(messages(&server, &key), ["first"]);
}

fn a_client_sees_what_was_refused(site: &Site) {
    let (key, other) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    for _ in 0..2 {
        send(&server, &key, "/loki/api/v1/push", JSON, LOKI.as_bytes());
    }
    send(&server, &key, "/loki/api/v1/push", JSON, b"{\"streams\":7}");
    let bulk = format!("{BULK}{{\"delete\":{{\"_id\":\"7\"}}}}\n");
    send(&server, &key, "/_bulk", JSON, bulk.as_bytes());
    send(&server, &key, "/_bulk", "text/plain", b"x");
    let report = server.get(&key, "/api/v1/intake").json(200);
    let expected = json!({
        "elastic": {"stored": 1, "replayed": 0, "refused": {"malformed": 1, "unsupported": 1}},
        "loki": {"stored": 1, "replayed": 1, "refused": {"malformed": 1}},
    });
    assert_eq!(report["protocols"], expected);
    let refusals = report["refusals"].as_array().unwrap();
    let reasons: Vec<_> = refusals.iter().map(|found| &found["reason"]).collect();
    assert_eq!(reasons, ["unsupported", "malformed", "malformed"]);
    assert_eq!(refusals[2]["sample"], "{\"streams\":7}");
    assert_eq!(refusals[1]["detail"], "entries of a log are not deleted");
    let report = server.get(&other, "/api/v1/intake").json(200);
    assert_eq!(report, json!({"protocols": {}, "refusals": []}));
}

fn entries_that_are_too_old_are_refused_one_by_one(site: &Site) {
    let key = site.issue("acme_corp").key;
    site.admin_json(&[
        "retention",
        "set",
        "--client",
        "acme_corp",
        "--keep",
        "90d",
        "--yes",
    ]);
    let server = site.start();
    let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap();
    let bulk = format!(
        "{}{}",
        BULK.replace("2026", "2016"),
        BULK.replace("2026-03-01T10:30:00.25Z", &now)
    );
    let answer = send(&server, &key, "/_bulk", JSON, bulk.as_bytes()).json(200);
    assert_eq!(answer["items"][0]["create"]["status"], 400);
    let reason = answer["items"][0]["create"]["error"]["reason"]
        .as_str()
        .unwrap();
    assert!(reason.contains("entries are kept for 90d"), "{reason}");
    assert_eq!(answer["items"][1]["create"]["status"], 201);
    let loki = LOKI.replace("1772361000", "1472361000");
    assert_eq!(
        send(&server, &key, "/loki/api/v1/push", JSON, loki.as_bytes()).status,
        400
    );
    assert_eq!(messages(&server, &key), ["disk full"]);
}
