//! The description as a page, which loads nothing and runs nothing.

use crate::{
    html::{Escaped, markdown, text},
    operation::write_operation,
    schema::write_component,
};
use serde_json::{Map, Value};
use std::fmt::{self, Write};

const STYLE: &str = include_str!("style.css");

/// The content security policy of the page.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The problems that every call with a key may be answered with.
pub(crate) const COMMON_PROBLEMS: [&str; 5] = ["401", "403", "429", "500", "503"];

/// A call, and the methods that do the same there.
pub(crate) struct Operation<'a> {
    pub(crate) path: &'a str,
    methods: Vec<&'a str>,
    pub(crate) operation: &'a Value,
}

impl Operation<'_> {
    fn method(&self) -> &str {
        match &*self.methods {
            [one] => one,
            _ => "any",
        }
    }

    pub(crate) fn method_badge(&self) -> String {
        let method = self.method();
        format!("<b class=\"method {method}\">{method}</b>")
    }
}

/// Returns the page of a document: its operations, grouped by the tags of the document, its errors and its
/// schemas.
///
/// # Errors
/// None that a [`String`] can have.
pub fn page(document: &Value) -> Result<String, fmt::Error> {
    let tags = document["tags"].as_array().into_iter().flatten();
    let subjects: Vec<_> = tags.map(|tag| (tag, operations(document, tag))).collect();
    let mut page = String::new();
    write_head(&mut page, document)?;
    write_contents(&mut page, &subjects)?;
    write!(page, "<main>")?;
    for (tag, operations) in &subjects {
        write!(
            page,
            "<section><h2>{}</h2>{}",
            title(tag),
            markdown(&tag["description"])
        )?;
        for operation in operations {
            write_operation(&mut page, document, operation)?;
        }
        write!(page, "</section>")?;
    }
    write_errors(&mut page, document)?;
    write!(page, "<section><h2 id=\"schemas\">Schemas</h2>")?;
    for (name, schema) in members(&document["components"]["schemas"]) {
        write_component(&mut page, name, schema)?;
    }
    write!(page, "</section></main></body></html>")?;
    Ok(page)
}

fn write_head(page: &mut String, document: &Value) -> fmt::Result {
    let info = &document["info"];
    let title = text(&info["title"]);
    write!(
        page,
        "<!doctype html><html lang=en><head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\
         <title>{title} API</title><style>{STYLE}</style></head><body>\
         <header><h1>{title} API <small>{}</small></h1><p>{}</p>{}\
         <p>Programs read <a href=\"openapi.json\">openapi.json</a>. The examples below take the server \
         and the key from the environment:</p><pre><code>{}</code></pre></header>",
        text(&info["version"]),
        text(&info["summary"]),
        markdown(&info["description"]),
        Escaped("export LOGGER_URL=https://logs.example.com\nexport LOGGER_KEY=YOUR_KEY"),
    )
}

fn write_contents(page: &mut String, subjects: &[(&Value, Vec<Operation<'_>>)]) -> fmt::Result {
    write!(page, "<nav aria-label=Contents>")?;
    for (tag, operations) in subjects {
        write!(page, "<h2>{}</h2><ul>", title(tag))?;
        for call in operations {
            write!(
                page,
                "<li><a href=\"#{}\">{} {}</a>",
                text(&call.operation["operationId"]),
                call.method_badge(),
                text(&call.operation["summary"]),
            )?;
        }
        write!(page, "</ul>")?;
    }
    write!(
        page,
        "<h2>More</h2><ul><li><a href=\"#errors\">Errors</a><li><a href=\"#schemas\">Schemas</a></ul></nav>"
    )
}

/// What is the same for all calls.
fn write_errors(page: &mut String, document: &Value) -> fmt::Result {
    write!(
        page,
        "<section><h2 id=\"errors\">Errors</h2><p>Every error is a \
         <a href=\"#schema-Problem\">problem</a>, as <code>application/problem+json</code>. A call that needs \
         a key may be answered with these:</p><dl>"
    )?;
    let mut operations = members(&document["paths"]).flat_map(|(_, methods)| members(methods));
    let of_a_key = operations.find(|(_, operation)| !operation["security"].is_null());
    let responses = of_a_key.map_or(&Value::Null, |(_, operation)| &operation["responses"]);
    for status in COMMON_PROBLEMS {
        let problem = resolved(document, &responses[status]);
        let description = markdown(&problem["description"]);
        write!(page, "<dt><code>{status}</code><dd>{description}")?;
    }
    write!(
        page,
        "</dl><p>Every answer has the header <code>X-Request-Id</code>: the one that was sent, if it is 1 to \
         128 visible ASCII characters, or a new one. Every <code>GET</code> may also be a <code>HEAD</code>, \
         which is answered without a body.</p></section>"
    )
}

/// All calls of a subject. What sends comes before what reads.
fn operations<'a>(document: &'a Value, tag: &Value) -> Vec<Operation<'a>> {
    let mut found: Vec<Operation<'a>> = Vec::new();
    for (path, methods) in members(&document["paths"]) {
        let of_tag = |(_, operation): &(&str, &Value)| operation["tags"][0] == tag["name"];
        let mut calls: Vec<_> = members(methods).filter(of_tag).collect();
        calls.sort_by_key(|(method, _)| *method != "post");
        for (method, operation) in calls {
            let summary = &operation["summary"];
            match found.last_mut() {
                // Methods that do the same are shown once.
                Some(known) if known.path == path && known.operation["summary"] == *summary => {
                    if method == "get" {
                        known.operation = operation;
                    }
                    if method != "head" {
                        known.methods.push(method);
                    }
                }
                _ => found.push(Operation {
                    path,
                    methods: vec![method],
                    operation,
                }),
            }
        }
    }
    found
}

/// The name of a tag, as a title.
fn title(tag: &Value) -> String {
    let name = tag["name"].as_str().unwrap_or_default();
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

pub(crate) fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"]
        .as_str()
        .and_then(|text| text.strip_prefix('#'));
    let target = reference.and_then(|pointer| document.pointer(pointer));
    target.unwrap_or(value)
}

pub(crate) fn members(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = object.as_object().into_iter().flat_map(Map::iter);
    members.map(|(name, value)| (name.as_str(), value))
}
