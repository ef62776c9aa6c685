//! The description of these routes. They are so many that it is made from their table.

use crate::table::{ROUTES, Row, What};
use serde_json::{Map, Value, json};

/// The name of the operations' tag.
const TAG: &str = "shippers";

/// Adds these routes to a description that has all others, and is complete.
pub fn describe(document: &mut Value) {
    if let Some(tags) = document["tags"].as_array_mut() {
        let text = "Sending logs by the protocols of other systems, with their clients. Keys may also \
            stand in `Authorization` as `ApiKey`, `Basic` (the password) or `Splunk`, and in \
            `X-Seq-ApiKey` or `DD-API-KEY`. Errors have the shape of the protocol.";
        tags.push(json!({"name": TAG, "description": text}));
    }
    let schemes = &mut document["components"]["securitySchemes"];
    schemes["Basic"] = json!({"type": "http", "scheme": "basic"});
    for row in &ROUTES {
        let operations = row.methods.iter().map(|method| operation(row, method));
        let mut methods: Map<_, _> = operations.collect();
        if let Some(mut head) = methods.get("get").cloned() {
            head["operationId"] = operation_id(row, "head").into();
            head["description"] = "As `GET`, without a body.".into();
            methods.insert("head".to_owned(), head);
        }
        document["paths"][row.pattern] = Value::Object(methods);
    }
}

fn operation(row: &Row, method: &str) -> (String, Value) {
    let method = method.to_lowercase();
    let mut parameters = vec![json!({"$ref": "#/components/parameters/RequestId"})];
    for name in row.pattern.split(['{', '}']).skip(1).step_by(2) {
        parameters.push(json!({
            "name": name,
            "in": "path",
            "required": true,
            "schema": {"type": "string", "minLength": 1},
        }));
    }
    let mut operation = json!({
        "tags": [TAG],
        "summary": row.summary,
        "operationId": operation_id(row, &method),
        "parameters": parameters,
        "responses": responses(row),
    });
    let keys = [
        json!({"ApiKey": []}),
        json!({"Bearer": []}),
        json!({"Basic": []}),
    ];
    match row.what {
        What::Health => {}
        // Without a key it is another page.
        What::Root => operation["security"] = json!([keys[0], keys[1], keys[2], {}]),
        _ => operation["security"] = json!(keys),
    }
    if matches!(row.what, What::Entries) {
        let protocol = row.protocol.name();
        operation["description"] =
            format!("Speaks `{protocol}`. Requires the scope `logs:write`.").into();
    }
    if method != "get" {
        operation["requestBody"] = json!({"content": {"*/*": {"schema": {}}}});
    }
    (method, operation)
}

fn operation_id(row: &Row, method: &str) -> String {
    let path = row.pattern.replace(['/', '{', '}', '.', '-'], "_");
    format!("{}_{method}{path}", row.protocol.name())
}

fn responses(row: &Row) -> Value {
    let answer = |description: &str| {
        json!({
            "description": description,
            "headers": {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}},
            "content": {"*/*": {"schema": {}}},
        })
    };
    let mut responses = Map::new();
    let mut add = |status: &str, description: &str| {
        responses.insert(status.to_owned(), answer(description));
    };
    match row.what {
        What::Health | What::Probe(_) | What::Root => add("200", "The answer."),
        What::Nothing => add("200", "Nothing is stored, and no error is told."),
        What::Entries => {
            for status in ["200", "201", "202", "204"] {
                let description = "Stored, in the shape and with the status of the protocol. \
                    Where that knows parts, it names what is refused.";
                add(status, description);
            }
        }
    }
    if row.what == What::Root {
        add("404", "There is nothing for a browser, or without a key.");
    }
    if row.what != What::Health {
        for (status, description) in [
            ("401", "`Missing API key` or `Invalid API key`."),
            (
                "403",
                "The key lacks the scope, or may not be used from this address.",
            ),
            ("429", "A limit is reached."),
            ("500", "The server failed."),
            ("503", "Send it again later."),
        ] {
            add(status, description);
        }
    }
    if matches!(row.what, What::Entries | What::Nothing) {
        for (status, description) in [
            ("400", "The body is not what the protocol demands."),
            ("408", "The body took too long to arrive."),
            ("413", "There is too much of it."),
            ("415", "The type or encoding of the body is not supported."),
            ("422", "The header `Idempotency-Key` is not accepted."),
        ] {
            add(status, description);
        }
    }
    Value::Object(responses)
}
