//! What the server offers, as OpenAPI 3.1 and as a page for people.
//!
//! Limits come from the constants that the code itself goes by. The tests hold the paths and methods
//! against the routes.

mod answers;
mod operations;
mod page;
mod parameters;
mod routes;
mod schemas;

pub(crate) use routes::configure;

use serde_json::{Value, json};
use std::sync::LazyLock;

/// The description, as a document of its own.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "central-logger",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Workflow logs, stored durably and apart for each client.",
            "description": "A program sends logs with its API key. The server turns the key into a \
                client and stores the logs under that client before it answers 201. Every error is \
                `application/problem+json` (RFC 9457).",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "logs", "description": "Sending and reading logs."},
            {"name": "keys", "description": "Whose a key is."},
            {"name": "server", "description": "The server itself."},
        ],
        "paths": operations::paths(),
        "components": {
            "securitySchemes": {
                "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "Bearer": {"type": "http", "scheme": "bearer"},
            },
            "parameters": parameters::all(),
            "headers": answers::headers(),
            "responses": answers::problems(),
            "schemas": schemas::all(),
        },
    })
});

#[cfg(test)]
mod tests {
    use super::*;

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
}
