//! Keys, limits and errors at the paths of other systems' protocols.

use crate::{
    intake::{BULK, JSON, LOKI, OTLP, PROTOBUF, SENT, base64, basic, gzip, send},
    process::Server,
    site::Site,
};
use serde_json::Value;

on_both_databases! {
    a_key_is_taken_from_where_each_client_puts_it,
    refusals_have_the_shape_of_each_protocol,
    bombs_are_refused,
    otlp_alone_takes_as_much_as_its_setting_says,
    quotas_hold_and_are_told_in_each_shape,
}

fn a_key_is_taken_from_where_each_client_puts_it(site: &Site) {
    let (key, other) = (site.issue("acme_corp").key, site.issue("widget_co").key);
    let server = site.start();
    let post = |headers: &[(&str, &str)]| {
        let headers = [&[("Content-Type", JSON)][..], headers].concat();
        server.send("POST", "/loki/api/v1/push", &headers, LOKI.as_bytes())
    };
    for (name, value) in [
        ("X-API-Key", key.clone()),
        ("Authorization", format!("Bearer {key}")),
        ("Authorization", format!("ApiKey {key}")),
        (
            "Authorization",
            format!("ApiKey {}", base64(&format!("any:{key}"))),
        ),
        ("Authorization", basic("any", &key)),
        ("Authorization", basic(&key, "")),
        ("Authorization", format!("Splunk {key}")),
        ("X-Seq-ApiKey", key.clone()),
        ("DD-API-KEY", key.clone()),
    ] {
        let answer = post(&[(name, &value)]);
        assert_eq!(answer.status, 204, "{name} {answer:?}");
        let vary = answer.header("vary").unwrap().to_lowercase();
        for header in ["x-api-key", "authorization", "x-seq-apikey", "dd-api-key"] {
            assert!(vary.contains(header), "{vary}");
        }
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    for (headers, detail) in [
        (
            vec![("X-API-Key", key.clone()), ("DD-API-KEY", other.clone())],
            "Invalid API key\n",
        ),
        (
            vec![
                ("Authorization", basic("any", &key)),
                ("X-Seq-ApiKey", other),
            ],
            "Invalid API key\n",
        ),
        (
            vec![("Authorization", basic("any", "wrong"))],
            "Invalid API key\n",
        ),
        (vec![("Authorization", basic("", ""))], "Missing API key\n"),
        (vec![], "Missing API key\n"),
    ] {
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        let answer = post(&headers);
        assert_eq!((answer.status, &*answer.body), (401, detail));
        assert!(answer.header("www-authenticate").is_some());
    }
    // Our own routes take none of them.
    let headers = [("DD-API-KEY", &*key), ("Content-Type", JSON)];
    server
        .send("POST", "/api/v1/logs", &headers, b"{}")
        .problem(401);
}

fn refusals_have_the_shape_of_each_protocol(site: &Site) {
    let reader = site
        .issue_with(&["--client", "acme_corp", "--scope", "logs:read"])
        .key;
    let key = site.issue("acme_corp").key;
    let server = site.start();
    for (key, body, status) in [
        ("", "", 401),
        ("wrong", "", 401),
        (&reader, "", 403),
        (&key, "{", 400),
    ] {
        let refused = |path, media_type| {
            let answer = send(&server, key, path, media_type, body.as_bytes());
            assert_eq!(answer.status, status, "{path} {answer:?}");
            assert!(answer.header("x-request-id").is_some());
            answer
        };
        let otlp = refused("/v1/logs", JSON);
        let code = match status {
            401 => 16,
            403 => 7,
            _ => 3,
        };
        assert_eq!(otlp.json(status)["code"], code);
        assert!(otlp.json(status)["message"].is_string());
        let otlp = refused("/v1/logs", PROTOBUF);
        assert_eq!(otlp.header("content-type"), Some(PROTOBUF));
        assert_eq!(otlp.body.as_bytes()[..2], [8, code]);
        let elastic = refused("/_bulk", JSON);
        assert_eq!(elastic.header("x-elastic-product"), Some("Elasticsearch"));
        assert_eq!(elastic.json(status)["status"], status);
        assert!(elastic.json(status)["error"]["root_cause"][0]["reason"].is_string());
        let loki = refused("/loki/api/v1/push", JSON);
        assert_eq!(
            loki.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert!(refused("/api/events/raw", JSON).json(status)["Error"].is_string());
        let splunk = refused("/services/collector", JSON).json(status);
        let code = match (key, status) {
            ("", _) => 2,
            (_, 400) => 6,
            _ => 4,
        };
        assert_eq!(splunk["code"], code, "{splunk}");
        let journal = refused("/upload", "application/vnd.fdo.journal");
        assert_eq!(
            journal.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        refused("/cloudevents", "application/cloudevents+json").problem(status);
    }
    assert_eq!(server.list(&reader, ""), [Value::Null; 0]);
    let method = server.call("GET", "/loki/api/v1/push", &[("X-API-Key", &key)]);
    assert_eq!((method.status, method.header("allow")), (405, Some("POST")));
    let media_type = send(&server, &key, "/_bulk", "text/plain", b"x").json(415);
    assert_eq!(media_type["error"]["type"], "media_type_header_exception");
}

fn bombs_are_refused(site: &Site) {
    let key = site.issue("acme_corp").key;
    let server = site.start();
    let zeros = gzip(&vec![b' '; 64 << 20]);
    for (path, media_type, _, _) in SENT {
        let headers = [
            ("X-API-Key", &*key),
            ("Content-Type", media_type),
            ("Content-Encoding", "gzip"),
        ];
        let refused = server.send("POST", path, &headers, &zeros);
        assert_eq!(refused.status, 413, "{path} {refused:?}");
    }
    // It says that it holds two gigabytes.
    let snappy = [0xff, 0xff, 0xff, 0xff, 0x07, 0x00, b'a'];
    let refused = send(&server, &key, "/loki/api/v1/push", PROTOBUF, &snappy);
    assert_eq!(refused.status, 413, "{refused:?}");
    // Five million records of two bytes.
    let records = b"\x12\x00".repeat(4_000_000);
    let length = |bytes: &[u8]| {
        let mut length = vec![0x0a];
        let mut left = bytes.len();
        while left >= 0x80 {
            length.push(u8::try_from(left & 0x7f).unwrap() | 0x80);
            left >>= 7;
        }
        length.push(u8::try_from(left).unwrap());
        length
    };
    let mut scope = length(&records);
    scope[0] = 0x12;
    scope.extend(records);
    let mut body = length(&scope);
    body.extend(scope);
    let refused = send(&server, &key, "/v1/logs", PROTOBUF, &body);
    assert_eq!(refused.status, 413, "{refused:?}");
    let deep = format!(
        "{{\"index\":{{}}}}\n{{\"a\":{}{}}}\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let refused = send(&server, &key, "/_bulk", JSON, deep.as_bytes()).json(200);
    assert_eq!(refused["items"][0]["index"]["status"], 400);
    assert_eq!(server.list(&key, ""), [Value::Null; 0]);
}

fn otlp_alone_takes_as_much_as_its_setting_says(site: &Site) {
    let key = site.issue("acme_corp").key;
    let mut program = site.server();
    program.env("LOGGER_OTLP_MAX_BODY", "11MiB");
    let server = Server::start(program);
    let filled = |body: &str, mib: usize| format!("{body}{}", " ".repeat((mib << 20) + 1));
    for (path, body, mib, status) in [
        ("/v1/logs", OTLP, 10, 200),
        ("/v1/logs", OTLP, 11, 413),
        ("/loki/api/v1/push", LOKI, 10, 413),
    ] {
        let headers = [
            ("X-API-Key", &*key),
            ("Content-Type", JSON),
            ("Content-Encoding", "gzip"),
        ];
        let body = gzip(filled(body, mib).as_bytes());
        let answer = server.send("POST", path, &headers, &body);
        assert_eq!(answer.status, status, "{path} {mib} {answer:?}");
    }
    let body = filled(OTLP, 10);
    send(&server, &key, "/v1/logs", JSON, body.as_bytes()).json(200);
    assert_eq!(server.list(&key, "").len(), 1);
}

fn quotas_hold_and_are_told_in_each_shape(site: &Site) {
    let key = site.issue("acme_corp").key;
    site.admin(&[
        "quota",
        "set",
        "--client",
        "acme_corp",
        "--entries-per-day",
        "1",
    ]);
    let server = site.start();
    let lines = |number: u8| format!("{{\"@t\":\"2026-03-01T10:30:00.25Z\",\"@m\":\"{number}\"}}");
    assert_eq!(
        send(&server, &key, "/ingest/clef", "", lines(1).as_bytes()).status,
        201
    );
    let again = send(&server, &key, "/ingest/clef", "", lines(1).as_bytes());
    assert_eq!(again.status, 201);
    let refused = send(&server, &key, "/ingest/clef", "", lines(2).as_bytes());
    assert!(refused.json(429)["Error"].is_string());
    assert!(refused.header("retry-after").is_some());
    let refused = send(&server, &key, "/v1/logs", JSON, OTLP.as_bytes());
    assert_eq!(refused.json(429)["code"], 8);
    assert!(refused.header("retry-after").is_some());
    let refused = send(&server, &key, "/_bulk", JSON, BULK.as_bytes());
    assert!(refused.header("retry-after").is_some());
    let refused = refused.json(429);
    assert_eq!(refused["error"]["type"], "es_rejected_execution_exception");
    assert_eq!(refused["items"][0]["create"]["status"], 429);
    // It would end for good at any other answer.
    let helper = [
        ("X-API-Key", &*key),
        ("Content-Type", JSON),
        (
            "X-Elastic-Client-Meta",
            "es=8.19.2,js=22.1.0,t=8.11.0,hc=22.1.0,h=bp",
        ),
    ];
    let delayed = server.send("POST", "/_bulk", &helper, BULK.as_bytes());
    assert!(delayed.header("retry-after").is_some());
    let delayed = delayed.json(200);
    assert_eq!(delayed["items"][0]["create"]["status"], 429);
    assert_eq!(server.list(&key, "").len(), 1);
}
