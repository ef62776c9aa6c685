//! What many operations have in common, and what the macros cannot say.
//!
//! The macros repeat headers and parameters at each operation, and know no `not`. So what they make is
//! completed here, as JSON, with references to components.

use crate::problem::MEDIA_TYPE;
use serde_json::{Map, Value, json};
use utoipa::openapi::{
    Object, ObjectBuilder, OneOfBuilder, Schema,
    schema::{SchemaType, Type},
};

/// Returns the schema of a text that is one of `values`.
pub fn one_of(values: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .enum_values(Some(values))
        .build()
}

/// Returns the schema of what may also be null.
pub fn or_null(schema: Object) -> Schema {
    let null = Object::with_type(Type::Null);
    Schema::OneOf(OneOfBuilder::new().item(null).item(schema).build())
}

/// Completes a document that has only what each operation has for itself: adds the headers of requests and
/// responses, the problems, and how to present a key. An operation needs a key unless its tag is `server`.
pub fn complete(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (_, methods) in paths {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            complete_operation(method, operation);
        }
        if methods["head"].is_null() && !methods["get"].is_null() {
            methods["head"] = without_body(methods["get"].clone());
        }
    }
    let components = &mut document["components"];
    components["parameters"] = json!({"RequestId": request_id()});
    components["headers"] = HEADERS.iter().map(Header::component).collect();
    components["responses"] = PROBLEMS.iter().map(Problem::component).collect();
    components["securitySchemes"] = json!({
        "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "Bearer": {"type": "http", "scheme": "bearer"},
        "Session": {
            "type": "apiKey", "in": "cookie", "name": "__Host-central_logger_session",
            "description": "A person who has signed in. A change needs `Sec-Fetch-Site: same-origin` or the \
                `Origin` of this server.",
        },
        "ProviderSession": {
            "type": "apiKey", "in": "cookie", "name": "__Host-central_logger_provider_session",
            "description": "A person of the provider who has signed in. A change needs the same.",
        },
    });
}

fn complete_operation(method: &str, operation: &mut Value) {
    let needs_key = operation["tags"][0] != "server";
    if operation["operationId"] == "verify" {
        operation["operationId"] = format!("verify_{method}").into();
    }
    match operation["parameters"].as_array_mut() {
        Some(parameters) => parameters.push(reference("parameters", "RequestId")),
        None => operation["parameters"] = json!([reference("parameters", "RequestId")]),
    }
    let responses = operation["responses"].as_object_mut();
    let Some(responses) = responses else {
        return;
    };
    for (status, response) in responses.iter_mut() {
        match PROBLEMS.iter().find(|problem| problem.status == status) {
            Some(problem) => *response = reference("responses", problem.name),
            None => add_headers(response, needs_key),
        }
    }
    if needs_key {
        let common = PROBLEMS.iter().filter(|problem| problem.is_common);
        responses.extend(common.map(|problem| {
            let response = reference("responses", problem.name);
            (problem.status.to_owned(), response)
        }));
        // An operation may say it itself.
        if operation["security"].is_null() {
            operation["security"] = security(operation);
        }
    }
}

/// How somebody may show who they are: by a key, and at most operations by a session.
fn security(operation: &Value) -> Value {
    let sessions: &[&str] = match operation["operationId"].as_str().unwrap_or_default() {
        "beginSession" => &[],
        id if id.starts_with("verify_") => &[],
        "whoami" | "listSessions" | "endSession" => &["Session", "ProviderSession"],
        _ if operation["tags"][0] == "provider" => &["ProviderSession"],
        _ => &["Session"],
    };
    let schemes = ["ApiKey", "Bearer"].iter().chain(sessions);
    schemes.map(|scheme| json!({*scheme: []})).collect()
}

/// The headers that a response names, and those of all, as references.
fn add_headers(response: &mut Value, needs_key: bool) {
    let own = response["headers"].as_object();
    let own = own.into_iter().flat_map(Map::keys).map(String::as_str);
    let mut names: Vec<_> = own.collect();
    if needs_key {
        names.extend(["RateLimit", "RateLimit-Policy"]);
    }
    names.push("X-Request-Id");
    response["headers"] = header_references(&names);
}

/// The same, as it is for `HEAD`.
fn without_body(mut get: Value) -> Value {
    get["operationId"] = format!("{}Head", get["operationId"].as_str().unwrap_or_default()).into();
    get["description"] = "As `GET`, without a body.".into();
    get
}

fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

fn header_references(names: &[&str]) -> Value {
    let header = |name: &&str| ((*name).to_owned(), reference("headers", name));
    names.iter().map(header).collect()
}

fn request_id() -> Value {
    json!({
        "name": "X-Request-Id",
        "in": "header",
        "description": "A name for the request. If it is not 1 to 128 visible ASCII characters, the server \
            makes one.",
        "schema": {"type": "string"},
    })
}

/// A header of responses.
struct Header {
    name: &'static str,
    description: &'static str,
    kind: Kind,
}

enum Kind {
    Text,
    Number,
    OneOf(&'static [&'static str]),
}

impl Header {
    const fn text(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            kind: Kind::Text,
        }
    }

    fn component(&self) -> (String, Value) {
        let schema = match self.kind {
            Kind::Text => json!({"type": "string"}),
            Kind::Number => json!({"type": "integer", "minimum": 0}),
            Kind::OneOf(values) => json!({"type": "string", "enum": values}),
        };
        let header = json!({"description": self.description, "schema": schema});
        (self.name.to_owned(), header)
    }
}

const HEADERS: [Header; 13] = [
    Header::text("Content-Disposition", "A name for the file."),
    Header::text("ETag", "The version of the object, for `If-Match`."),
    Header {
        name: "Idempotency-Replayed",
        description: "The request was carried out before, under the same `Idempotency-Key`.",
        kind: Kind::OneOf(&["true"]),
    },
    Header::text(
        "Location",
        "The path of what was made, if it is a single one, or where to go on.",
    ),
    Header::text(
        "RateLimit",
        "What is left of the limits on the request (draft-ietf-httpapi-ratelimit-headers-10).",
    ),
    Header::text("RateLimit-Policy", "The limits on the request."),
    Header {
        name: "Retry-After",
        description: "The number of seconds after which to try again.",
        kind: Kind::Number,
    },
    Header::text("WWW-Authenticate", "How to present a key."),
    Header::text("X-Client-Id", "The client that the key belongs to."),
    Header {
        name: "X-Key-Environment",
        description: "The label of the key.",
        kind: Kind::OneOf(&["live", "test"]),
    },
    Header::text("X-Key-Id", "The public id of the key."),
    Header::text("X-Key-Scopes", "What the key allows, separated by spaces."),
    Header::text(
        "X-Request-Id",
        "The name of the request, which the server's log has too.",
    ),
];

/// A problem that an operation may be answered with.
struct Problem {
    status: &'static str,
    name: &'static str,
    description: &'static str,
    headers: &'static [&'static str],
    /// Whether every operation with a key may be answered so.
    is_common: bool,
}

impl Problem {
    const fn new(status: &'static str, name: &'static str, description: &'static str) -> Self {
        Self {
            status,
            name,
            description,
            headers: &[],
            is_common: false,
        }
    }

    const fn with_headers(self, headers: &'static [&'static str]) -> Self {
        Self { headers, ..self }
    }

    const fn common(self) -> Self {
        Self {
            is_common: true,
            ..self
        }
    }

    fn component(&self) -> (String, Value) {
        let headers = [self.headers, &["X-Request-Id"]].concat();
        let answer = json!({
            "description": self.description,
            "headers": header_references(&headers),
            "content": {MEDIA_TYPE: {"schema": reference("schemas", "Problem")}},
        });
        (self.name.to_owned(), answer)
    }
}

const PROBLEMS: [Problem; 14] = [
    Problem::new(
        "400",
        "BadRequest",
        "The request is not what it says it is, or ended early.",
    ),
    Problem::new(
        "401",
        "Unauthorized",
        "`Missing API key` or `Invalid API key`, or the session has ended.",
    )
    .with_headers(&["WWW-Authenticate"])
    .common(),
    Problem::new(
        "403",
        "Forbidden",
        "The key is valid, but lacks the scope or is not accepted from this address; or a change in a session \
         may come from another site.",
    )
    .common(),
    Problem::new("404", "NotFound", "There is nothing of that name."),
    Problem::new("408", "Timeout", "The body took too long to arrive."),
    Problem::new(
        "409",
        "Conflict",
        "It does not fit the state of the object, which `state` tells; or there are too many already, or it cannot \
         be done over this connection.",
    ),
    Problem::new(
        "410",
        "Gone",
        "The link was used, withdrawn or has expired, or there never was one.",
    ),
    Problem::new(
        "412",
        "PreconditionFailed",
        "The object is in none of the versions that `If-Match` names.",
    ),
    Problem::new(
        "413",
        "TooLarge",
        "The body is too large or has too many entries.",
    ),
    Problem::new(
        "415",
        "UnsupportedMediaType",
        "The type or the encoding of the body is not supported.",
    ),
    Problem::new(
        "422",
        "Unprocessable",
        "Values are not accepted; `errors` lists them.",
    ),
    Problem::new("429", "TooManyRequests", "A limit is reached.")
        .with_headers(&["Retry-After", "RateLimit", "RateLimit-Policy"])
        .common(),
    Problem::new("500", "Failed", "The server failed; its log says why.").common(),
    Problem::new(
        "503",
        "Unavailable",
        "The database does not answer, or too many entries wait to be stored.",
    )
    .with_headers(&["Retry-After"])
    .common(),
];
