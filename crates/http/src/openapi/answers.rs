use serde_json::{Map, Value, json};

/// Either way of presenting a key.
pub(super) fn security() -> Value {
    json!([{"ApiKey": []}, {"Bearer": []}])
}

/// The answers of an operation that needs a key: the good one, and problems by their status.
pub(super) fn keyed(status: &str, good: Value, problems: &[&str]) -> Value {
    let common = ["401", "403", "429", "500", "503"];
    let mut answers = Map::from_iter([(status.to_owned(), good)]);
    for status in common.iter().chain(problems) {
        let name = PROBLEMS.iter().find(|problem| problem.status == *status);
        let name = name.map_or("", |problem| problem.name);
        let reference = format!("#/components/responses/{name}");
        answers.insert((*status).to_owned(), json!({"$ref": reference}));
    }
    Value::Object(answers)
}

/// What is asked for.
pub(super) fn good(description: &str, content: Value) -> Value {
    json!({
        "description": description,
        "headers": header_references(&["RateLimit", "RateLimit-Policy", "X-Request-Id"]),
        "content": content,
    })
}

pub(super) fn header_references(names: &[&str]) -> Value {
    let reference = |name: &&str| {
        let reference = json!({"$ref": format!("#/components/headers/{name}")});
        ((*name).to_owned(), reference)
    };
    Value::Object(names.iter().map(reference).collect())
}

struct Problem {
    status: &'static str,
    name: &'static str,
    description: &'static str,
    headers: &'static [&'static str],
}

const PROBLEMS: [Problem; 11] = [
    Problem {
        status: "400",
        name: "BadRequest",
        description: "The request is not what it says it is, or ended early.",
        headers: &[],
    },
    Problem {
        status: "401",
        name: "Unauthorized",
        description: "`Missing API key` or `Invalid API key`.",
        headers: &["WWW-Authenticate"],
    },
    Problem {
        status: "403",
        name: "Forbidden",
        description: "The key is good, but lacks the scope or is not accepted from this address.",
        headers: &[],
    },
    Problem {
        status: "404",
        name: "NotFound",
        description: "There is nothing of that name.",
        headers: &[],
    },
    Problem {
        status: "408",
        name: "Timeout",
        description: "The body took too long to arrive.",
        headers: &[],
    },
    Problem {
        status: "413",
        name: "TooLarge",
        description: "The body is too large or has too many entries.",
        headers: &[],
    },
    Problem {
        status: "415",
        name: "UnsupportedMediaType",
        description: "The body is of another type or encoding than those taken.",
        headers: &[],
    },
    Problem {
        status: "422",
        name: "Unprocessable",
        description: "Values are not accepted, see `errors`.",
        headers: &[],
    },
    Problem {
        status: "429",
        name: "TooManyRequests",
        description: "A limit is reached.",
        headers: &["Retry-After", "RateLimit", "RateLimit-Policy"],
    },
    Problem {
        status: "500",
        name: "Failed",
        description: "The server is at fault; its log says why.",
        headers: &[],
    },
    Problem {
        status: "503",
        name: "Unavailable",
        description: "The database does not answer, or too much waits to be stored.",
        headers: &["Retry-After"],
    },
];

pub(super) fn problems() -> Value {
    let problem = |problem: &Problem| {
        let headers = [problem.headers, &["X-Request-Id"]].concat();
        let answer = json!({
            "description": problem.description,
            "headers": header_references(&headers),
            "content": {crate::problem::MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        });
        (problem.name.to_owned(), answer)
    };
    Value::Object(PROBLEMS.iter().map(problem).collect())
}

pub(super) fn headers() -> Value {
    let text =
        |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        "Content-Disposition": text("A name for the file."),
        "Idempotency-Replayed": {
            "description": "The answer is that of an earlier request.",
            "schema": {"const": "true"},
        },
        "Location": text("Where the entry is, when one was sent by itself."),
        "RateLimit": text("What is left of the limits that the request is under \
            (draft-ietf-httpapi-ratelimit-headers-10)."),
        "RateLimit-Policy": text("The limits that the request is under."),
        "Retry-After": {
            "description": "The seconds after which to try again.",
            "schema": {"type": "integer", "minimum": 0},
        },
        "WWW-Authenticate": text("How to present a key."),
        "X-Client-Id": text("The client that the key belongs to."),
        "X-Key-Environment": {"description": "The label of the key.", "schema": {"enum": ["live", "test"]}},
        "X-Key-Id": text("The public id of the key."),
        "X-Key-Scopes": text("What the key allows, separated by spaces."),
        "X-Request-Id": text("The name of the request, in the server's log too."),
    })
}
