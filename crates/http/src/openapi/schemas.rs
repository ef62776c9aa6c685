use central_logger_key_activity::{AlertKind, AlertPage, Severity};
use central_logger_keys::Scope;
use central_logger_log_store::{Faults, LogEntry, LogQuery, Submission};
use serde_json::{Value, json};

pub(super) fn all() -> Value {
    json!({
        "NewEntry": new_entry(),
        "Log": log(),
        "LogPage": {
            "type": "object",
            "required": ["logs", "next_cursor"],
            "properties": {
                "logs": {"type": "array", "maxItems": LogQuery::MAX_LIMIT,
                         "items": {"$ref": "#/components/schemas/Log"}},
                "next_cursor": {
                    "type": ["string", "null"], "pattern": "^[A-Za-z0-9_-]+$",
                    "description": "Where the next page begins; null on the last.",
                },
            },
        },
        "LogStats": stats(),
        "Appended": {
            "type": "object",
            "required": ["id", "client_id", "received_at"],
            "properties": {
                "id": id(), "client_id": client_id(), "received_at": time(),
            },
            "additionalProperties": false,
        },
        "AppendedMany": {
            "type": "object",
            "required": ["accepted", "ids"],
            "properties": {
                "accepted": {"type": "integer", "minimum": 1, "maximum": Submission::MAX_ENTRIES},
                "ids": {"type": "array", "items": id(), "maxItems": Submission::MAX_ENTRIES},
            },
            "additionalProperties": false,
        },
        "Identity": {
            "type": "object",
            "required": ["client_id", "key_id", "scopes", "expires_at", "environment"],
            "properties": {
                "client_id": client_id(),
                "key_id": {"type": "string"},
                "scopes": {"type": "array", "items": {"type": "string", "examples": scopes()}},
                "expires_at": {"type": ["string", "null"], "format": "date-time"},
                "environment": {"enum": ["live", "test"]},
            },
        },
        "UsageReport": usage_report(),
        "AlertReport": alert_report(),
        "Alert": alert(),
        "Alive": {
            "type": "object",
            "required": ["status"],
            "properties": {"status": {"const": "alive"}},
        },
        "Ready": {
            "type": "object",
            "required": ["status", "key_feed"],
            "properties": {
                "status": {"const": "ready"},
                "key_feed": {
                    "type": "object",
                    "description": "How well changes of keys are followed.",
                    "required": ["lag_ms", "lease_left_ms", "last_change_delay_ms"],
                    "properties": {
                        "lag_ms": {"type": ["integer", "null"], "minimum": 0},
                        "lease_left_ms": {"type": "integer", "minimum": 0},
                        "last_change_delay_ms": {"type": "integer", "minimum": 0},
                    },
                },
            },
        },
        "Problem": {
            "type": "object",
            "description": "RFC 9457.",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {"type": "string"},
                "title": {"type": "string"},
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": {"type": "string"},
                "errors": {"type": "array", "maxItems": Faults::MAX_LISTED,
                           "items": {"$ref": "#/components/schemas/Fault"}},
                "more_errors": {"type": "integer", "minimum": 1,
                                "description": "How many more there are than are listed."},
            },
        },
        "Fault": {
            "type": "object",
            "required": ["field", "message"],
            "properties": {
                "index": {"type": "integer", "minimum": 0,
                          "description": "The place of the entry in an array."},
                "field": {"type": "string"},
                "message": {"type": "string"},
            },
        },
    })
}

fn new_entry() -> Value {
    json!({
        "type": "object",
        "description": format!("At most {} KiB. Further members are kept as they are sent.",
            LogEntry::MAX_SIZE >> 10),
        "required": ["environment", "executed_at", "status"],
        "properties": {
            "environment": label("Where the workflow ran."),
            "executed_at": {
                "type": "string", "format": "date-time", "maxLength": 64,
                "description": "When it ran: from 1970 on, at most 24 hours ahead, and \
                    within the term for which the client's entries are kept, if there is one.",
            },
            "status": label("How it ended."),
            "workflow": text(LogEntry::MAX_WORKFLOW, "Which workflow."),
            "message": text(LogEntry::MAX_MESSAGE, "Anything; at most 64 KiB."),
            "event_id": {
                "type": ["string", "null"], "minLength": 1, "maxLength": LogEntry::MAX_EVENT_ID,
                "pattern": "^[!-~]+$",
                "description": "The sender's name for the event: entries with the same one and the \
                    same `executed_at` are stored once.",
            },
            "client_id": {"description": "The key's own client, or nothing.", "not": {}},
            "id": {"description": "The server's: leave it out.", "not": {}},
            "received_at": {"description": "The server's: leave it out.", "not": {}},
        },
        "additionalProperties": true,
    })
}

fn log() -> Value {
    json!({
        "type": "object",
        "description": "An entry as it was sent, with what the server adds.",
        "required": ["id", "client_id", "received_at", "environment", "executed_at", "status"],
        "properties": {
            "id": id(),
            "client_id": client_id(),
            "received_at": time(),
            "environment": label("Where the workflow ran."),
            "executed_at": time(),
            "status": label("How it ended."),
            "workflow": {"type": "string", "maxLength": LogEntry::MAX_WORKFLOW},
            "message": {"type": "string", "maxLength": LogEntry::MAX_MESSAGE},
            "event_id": {"type": "string", "maxLength": LogEntry::MAX_EVENT_ID},
        },
        "additionalProperties": true,
    })
}

fn stats() -> Value {
    let counts = json!({
        "type": "object",
        "description": "How many entries of each value.",
        "additionalProperties": {"type": "integer", "minimum": 1},
    });
    json!({
        "type": "object",
        "required": ["from", "to", "interval", "by", "totals", "buckets"],
        "properties": {
            "from": time(), "to": time(),
            "interval": {"type": "string"},
            "by": {"enum": ["status", "environment", "workflow"]},
            "totals": counts,
            "buckets": {"type": "array", "items": {
                "type": "object",
                "required": ["start", "counts"],
                "properties": {"start": time(), "counts": counts},
            }},
        },
    })
}

fn usage_report() -> Value {
    let number = || json!({"type": "integer", "minimum": 0});
    json!({
        "type": "object",
        "required": ["since", "usage"],
        "properties": {
            "since": time(),
            "usage": {"type": "array", "items": {
                "type": "object",
                "required": ["client_id", "key_id", "requests", "refused", "entries", "bytes",
                             "latency_ms", "networks", "last_at"],
                "properties": {
                    "client_id": client_id(),
                    "key_id": {"type": "string"},
                    "requests": number(),
                    "refused": {"type": "object", "additionalProperties": number(),
                                "description": "How many requests, by the reason."},
                    "entries": number(),
                    "bytes": number(),
                    "latency_ms": {"type": "number", "minimum": 0},
                    "networks": number(),
                    "last_at": time(),
                },
            }},
        },
    })
}

fn alert_report() -> Value {
    json!({
        "type": "object",
        "required": ["since", "alerts", "has_more"],
        "properties": {
            "since": time(),
            "alerts": {"type": "array", "maxItems": AlertPage::MAX,
                       "items": {"$ref": "#/components/schemas/Alert"}},
            "has_more": {"type": "boolean", "description": "Whether there are earlier ones."},
        },
    })
}

fn alert() -> Value {
    json!({
        "type": "object",
        "description": "One episode of something suspicious, or of something to be done.",
        "required": ["id", "kind", "severity", "client_id", "key_id", "network", "first_at",
                     "last_at", "count", "evidence"],
        "properties": {
            "id": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
            "kind": {"enum": AlertKind::ALL.map(AlertKind::as_str)},
            "severity": {"enum": Severity::ALL.map(Severity::as_str)},
            "client_id": client_id(),
            "key_id": {"type": ["string", "null"]},
            "network": {"type": ["string", "null"], "description": "Such as `192.0.2.0/24`."},
            "first_at": time(),
            "last_at": time(),
            "count": {"type": "integer", "minimum": 0},
            "evidence": {"type": "string", "description": "What was seen, in a line for people."},
            "acknowledged_at": {"type": "string", "format": "date-time",
                                "description": "Not there until somebody has seen the alert."},
            "acknowledged_by": {"type": "string",
                                "description": "Who: `provider`, or a key such as `key 4fT9aXk20bQz`."},
        },
    })
}

fn id() -> Value {
    json!({"type": "string", "format": "uuid"})
}

fn time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

fn client_id() -> Value {
    json!({"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"})
}

fn label(description: &str) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": LogEntry::MAX_LABEL,
           "pattern": "^[^\\u0000]+$", "description": description})
}

fn text(max: usize, description: &str) -> Value {
    json!({"type": ["string", "null"], "maxLength": max, "pattern": "^[^\\u0000]*$",
           "description": description})
}

fn scopes() -> Vec<String> {
    Scope::OWN.iter().map(Scope::to_string).collect()
}
