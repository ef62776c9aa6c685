//! What the server offers, as OpenAPI 3.1 and as a page for people.
//!
//! The description stands at the routes and their types. Tests hold it against the routes, and its limits
//! against the constants that the code itself goes by.

mod problems;
mod routes;

pub(crate) use routes::{PATTERNS, configure};

use crate::routes::Described;
use central_logger_http_api::{Problem, openapi::complete};
use central_logger_openapi_page::add_code_samples;
use serde_json::{Value, json};
use std::sync::LazyLock;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "central-logger",
        description = "A program sends logs with its API key. The server determines the client from the \
            key and stores the logs under that client before it answers 201.\n\n\
            A key is sent as `X-API-Key: KEY` or `Authorization: Bearer KEY`. A person signs in by a link \
            instead, and is known by a cookie. Every error is `application/problem+json` (RFC 9457), and \
            `/docs/problems` describes its kinds.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/")),
    tags(
        (name = "logs", description = "Sending and reading logs."),
        (name = "keys", description = "Keys, their use, sessions, and alerts about them."),
        (name = "workflows", description = "How workflows stand, what is expected of them, and incidents."),
        (name = "provider", description = "For the provider. Requires a key of the provider, or a session of one \
            of its people."),
        (name = "server", description = "The server itself. No authentication required."),
    ),
    paths(routes::document, routes::docs, problems::problems),
    components(schemas(Problem)),
)]
struct Whole;

/// The queries of calls that are shown, by the id of the operation.
const QUERIES: [(&str, &str); 9] = [
    ("listLogs", "?status=FAILED&limit=10"),
    ("countLogs", "?interval=1h&by=status"),
    ("exportLogs", "?format=csv"),
    ("listLogValues", "?of=workflow"),
    ("listMappingsOfClient", "?client_id=example_org"),
    ("listChannelsOfClient", "?client_id=example_org"),
    ("removeChannelOfClient", "?client_id=example_org"),
    ("testChannelOfClient", "?client_id=example_org"),
    ("tailLogs", "?status=FAILED"),
];

/// The description, as a document of its own.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut whole = Whole::openapi();
    whole.merge(central_logger_client_routes::Described::openapi());
    whole.merge(Described::openapi());
    whole.merge(central_logger_key_routes::Described::openapi());
    whole.merge(central_logger_provider_routes::Described::openapi());
    whole.merge(central_logger_workflow_routes::Described::openapi());
    whole.merge(central_logger_view_routes::Described::openapi());
    whole.merge(central_logger_session_routes::Described::openapi());
    whole.merge(central_logger_reveal_routes::Described::openapi());
    whole.merge(central_logger_leak_routes::Described::openapi());
    whole.merge(central_logger_intake_routes::described());
    // What has been derived can be written.
    let mut document = serde_json::to_value(whole).unwrap_or_default();
    document["info"]["summary"] =
        "Workflow logs, stored durably and separately for each client.".into();
    complete(&mut document);
    complete_schemas(&mut document["components"]["schemas"]);
    add_code_samples(&mut document, &QUERIES);
    central_logger_intake_routes::describe(&mut document);
    document
});

/// Says what the macros cannot.
fn complete_schemas(schemas: &mut Value) {
    for member in ["client_id", "id", "received_at"] {
        // A body that sends it is refused.
        schemas["NewEntry"]["properties"][member]["not"] = json!({});
    }
    let problem = &mut schemas["Problem"]["properties"];
    problem["instance"] = json!({
        "type": "string", "pattern": "^urn:request:",
        "description": "The request: `urn:request:` and its id, which `X-Request-Id` tells, with those \
            characters percent-encoded that cannot stand in a URN.",
    });
    problem["trace_id"] = json!({
        "type": "string", "pattern": "^[0-9a-f]{32}$",
        "description": "The trace that the request belongs to, if its `traceparent` names one.",
    });
    for (schema, status) in [("Alive", "alive"), ("Ready", "ready")] {
        schemas[schema]["properties"]["status"]["const"] = status.into();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_http_api::body::MAX_BODY;
    use central_logger_key_activity::{
        Acknowledgement, Alert, AlertId, AlertKind, AlertPage, AlertSubject, Counted, Usage,
    };
    use central_logger_keys::ClientId;
    use central_logger_log_store::{
        IdempotencyKey, LogEntry, LogQuery, LogSearch, LogStats, LogStore, LogValues, MemoryLogs,
        StatsQuery, Submission, ValidationError, ValidationErrors, ValuesQuery,
    };
    use central_logger_tenant_logs::{Ingestor, TenantLogs};
    use std::sync::Arc;
    use time::{Duration, macros::datetime};

    /// All that a `$ref` names within a value.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(text) if name == "$ref" => found.push(text.clone()),
                        value => references(value, found),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_component_is_used() {
        let mut found = Vec::new();
        references(&DOCUMENT, &mut found);
        for reference in &found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(DOCUMENT.pointer(pointer).is_some(), "{reference}");
        }
        for kind in ["parameters", "headers", "responses", "schemas"] {
            for name in DOCUMENT["components"][kind].as_object().unwrap().keys() {
                let reference = format!("#/components/{kind}/{name}");
                assert!(found.contains(&reference), "{reference}");
            }
        }
    }

    #[test]
    fn limits_are_those_that_the_code_goes_by() {
        let list = "/paths/~1api~1v1~1logs/get";
        let post = "/paths/~1api~1v1~1logs/post";
        let entry = "/components/schemas/NewEntry";
        for (place, limit) in [
            (
                format!("{entry}/properties/environment/maxLength"),
                LogEntry::MAX_LABEL,
            ),
            (
                format!("{entry}/properties/status/maxLength"),
                LogEntry::MAX_LABEL,
            ),
            (
                format!("{entry}/properties/workflow/maxLength"),
                LogEntry::MAX_WORKFLOW,
            ),
            (
                format!("{entry}/properties/message/maxLength"),
                LogEntry::MAX_MESSAGE,
            ),
            (
                format!("{entry}/properties/event_id/maxLength"),
                LogEntry::MAX_EVENT_ID,
            ),
            (
                format!("{post}/parameters/0/schema/maxLength"),
                IdempotencyKey::MAX_LENGTH,
            ),
            (
                "/components/schemas/AppendedMany/properties/ids/maxItems".to_owned(),
                Submission::MAX_ENTRIES,
            ),
            (
                "/components/schemas/AppendedMany/properties/accepted/maximum".to_owned(),
                Submission::MAX_ENTRIES,
            ),
            (
                "/components/schemas/LogPage/properties/logs/maxItems".to_owned(),
                LogQuery::MAX_LIMIT,
            ),
            (
                "/components/schemas/AlertReport/properties/alerts/maxItems".to_owned(),
                AlertPage::MAX,
            ),
            (
                "/components/schemas/Problem/properties/errors/maxItems".to_owned(),
                ValidationErrors::MAX_LISTED,
            ),
        ] {
            let found = DOCUMENT.pointer(&place).and_then(Value::as_u64);
            assert_eq!(found, Some(limit as u64), "{place}");
        }
        let parameters = DOCUMENT.pointer(&format!("{list}/parameters"));
        let parameters = parameters.and_then(Value::as_array).unwrap();
        let limit = parameters.iter().find(|found| found["name"] == "limit");
        let limit = &limit.unwrap()["schema"];
        assert_eq!(limit["maximum"], LogQuery::MAX_LIMIT);
        assert_eq!(limit["default"], LogQuery::DEFAULT_LIMIT);
        let said = |place: &str, said: String| {
            let text = DOCUMENT.pointer(place).and_then(Value::as_str).unwrap();
            let text = text.replace(',', "");
            assert!(text.contains(&said), "{said}: {text}");
        };
        let description = |operation: &str| format!("{operation}/description");
        let (entries, mib) = (Submission::MAX_ENTRIES, MAX_BODY >> 20);
        said(
            &description(post),
            format!("{entries} entries and {mib} MiB"),
        );
        said(
            &description(entry),
            format!("{} KiB", LogEntry::MAX_SIZE >> 10),
        );
        let message = format!("{entry}/properties/message/description");
        said(&message, format!("{} KiB", LogEntry::MAX_MESSAGE >> 10));
        let stats = "/paths/~1api~1v1~1logs~1stats/get/description";
        let values = "/components/schemas/LogValues/properties/values/maxItems";
        assert_eq!(DOCUMENT.pointer(values), Some(&json!(LogValues::MAX)));
        said(stats, format!("{} buckets", StatsQuery::MAX_BUCKETS));
        said(stats, format!("{} counts", LogStats::MAX_COUNTS));
        said(
            "/paths/~1api~1v1~1alerts/get/description",
            format!("{} alerts", AlertPage::MAX),
        );
    }

    /// Holds what is sent against a schema, member by member.
    fn assert_described(value: &Value, schema: &Value, place: &str) {
        let reference = schema["$ref"]
            .as_str()
            .and_then(|text| text.strip_prefix('#'));
        if let Some(pointer) = reference {
            return assert_described(value, DOCUMENT.pointer(pointer).unwrap(), place);
        }
        // A count by one member, where it may also be by two.
        let mut forms = schema["oneOf"].as_array().into_iter().flatten();
        if let Some(form) = forms.find(|form| form["type"] == "integer") {
            return assert_described(value, form, place);
        }
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let described = match schema["properties"].get(name) {
                        Some(described) => described,
                        None => &schema["additionalProperties"],
                    };
                    assert!(!described.is_null(), "{place}.{name} is not described");
                    assert_described(value, described, &format!("{place}.{name}"));
                }
                for required in schema["required"].as_array().into_iter().flatten() {
                    let required = required.as_str().unwrap();
                    assert!(
                        members.contains_key(required),
                        "{place}.{required} is not sent"
                    );
                }
            }
            Value::Array(values) => {
                for value in values {
                    assert_described(value, &schema["items"], place);
                }
            }
            other => {
                let kind = match other {
                    Value::Null => "null",
                    Value::Bool(_) => "boolean",
                    Value::Number(number) if number.is_f64() => "number",
                    Value::Number(_) => "integer",
                    _ => "string",
                };
                let types = &schema["type"];
                let fits =
                    |found: &Value| found == kind || (found == "number" && kind == "integer");
                let is_one = types.as_array().is_some_and(|types| types.iter().any(fits));
                assert!(is_one || fits(types), "{place} is {kind}, not {types}");
            }
        }
    }

    fn assert_schema(value: &impl serde::Serialize, name: &str) {
        let value = serde_json::to_value(value).unwrap();
        assert_described(&value, &DOCUMENT["components"]["schemas"][name], name);
    }

    #[tokio::test]
    async fn what_is_sent_is_described() {
        let now = datetime!(2026-03-01 12:00 UTC);
        let client: ClientId = "acme".parse().unwrap();
        let body = r#"{"environment":"e","executed_at":"2026-03-01T12:00:00Z","status":"s",
            "workflow":"w","message":"m","event_id":"i"}"#;
        let Ok(Submission::One(entry)) = Submission::parse(body.as_bytes(), &client, now) else {
            panic!("it is one");
        };
        let logs = Arc::new(MemoryLogs::new());
        logs.append(&client, now, &[entry]).await.unwrap();
        let page = logs.page(&client, &LogSearch::default()).await.unwrap();
        assert_eq!(page.logs.len(), 1);
        assert_schema(&page, "LogPage");
        let query = StatsQuery::from_pairs(Vec::new(), now + Duration::SECOND).unwrap();
        let tenant = TenantLogs::new(&Ingestor::new(logs), client.clone());
        assert_schema(&tenant.stats(&query).await.unwrap(), "LogStats");
        let of = [("of".to_owned(), "status".to_owned())];
        let query = ValuesQuery::from_pairs(of).unwrap();
        assert_schema(&tenant.values(&query).await.unwrap(), "LogValues");
        let usage = Usage {
            client_id: Some(client.clone()),
            key_id: Some("4fT9aXk20bQz".parse().unwrap()),
            requests: 1,
            refused: [("rate".to_owned(), 1)].into(),
            entries: 1,
            bytes: 1,
            latency: std::time::Duration::from_millis(1),
            networks: 1,
            last_at: now,
        };
        let usage = json!({"since": "2026-03-01T12:00:00Z", "usage": [usage], "next_cursor": null});
        assert_schema(&usage, "UsageReport");
        let subject = AlertSubject {
            client_id: Some(client),
            ..AlertSubject::default()
        };
        let mut alert = Alert {
            id: AlertId::of(AlertKind::Spike, &subject, now),
            kind: AlertKind::Spike,
            subject,
            first_at: now,
            last_at: now,
            counted: Counted {
                sum: 7,
                hour: now,
                in_hour: 7,
            },
            evidence: "seen".to_owned(),
            acknowledged: None,
            delivery: None,
        };
        assert_schema(&alert, "Alert");
        alert.acknowledged = Some(Acknowledgement {
            at: now,
            by: "provider".to_owned(),
        });
        assert_schema(&alert, "Alert");
        let faults = ValidationErrors::from(ValidationError::new("field", "message"));
        assert_schema(&Problem::faulty_query(faults), "Problem");
    }
}
