//! Calls as people make them: with curl, and in Python without any package.
//!
//! They take server and key from the environment, and what stands in a path too, so that they run as they
//! are printed: a test does so.

use serde_json::{Value, json};
use std::fmt::Write;

/// Adds calls to each operation of a document, under the name that other pages for OpenAPI know. `queries`
/// are shown with the operations whose ids they stand with.
pub fn add_code_samples(document: &mut Value, queries: &[(&str, &str)]) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, methods) in paths {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            if method != "head" && is_for_programs(path) {
                operation["x-codeSamples"] = samples(path, method, operation, queries);
            }
        }
    }
}

/// Whether programs call a path: those with other parts than an id are pages that people are sent to.
fn is_for_programs(path: &str) -> bool {
    !path.replace("{id}", "").contains('{')
}

fn samples(path: &str, method: &str, operation: &Value, queries: &[(&str, &str)]) -> Value {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let query = queries.iter().find(|(of, _)| *of == id);
    let body = &operation["requestBody"]["content"]["application/json"]["example"];
    let call = Call {
        method: method.to_uppercase(),
        path,
        query: query.map_or("", |(_, query)| query),
        has_key: !operation["security"].is_null(),
        body: (!body.is_null()).then_some(body),
        answer: answer(operation),
    };
    json!([
        {"lang": "Shell", "label": "curl", "source": call.curl()},
        {"lang": "Python", "label": "Python", "source": call.python()},
    ])
}

struct Call<'a> {
    method: String,
    path: &'a str,
    query: &'a str,
    has_key: bool,
    body: Option<&'a Value>,
    answer: Answer,
}

/// What there is to be seen of an answer.
enum Answer {
    Headers,
    Json,
    Text,
    Lines,
}

fn answer(operation: &Value) -> Answer {
    let content = &operation["responses"]["200"]["content"];
    let created = &operation["responses"]["201"]["content"];
    let has = |media_type| !content[media_type].is_null() || !created[media_type].is_null();
    if has("application/json") {
        Answer::Json
    } else if has("text/event-stream") {
        Answer::Lines
    } else if content.is_null() && created.is_null() {
        Answer::Headers
    } else {
        Answer::Text
    }
}

impl Call<'_> {
    fn curl(&self) -> String {
        let mut lines = vec![format!(
            "curl {}{}\"$LOGGER_URL{}{}\"",
            match self.answer {
                Answer::Headers => "-i ",
                Answer::Lines => "-N ",
                Answer::Json | Answer::Text => "",
            },
            match (&*self.method, self.body) {
                ("GET", _) | ("POST", Some(_)) => String::new(),
                (method, _) => format!("-X {method} "),
            },
            self.path.replace("{id}", "$ID"),
            self.query,
        )];
        if self.has_key {
            lines.push("-H \"X-API-Key: $LOGGER_KEY\"".to_owned());
        }
        if let Some(body) = self.body {
            lines.push("-H \"Content-Type: application/json\"".to_owned());
            lines.push(format!("-d '{body:#}'"));
        }
        lines.join(" \\\n  ")
    }

    fn python(&self) -> String {
        let modules = match (&self.answer, self.body) {
            (Answer::Json, _) | (_, Some(_)) => "json, os, urllib.request",
            _ => "os, urllib.request",
        };
        let mut text = format!(
            "import {modules}\n\nrequest = urllib.request.Request(\n    \
             os.environ[\"LOGGER_URL\"] + {},\n    method=\"{}\",\n",
            self.python_path(),
            self.method,
        );
        let mut headers = Vec::new();
        if self.has_key {
            headers.push("\"X-API-Key\": os.environ[\"LOGGER_KEY\"]");
        }
        if self.body.is_some() {
            headers.push("\"Content-Type\": \"application/json\"");
        }
        // Writing to a text does not fail.
        if !headers.is_empty() {
            let _ = writeln!(text, "    headers={{{}}},", headers.join(", "));
        }
        if let Some(body) = self.body {
            let body = format!("{body:#}").replace('\n', "\n    ");
            let _ = writeln!(text, "    data=json.dumps({body}).encode(),");
        }
        let _ = write!(
            text,
            ")\nwith urllib.request.urlopen(request) as answer:\n    {}",
            match self.answer {
                Answer::Headers => "print(answer.headers)",
                Answer::Json => "print(json.load(answer))",
                Answer::Text => "print(answer.read().decode())",
                Answer::Lines => "for line in answer:\n        print(line.decode(), end=\"\")",
            }
        );
        text
    }

    fn python_path(&self) -> String {
        let path = format!("\"{}{}\"", self.path, self.query);
        match path.split_once("{id}") {
            None => path,
            Some((before, after)) => {
                let path = format!("{before}\" + os.environ[\"ID\"] + \"{after}");
                path.strip_suffix(" + \"\"").unwrap_or(&path).to_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_shown_as_it_is_made() {
        let operation = json!({
            "operationId": "readLog",
            "security": [],
            "responses": {"200": {"content": {"application/json": {}}}},
        });
        let samples = samples("/api/v1/logs/{id}", "get", &operation, &[]);
        assert_eq!(
            samples[0]["source"],
            "curl \"$LOGGER_URL/api/v1/logs/$ID\" \\\n  -H \"X-API-Key: $LOGGER_KEY\""
        );
        let python = "\
import json, os, urllib.request

request = urllib.request.Request(
    os.environ[\"LOGGER_URL\"] + \"/api/v1/logs/\" + os.environ[\"ID\"],
    method=\"GET\",
    headers={\"X-API-Key\": os.environ[\"LOGGER_KEY\"]},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer))";
        assert_eq!(samples[1]["source"], python);
    }
}
