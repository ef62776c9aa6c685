//! The description as a page, which loads nothing and runs nothing.

use super::DOCUMENT;
use serde_json::{Map, Value};
use std::fmt::{self, Display, Write};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;\
    padding:0 1rem;color-scheme:light dark}h2{margin-top:2.5rem;border-top:1px solid #8886;\
    padding-top:1rem}code{font-size:.9em}table{border-collapse:collapse;width:100%}\
    td,th{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;\
    border-bottom:1px solid #8884}b.method{text-transform:uppercase}";

/// What the page may do.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The page.
///
/// # Errors
/// None that a [`String`] can have.
pub(super) fn page() -> Result<String, fmt::Error> {
    let (info, components) = (&DOCUMENT["info"], &DOCUMENT["components"]);
    let mut page = String::new();
    write!(
        page,
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport \
         content=\"width=device-width\"><title>central-logger</title><style>{STYLE}</style>\
         <h1>central-logger {}</h1><p>{}</p><p>{}</p><p>A key is sent as <code>X-API-Key: KEY</code> \
         or <code>Authorization: Bearer KEY</code>. For programs: <a href=\"openapi.json\">openapi.json\
         </a>.</p>",
        text(&info["version"]),
        text(&info["summary"]),
        text(&info["description"]),
    )?;
    for (path, methods) in members(&DOCUMENT["paths"]) {
        // Methods that do the same are shown once.
        let mut shown: Vec<(&Value, Vec<&str>)> = Vec::new();
        for (method, operation) in members(methods) {
            let summary = &operation["summary"];
            match shown
                .iter_mut()
                .find(|(known, _)| &known["summary"] == summary)
            {
                Some((_, methods)) => methods.push(method),
                None => shown.push((operation, vec![method])),
            }
        }
        for (operation, methods) in shown {
            write_operation(&mut page, path, &methods.join(", "), operation)?;
        }
    }
    write!(page, "<h2>Schemas</h2>")?;
    for (name, schema) in members(&components["schemas"]) {
        write!(
            page,
            "<h3 id=\"{name}\">{name}</h3><pre><code>{:#}</code></pre>",
            Escaped(schema)
        )?;
    }
    Ok(page)
}

fn write_operation(page: &mut String, path: &str, methods: &str, operation: &Value) -> fmt::Result {
    write!(
        page,
        "<h2><b class=method>{methods}</b> <code>{path}</code></h2><p>{}. {}</p><table>",
        text(&operation["summary"]),
        text(&operation["description"]),
    )?;
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let parameter = resolved(parameter);
        write!(
            page,
            "<tr><td><code>{}</code><td>{}<td>{}<td><code>{}</code>",
            text(&parameter["name"]),
            text(&parameter["in"]),
            text(&parameter["description"]),
            Escaped(&parameter["schema"]),
        )?;
    }
    if let Some(body) = operation.get("requestBody") {
        write!(page, "<tr><td>body<td><td>")?;
        write_content(page, body)?;
    }
    for (status, answer) in members(&operation["responses"]) {
        let answer = resolved(answer);
        write!(
            page,
            "<tr><td>{status}<td><td>{}<td>",
            text(&answer["description"])
        )?;
        write_content(page, answer)?;
    }
    write!(page, "</table>")
}

/// The types of a body, and where their schemas stand.
fn write_content(page: &mut String, body: &Value) -> fmt::Result {
    for (media_type, content) in members(&body["content"]) {
        write!(page, "<code>{media_type}</code> ")?;
        let schema = &content["schema"];
        let alternatives = schema["oneOf"].as_array().into_iter().flatten();
        for schema in alternatives.chain([schema]) {
            let reference = schema["$ref"].as_str().unwrap_or_default();
            if let Some(name) = reference.strip_prefix("#/components/schemas/") {
                write!(page, "<a href=\"#{name}\">{name}</a> ")?;
            }
        }
    }
    Ok(())
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

fn text(value: &Value) -> Escaped<&str> {
    Escaped(value.as_str().unwrap_or_default())
}

/// A text that stands for itself in HTML.
struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match f.alternate() {
            true => format!("{:#}", self.0),
            false => self.0.to_string(),
        };
        for character in text.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_on_the_page_and_nothing_is_loaded() {
        let page = page().unwrap();
        for (path, methods) in members(&DOCUMENT["paths"]) {
            assert!(
                page.contains(&format!("<code>{path}</code></h2>")),
                "{path}"
            );
            for (_, operation) in members(methods) {
                assert!(page.contains(&text(&operation["summary"]).to_string()));
            }
        }
        for loading in [
            "src=", "<link", "<script", "@import", "url(", "http://", "https://",
        ] {
            assert!(!page.contains(loading), "{loading}");
        }
    }
}
