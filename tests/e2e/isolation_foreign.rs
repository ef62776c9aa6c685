//! The routes of other systems' clients, for the table of routes and clients.

use crate::{http::Answer, isolation_callers::Caller, process::Server};

/// Methods and paths, and what is sent there: by all clients with the same ids, and in the name of the
/// first, as far as headers can name one.
pub(crate) const ROUTES: [(&str, &str); 66] = [
    ("POST /v1/logs", OTLP),
    ("POST /v1/traces", "{}"),
    ("POST /v1/metrics", "{}"),
    ("POST /otlp/v1/logs", OTLP),
    ("POST /otlp/v1/traces", "{}"),
    ("POST /otlp/v1/metrics", "{}"),
    ("POST /loki/api/v1/push", LOKI),
    ("POST /api/events/raw", SEQ),
    ("POST /ingest/clef", CLEF),
    ("POST /services/collector", SPLUNK),
    ("POST /services/collector/event", SPLUNK),
    ("POST /services/collector/event/1.0", SPLUNK),
    ("POST /services/collector/raw", SPLUNK),
    ("POST /services/collector/raw/1.0", SPLUNK),
    ("GET /services/collector/health", ""),
    ("GET /services/collector/health/1.0", ""),
    ("POST /upload", JOURNAL),
    ("POST /cloudevents", EVENT),
    ("GET /", ""),
    ("GET /elastic", ""),
    ("GET /elastic/", ""),
    ("POST /_bulk", BULK),
    ("PUT /_bulk", BULK),
    ("GET /_cluster/health", ""),
    ("GET /_license", ""),
    ("GET /_xpack", ""),
    ("POST /elastic/_bulk", BULK),
    ("PUT /elastic/_bulk", BULK),
    ("GET /elastic/_cluster/health", ""),
    ("GET /elastic/_license", ""),
    ("GET /elastic/_xpack", ""),
    ("GET /_index_template/{name}", ""),
    ("PUT /_index_template/{name}", "{}"),
    ("GET /_component_template/{name}", ""),
    ("PUT /_component_template/{name}", "{}"),
    ("GET /_template/{name}", ""),
    ("PUT /_template/{name}", "{}"),
    ("GET /_ilm/policy/{name}", ""),
    ("PUT /_ilm/policy/{name}", "{}"),
    ("GET /elastic/_index_template/{name}", ""),
    ("PUT /elastic/_index_template/{name}", "{}"),
    ("GET /elastic/_component_template/{name}", ""),
    ("PUT /elastic/_component_template/{name}", "{}"),
    ("GET /elastic/_template/{name}", ""),
    ("PUT /elastic/_template/{name}", "{}"),
    ("GET /elastic/_ilm/policy/{name}", ""),
    ("PUT /elastic/_ilm/policy/{name}", "{}"),
    ("POST /elastic/{index}/_bulk", BULK),
    ("PUT /elastic/{index}/_bulk", BULK),
    ("POST /elastic/{index}/_doc", DOCUMENT),
    ("POST /elastic/{index}/_doc/{id}", DOCUMENT),
    ("PUT /elastic/{index}/_doc/{id}", DOCUMENT),
    ("POST /elastic/{index}/_create/{id}", DOCUMENT),
    ("PUT /elastic/{index}/_create/{id}", DOCUMENT),
    ("GET /elastic/{index}/_refresh", ""),
    ("POST /elastic/{index}/_refresh", ""),
    ("POST /{index}/_bulk", BULK),
    ("PUT /{index}/_bulk", BULK),
    ("POST /{index}/_doc", DOCUMENT),
    ("POST /{index}/_doc/{id}", DOCUMENT),
    ("PUT /{index}/_doc/{id}", DOCUMENT),
    ("POST /{index}/_create/{id}", DOCUMENT),
    ("PUT /{index}/_create/{id}", DOCUMENT),
    ("GET /{index}/_refresh", ""),
    ("POST /{index}/_refresh", ""),
    ("GET /api/v1/intake", ""),
];

const OTLP: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1772361000250000000","body":{"stringValue":"foreign"}}]}]}]}"#;
const BULK: &str = "{\"create\":{\"_index\":\"logs\",\"_id\":\"7\"}}\n{\"@timestamp\":\"2026-03-01T10:30:00.25Z\",\"message\":\"foreign\"}\n";
const DOCUMENT: &str = r#"{"@timestamp":"2026-03-01T10:30:00.25Z","message":"foreign"}"#;
const LOKI: &str = r#"{"streams":[{"stream":{},"values":[["1772361000250000000","foreign"]]}]}"#;
const SEQ: &str =
    r#"{"Events":[{"Timestamp":"2026-03-01T10:30:00.25Z","MessageTemplate":"foreign"}]}"#;
const CLEF: &str = r#"{"@t":"2026-03-01T10:30:00.25Z","@m":"foreign"}"#;
const SPLUNK: &str = r#"{"time":1772361000.25,"event":"foreign"}"#;
const JOURNAL: &str = "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1772361000250000\nMESSAGE=foreign\n\n";
const EVENT: &str = r#"{"specversion":"1.0","id":"e-7","source":"/s","type":"t","time":"2026-03-01T10:30:00.25Z","data":"foreign"}"#;

/// Headers with which gateways, and servers of other systems, tell clients apart.
const TENANTS: [&str; 6] = [
    "X-Scope-OrgID",
    "X-Client-Id",
    "X-Tenant",
    "AccountID",
    "ProjectID",
    "X-Splunk-Request-Channel",
];

pub(crate) fn is_foreign(route: &str) -> bool {
    ROUTES.iter().any(|(foreign, _)| *foreign == route)
}

/// What a client that calls this route is answered, and what it then finds of all that was sent so.
pub(crate) fn ask(server: &Server, by: &Caller, route: &str) -> Option<[Answer; 2]> {
    let (_, body) = ROUTES.iter().find(|(found, _)| *found == route)?;
    let (method, path) = route.split_once(' ').unwrap();
    let media_type = match path {
        "/upload" => "application/vnd.fdo.journal",
        "/cloudevents" => "application/cloudevents+json",
        _ => "application/json",
    };
    let mut headers = by.headers();
    headers.push(("Content-Type", media_type));
    headers.extend(TENANTS.map(|name| (name, "acme_corp")));
    let path = path
        .replace("{index}", "logs")
        .replace("{name}", "logs")
        .replace("{id}", "7");
    let answer = match method {
        "GET" => server.call(method, &path, &headers),
        _ => server.send(method, &path, &headers, body.as_bytes()),
    };
    let found = by.get(server, "/api/v1/logs?q=foreign&limit=1000");
    Some([answer, found])
}
