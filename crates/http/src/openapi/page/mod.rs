//! The description as a page, which loads nothing and runs nothing.

mod html;
mod operation;
mod schema;

use super::DOCUMENT;
use html::{Escaped, markdown, text};
use operation::write_operation;
use schema::write_component;
use serde_json::{Map, Value};
use std::fmt::{self, Write};

const STYLE: &str = include_str!("style.css");

/// What the page may do.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The problems that every call with a key may be answered with.
const COMMON_PROBLEMS: [&str; 5] = ["401", "403", "429", "500", "503"];

/// A call, and the methods that do the same there.
struct Operation<'a> {
    path: &'a str,
    methods: Vec<&'a str>,
    operation: &'a Value,
}

impl Operation<'_> {
    fn method(&self) -> &str {
        match &*self.methods {
            [one] => one,
            _ => "any",
        }
    }

    fn method_badge(&self) -> String {
        let method = self.method();
        format!("<b class=\"method {method}\">{method}</b>")
    }
}

/// Writes the page.
///
/// # Errors
/// None that a [`String`] can have.
pub(super) fn page() -> Result<String, fmt::Error> {
    let tags = DOCUMENT["tags"].as_array().into_iter().flatten();
    let subjects: Vec<_> = tags.map(|tag| (tag, operations(tag))).collect();
    let mut page = String::new();
    write_head(&mut page)?;
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
            write_operation(&mut page, operation)?;
        }
        write!(page, "</section>")?;
    }
    write_errors(&mut page)?;
    write!(page, "<section><h2 id=\"schemas\">Schemas</h2>")?;
    for (name, schema) in members(&DOCUMENT["components"]["schemas"]) {
        write_component(&mut page, name, schema)?;
    }
    write!(page, "</section></main></body></html>")?;
    Ok(page)
}

fn write_head(page: &mut String) -> fmt::Result {
    let info = &DOCUMENT["info"];
    write!(
        page,
        "<!doctype html><html lang=en><head><meta charset=utf-8>\
         <meta name=viewport content=\"width=device-width, initial-scale=1\">\
         <title>central-logger API</title><style>{STYLE}</style></head><body>\
         <header><h1>central-logger API <small>{}</small></h1><p>{}</p>{}\
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
fn write_errors(page: &mut String) -> fmt::Result {
    write!(
        page,
        "<section><h2 id=\"errors\">Errors</h2><p>Every error is a \
         <a href=\"#schema-Problem\">problem</a>, as <code>application/problem+json</code>. A call that needs \
         a key may be answered with these:</p><dl>"
    )?;
    let responses = &DOCUMENT["paths"]["/api/v1/whoami"]["get"]["responses"];
    for status in COMMON_PROBLEMS {
        let problem = resolved(&responses[status]);
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
fn operations<'a>(tag: &Value) -> Vec<Operation<'a>> {
    let mut found: Vec<Operation<'a>> = Vec::new();
    for (path, methods) in members(&DOCUMENT["paths"]) {
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

fn resolved(value: &Value) -> &Value {
    let reference = value["$ref"]
        .as_str()
        .and_then(|text| text.strip_prefix('#'));
    let target = reference.and_then(|pointer| DOCUMENT.pointer(pointer));
    target.unwrap_or(value)
}

fn members(object: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = object.as_object().into_iter().flat_map(Map::iter);
    members.map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page_and_nothing_is_loaded() {
        let page = page().unwrap();
        for (path, methods) in members(&DOCUMENT["paths"]) {
            assert!(page.contains(&format!("<code>{path}</code></p>")), "{path}");
            for (_, operation) in members(methods) {
                assert!(page.contains(&text(&operation["summary"]).to_string()));
            }
        }
        for loading in ["src=", "<link", "<script", "@import", "url("] {
            assert!(!page.contains(loading), "{loading}");
        }
    }

    #[test]
    fn every_link_leads_to_a_place_on_the_page_or_to_the_document() {
        let page = page().unwrap();
        let links = page.split("href=\"").skip(1);
        for link in links.map(|rest| rest.split('"').next().unwrap()) {
            match link.strip_prefix('#') {
                Some(place) => assert!(page.contains(&format!("id=\"{place}\"")), "{place}"),
                None => assert_eq!(link, "openapi.json"),
            }
        }
    }

    #[test]
    fn logs_come_first_and_sending_before_reading() {
        let page = page().unwrap();
        let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
        let order = ["#appendLogs", "#listLogs", "#whoami", "#alive", "<main>"].map(place);
        assert!(order.is_sorted(), "{order:?}");
    }
}
