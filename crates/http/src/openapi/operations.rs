use super::{answers, parameters::parameters};
use central_logger_key_activity::AlertPage;
use central_logger_keys::Scope;
use central_logger_log_store::{LogStats, StatsQuery, Submission};
use serde_json::{Map, Value, json};

/// The methods that `verify` takes, since a gateway asks with that of the request it holds.
const ALL_METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

pub(super) fn paths() -> Value {
    let mut paths = json!({
        "/api/v1/logs": {"post": append(), "get": list()},
        "/api/v1/logs/stats": {"get": stats()},
        "/api/v1/logs/export": {"get": export()},
        "/api/v1/logs/tail": {"get": tail()},
        "/api/v1/logs/{id}": {"get": read()},
        "/api/v1/whoami": {"get": whoami()},
        "/api/v1/usage": {"get": usage()},
        "/api/v1/alerts": {"get": alerts()},
        "/api/v1/alerts/{id}/acknowledge": {"post": acknowledge()},
        "/api/v1/verify": verify(),
        "/healthz": {"get": alive()},
        "/readyz": {"get": ready()},
        "/openapi.json": {"get": description()},
        "/docs": {"get": docs()},
    });
    for path in paths
        .as_object_mut()
        .into_iter()
        .flat_map(|paths| paths.values_mut())
    {
        if path["head"].is_null() && !path["get"].is_null() {
            path["head"] = without_body(path["get"].clone());
        }
    }
    paths
}

/// The same without a body.
fn without_body(mut get: Value) -> Value {
    get["operationId"] = format!("{}Head", get["operationId"].as_str().unwrap_or_default()).into();
    get["description"] = "As `GET`, without a body.".into();
    get
}

fn append() -> Value {
    let entry = json!({"$ref": "#/components/schemas/NewEntry"});
    let example = json!({
        "environment": "production",
        "executed_at": "2025-12-24T10:30:00Z",
        "status": "SUCCESS",
    });
    let max = Submission::MAX_ENTRIES;
    json!({
        "operationId": "appendLogs",
        "tags": ["logs"],
        "summary": "Store one entry or several",
        "description": format!("All or nothing, and durably before the answer. At most {max} \
            entries and {MIB} MiB, also when decompressed. `Content-Encoding` may be `gzip` or `zstd`. \
            A body has 60 seconds to arrive. Needs the scope `{}`.", Scope::LOGS_WRITE.as_str(),
            MIB = crate::body::MAX_BODY >> 20),
        "security": answers::security(),
        "parameters": parameters(&["IdempotencyKey", "RequestId"]),
        "requestBody": {
            "required": true,
            "content": {
                "application/json": {
                    "schema": {"oneOf": [
                        entry,
                        {"type": "array", "minItems": 1, "maxItems": max, "items": entry},
                    ]},
                    "example": example,
                },
                "application/x-ndjson": {
                    "schema": {"type": "array", "description": "An entry as JSON on each line.",
                               "minItems": 1, "maxItems": max, "items": entry},
                    "example": [example],
                },
            },
        },
        "responses": answers::keyed(
            "201",
            json!({
                "description": "Stored, now or by the request that this one repeats.",
                "headers": answers::header_references(&[
                    "Location", "Idempotency-Replayed", "RateLimit", "RateLimit-Policy", "X-Request-Id",
                ]),
                "content": {"application/json": {"schema": {"oneOf": [
                    {"$ref": "#/components/schemas/Appended"},
                    {"$ref": "#/components/schemas/AppendedMany"},
                ]}}},
            }),
            &["400", "408", "413", "415", "422"],
        ),
    })
}

fn list() -> Value {
    reading(
        "listLogs",
        "List entries",
        "Newest first unless told otherwise, a page at a time. Further members are asked for by \
         parameters `attr.NAME`. With these or `q`, a page may have fewer entries than `limit`, or \
         none, and a cursor to go on with.",
        &[
            "environment",
            "status",
            "workflow",
            "q",
            "from",
            "to",
            "order",
            "limit",
            "cursor",
        ],
        content("LogPage"),
        &["400", "422"],
    )
}

fn stats() -> Value {
    let text = format!(
        "Of the last 24 hours unless told otherwise. At most {} buckets and {} counts.",
        StatsQuery::MAX_BUCKETS,
        LogStats::MAX_COUNTS
    );
    reading(
        "countLogs",
        "Count entries over time",
        &text,
        &[
            "environment",
            "status",
            "workflow",
            "from",
            "to",
            "interval",
            "by",
        ],
        content("LogStats"),
        &["400", "422"],
    )
}

fn export() -> Value {
    let mut operation = reading(
        "exportLogs",
        "All entries asked for, as one file",
        "Read and sent in parts. An export that breaks off goes on with the id of the last whole \
         line as `cursor`.",
        &[
            "format",
            "environment",
            "status",
            "workflow",
            "q",
            "from",
            "to",
            "order",
            "cursor",
        ],
        json!({
            "application/x-ndjson": {
                "schema": {"type": "string", "description": "An entry as JSON on each line."},
            },
            "text/csv": {
                "schema": {"type": "string", "description": "A table whose first line names the columns."},
            },
        }),
        &["400", "422"],
    );
    operation["responses"]["200"]["headers"]["Content-Disposition"] =
        json!({"$ref": "#/components/headers/Content-Disposition"});
    operation
}

fn tail() -> Value {
    reading(
        "tailLogs",
        "Entries as they are stored",
        "Server-sent events without an end: the `id` of an event is that of its entry, its data the \
         entry as JSON. Entries executed more than five minutes before they were stored do not come.",
        &["environment", "status", "workflow", "q", "LastEventId"],
        json!({"text/event-stream": {"schema": {"type": "string"}}}),
        &["400", "422"],
    )
}

fn read() -> Value {
    reading(
        "readLog",
        "Read one entry",
        "Another client's is not found.",
        &["id"],
        content("Log"),
        &["404"],
    )
}

fn reading(
    id: &str,
    summary: &str,
    text: &str,
    names: &[&str],
    content: Value,
    problems: &[&str],
) -> Value {
    let names = [names, &["RequestId"]].concat();
    json!({
        "operationId": id,
        "tags": ["logs"],
        "summary": summary,
        "description": format!("{text} Needs the scope `{}`.", Scope::LOGS_READ.as_str()),
        "security": answers::security(),
        "parameters": parameters(&names),
        "responses": answers::keyed("200", answers::good("What was asked for.", content), problems),
    })
}

fn whoami() -> Value {
    json!({
        "operationId": "whoami",
        "tags": ["keys"],
        "summary": "Whose key this is",
        "description": "Any good key will do.",
        "security": answers::security(),
        "parameters": parameters(&["RequestId"]),
        "responses": answers::keyed("200", answers::good("Whose key it is.", content("Identity")), &[]),
    })
}

fn usage() -> Value {
    managing(
        "usage",
        "What was done with the client's keys",
        "By key, some seconds late.",
        &["usageSince"],
        answers::good("What was counted.", content("UsageReport")),
        &["400", "422"],
    )
}

fn alerts() -> Value {
    managing(
        "alerts",
        "What is suspicious about the client's keys",
        &format!("The last seen first, {} at most.", AlertPage::MAX),
        &["alertsSince"],
        answers::good("What was found.", content("AlertReport")),
        &["400", "422"],
    )
}

fn acknowledge() -> Value {
    managing(
        "acknowledgeAlert",
        "Note that an alert was seen",
        "Of several who do, the first is kept. Another client's alert is not found.",
        &["alertId"],
        answers::good("The alert.", content("Alert")),
        &["404"],
    )
}

fn content(schema: &str) -> Value {
    let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
    json!({"application/json": {"schema": schema}})
}

fn managing(
    id: &str,
    summary: &str,
    text: &str,
    names: &[&str],
    good: Value,
    problems: &[&str],
) -> Value {
    let names = [names, &["RequestId"]].concat();
    json!({
        "operationId": id,
        "tags": ["keys"],
        "summary": summary,
        "description": format!("{text} Needs the scope `{}`.", Scope::KEYS_MANAGE.as_str()),
        "security": answers::security(),
        "parameters": parameters(&names),
        "responses": answers::keyed("200", good, problems),
    })
}

fn verify() -> Value {
    let one = |method: &&str| {
        let yes = json!({
            "description": "The key is good.",
            "headers": answers::header_references(&[
                "X-Client-Id", "X-Key-Id", "X-Key-Scopes", "X-Key-Environment", "RateLimit",
                "RateLimit-Policy", "X-Request-Id",
            ]),
        });
        let operation = json!({
            "operationId": format!("verify_{method}"),
            "tags": ["keys"],
            "summary": "Whether to let a request through",
            "description": "For gateways, which ask with the method and headers of the request that \
                they hold. Any good key will do.",
            "security": answers::security(),
            "parameters": parameters(&["RequestId"]),
            "responses": answers::keyed("200", yes, &[]),
        });
        ((*method).to_owned(), operation)
    };
    Value::Object(ALL_METHODS.iter().map(one).collect::<Map<_, _>>())
}

fn alive() -> Value {
    open("alive", "Whether the process is alive", content("Alive"))
}

fn ready() -> Value {
    let mut operation = open(
        "ready",
        "Whether the server can do its work",
        content("Ready"),
    );
    operation["responses"]["503"] = json!({"$ref": "#/components/responses/Unavailable"});
    operation
}

fn description() -> Value {
    let content = json!({"application/json": {"schema": {"type": "object"}}});
    open("openapi", "This description", content)
}

fn docs() -> Value {
    let content = json!({"text/html": {"schema": {"type": "string"}}});
    open("docs", "This description as a page", content)
}

/// Whoever asks is answered.
fn open(id: &str, summary: &str, content: Value) -> Value {
    json!({
        "operationId": id,
        "tags": ["server"],
        "summary": summary,
        "parameters": parameters(&["RequestId"]),
        "responses": {"200": {
            "description": "Yes.",
            "headers": answers::header_references(&["X-Request-Id"]),
            "content": content,
        }},
    })
}
