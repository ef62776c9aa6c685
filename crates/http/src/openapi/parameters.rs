use central_logger_log_store::{IdempotencyKey, LogQuery};
use serde_json::{Map, Value, json};

/// References to parameters by their names.
pub(super) fn parameters(names: &[&str]) -> Value {
    let reference = |name| json!({"$ref": format!("#/components/parameters/{name}")});
    names.iter().map(reference).collect()
}

pub(super) fn all() -> Value {
    let mut all: Map<String, Value> = [
        ("environment", "Exactly this environment.", text()),
        ("status", "Exactly this status.", text()),
        ("workflow", "Exactly this workflow.", text()),
        (
            "q",
            "Words of the message, all of them, in any order, in any case; a word is a run of letters, \
             marks and digits, found whole, and by any part in scripts without spaces.",
            json!({"type": "string", "minLength": 1}),
        ),
        ("from", "Only what was executed then or later.", time()),
        ("to", "Only what was executed before.", time()),
        (
            "order",
            "By `executed_at`: newest or earliest first.",
            json!({"enum": ["desc", "asc"], "default": "desc"}),
        ),
        (
            "limit",
            "How many entries at most.",
            json!({"type": "integer", "minimum": 1, "maximum": LogQuery::MAX_LIMIT,
                   "default": LogQuery::DEFAULT_LIMIT}),
        ),
        (
            "cursor",
            "The `next_cursor` of the page before, or the id of an entry.",
            json!({"type": "string", "pattern": "^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$"}),
        ),
        (
            "interval",
            "How long a bucket is.",
            json!({"type": "string", "pattern": "^[0-9]{1,9}[smhd]$", "default": "1h"}),
        ),
        (
            "by",
            "What the entries of a bucket are told apart by.",
            json!({"enum": ["status", "environment", "workflow"], "default": "status"}),
        ),
        (
            "format",
            "Lines of JSON, or a table.",
            json!({"enum": ["ndjson", "csv"], "default": "ndjson"}),
        ),
    ]
    .into_iter()
    .map(|(name, description, schema)| {
        (name.to_owned(), in_query(name, description, schema))
    })
    .collect();
    all.extend([
        (
            "usageSince".to_owned(),
            in_query("since", "From the hour of this time on; 24 hours ago unless given.", time()),
        ),
        (
            "alertsSince".to_owned(),
            in_query("since", "What was seen then or later; 7 days ago unless given.", time()),
        ),
        (
            "alertId".to_owned(),
            json!({
                "name": "id", "in": "path", "required": true, "description": "The id of the alert.",
                "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
            }),
        ),
        (
            "id".to_owned(),
            json!({
                "name": "id", "in": "path", "required": true, "description": "The id of the entry.",
                "schema": {"type": "string", "format": "uuid"},
            }),
        ),
        (
            "IdempotencyKey".to_owned(),
            json!({
                "name": "Idempotency-Key", "in": "header",
                "description": "Makes the request one that may be sent again: for 24 hours a repeat \
                    stores nothing and is answered as the first was.",
                "schema": {"type": "string", "minLength": 1, "maxLength": IdempotencyKey::MAX_LENGTH,
                           "pattern": "^[!-~]+$"},
            }),
        ),
        (
            "LastEventId".to_owned(),
            json!({
                "name": "Last-Event-ID", "in": "header",
                "description": "The last entry that came: those after it are sent, as far as they \
                    were received in the last five minutes.",
                "schema": {"type": "string", "format": "uuid"},
            }),
        ),
        (
            "RequestId".to_owned(),
            json!({
                "name": "X-Request-Id", "in": "header",
                "description": "A name for the request; when it is not 1 to 128 visible ASCII \
                    characters, the server makes one.",
                "schema": {"type": "string"},
            }),
        ),
    ]);
    Value::Object(all)
}

fn in_query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

fn text() -> Value {
    json!({"type": "string", "minLength": 1, "pattern": "^[^\\u0000]+$"})
}

fn time() -> Value {
    json!({"type": "string", "format": "date-time", "maxLength": 64})
}
