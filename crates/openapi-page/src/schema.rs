//! Schemas, in words that people read.

use crate::{
    html::{Escaped, markdown, text},
    page::{members, resolved},
};
use serde_json::Value;
use std::fmt::{self, Write};

/// A component with a place of its own on the page.
pub(crate) fn write_component(page: &mut String, name: &str, schema: &Value) -> fmt::Result {
    let description = markdown(&schema["description"]);
    write!(page, "<h3 id=\"schema-{name}\">{name}</h3>{description}")?;
    write_members(page, schema)
}

/// What an object has, and what that has.
fn write_members(page: &mut String, schema: &Value) -> fmt::Result {
    if schema["properties"].is_null() {
        return Ok(());
    }
    let required: Vec<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    write!(page, "<dl>")?;
    for (name, member) in members(&schema["properties"]) {
        let is_required = required.iter().any(|required| *required == name);
        let necessity = if is_required { "" } else { "optional, " };
        write!(
            page,
            "<dt><code>{}</code> <small>{necessity}{}</small><dd>{}",
            Escaped(name),
            kind(member),
            markdown(&member["description"]),
        )?;
        write_members(page, member)?;
        write_members(page, &member["items"])?;
    }
    write!(page, "</dl>")
}

/// What a value may be, such as "integer, 1 to 1000, default 50".
pub(crate) fn kind(schema: &Value) -> String {
    if let Some(name) = component(schema) {
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    if schema["not"].is_object() {
        return "left out".to_owned();
    }
    let mut kind = base_kind(schema);
    let bounds = [
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " characters"),
        ("minItems", "maxItems", " items"),
    ];
    for (least, most, unit) in bounds {
        kind += &match (&schema[least], &schema[most]) {
            (Value::Null, Value::Null) => continue,
            (least, Value::Null) if *least == 1 && unit == " characters" => {
                ", not empty".to_owned()
            }
            (least, Value::Null) => format!(", at least {least}{unit}"),
            (Value::Null, most) => format!(", at most {most}{unit}"),
            (least, most) => format!(", {least} to {most}{unit}"),
        };
    }
    if let Some(default) = schema["default"].as_str() {
        kind += &format!(", default <code>{}</code>", Escaped(default));
    } else if !schema["default"].is_null() {
        kind += &format!(", default {}", schema["default"]);
    }
    kind
}

fn base_kind(schema: &Value) -> String {
    if let Some(alternatives) = schema["oneOf"].as_array() {
        let kinds: Vec<_> = alternatives.iter().map(kind).collect();
        return kinds.join(" or ");
    }
    if let Some(values) = schema["enum"].as_array() {
        let values = values
            .iter()
            .map(|value| format!("<code>{}</code>", text(value)));
        let values: Vec<_> = values.collect();
        return values
            .join(", ")
            .replace("</code>, <code>", "</code>&nbsp;| <code>");
    }
    if !schema["const"].is_null() {
        return format!("<code>{}</code>", text(&schema["const"]));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![&**one],
        _ => vec!["anything"],
    };
    let format = schema["format"].as_str();
    let types = types.iter().map(|name| match (*name, format) {
        ("array", _) => format!("array of {}", kind(&schema["items"])),
        ("string", Some("date-time")) => "time (RFC 3339)".to_owned(),
        ("string", Some("uuid")) => "UUID".to_owned(),
        (name, _) => name.to_owned(),
    });
    types.collect::<Vec<_>>().join(" or ")
}

/// The name of the component that a schema refers to.
fn component(schema: &Value) -> Option<&str> {
    let reference = schema["$ref"].as_str()?;
    reference.strip_prefix("#/components/schemas/")
}

/// What a body may be, by its media type.
pub(crate) fn write_content(page: &mut String, document: &Value, body: &Value) -> fmt::Result {
    for (media_type, content) in members(&resolved(document, body)["content"]) {
        let schema = &content["schema"];
        write!(
            page,
            "<p><code>{}</code>: {}",
            Escaped(media_type),
            kind(schema)
        )?;
        if let Some(description) = schema["description"].as_str() {
            write!(page, ". {}", Escaped(description))?;
        }
        write!(page, "</p>")?;
    }
    Ok(())
}
