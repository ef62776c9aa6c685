//! One call: what it takes, what it answers, and how it is made.

use crate::{
    html::{Escaped, markdown, text},
    page::{COMMON_PROBLEMS, Operation, members, resolved},
    schema::{kind, write_content},
};
use serde_json::Value;
use std::fmt::{self, Write};

pub(crate) fn write_operation(
    page: &mut String,
    document: &Value,
    call: &Operation<'_>,
) -> fmt::Result {
    let operation = call.operation;
    write!(
        page,
        "<article><h3 id=\"{}\">{}</h3><p>{} <code>{}</code></p>{}",
        text(&operation["operationId"]),
        text(&operation["summary"]),
        call.method_badge(),
        Escaped(call.path),
        markdown(&operation["description"]),
    )?;
    write_parameters(page, document, operation)?;
    write_body(page, document, &operation["requestBody"])?;
    write_answers(page, document, operation)?;
    write_examples(page, operation)?;
    write!(page, "</article>")
}

fn write_parameters(page: &mut String, document: &Value, operation: &Value) -> fmt::Result {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|parameter| resolved(document, parameter));
    // Every call takes that one: it is described once.
    let mut parameters = parameters
        .filter(|parameter| parameter["name"] != "X-Request-Id")
        .peekable();
    if parameters.peek().is_none() {
        return Ok(());
    }
    write!(page, "<h4>Parameters</h4><dl>")?;
    for parameter in parameters {
        write!(
            page,
            "<dt><code>{}</code> <small>{}, {}</small><dd>{}",
            text(&parameter["name"]),
            text(&parameter["in"]),
            kind(&parameter["schema"]),
            markdown(&parameter["description"]),
        )?;
    }
    write!(page, "</dl>")
}

fn write_body(page: &mut String, document: &Value, body: &Value) -> fmt::Result {
    if body.is_null() {
        return Ok(());
    }
    write!(page, "<h4>Body</h4>")?;
    write_content(page, document, body)
}

fn write_answers(page: &mut String, document: &Value, operation: &Value) -> fmt::Result {
    let (mut has_common, mut answers) = (false, String::new());
    for (status, answer) in members(&operation["responses"]) {
        if COMMON_PROBLEMS.contains(&status) && !operation["security"].is_null() {
            has_common = true;
            continue;
        }
        let answer = resolved(document, answer);
        let description = markdown(&answer["description"]);
        write!(answers, "<dt><code>{status}</code><dd>{description}")?;
        if status.starts_with('2') {
            write_content(&mut answers, document, answer)?;
            write_headers(&mut answers, document, answer)?;
        }
    }
    write!(page, "<h4>Answers</h4><dl>{answers}</dl>")?;
    if has_common {
        write!(
            page,
            "<p>Also the <a href=\"#errors\">errors of every call</a> that needs a key.</p>"
        )?;
    }
    Ok(())
}

/// Those that not every answer has.
fn write_headers(page: &mut String, document: &Value, answer: &Value) -> fmt::Result {
    for (name, header) in members(&answer["headers"]) {
        if name.starts_with("RateLimit") || name == "X-Request-Id" {
            continue;
        }
        let description = &resolved(document, header)["description"];
        write!(
            page,
            "<p>Header <code>{name}</code>: {}</p>",
            text(description)
        )?;
    }
    Ok(())
}

fn write_examples(page: &mut String, operation: &Value) -> fmt::Result {
    let samples = operation["x-codeSamples"].as_array().into_iter().flatten();
    for (number, sample) in samples.enumerate() {
        let open = if number == 0 { " open" } else { "" };
        write!(
            page,
            "<details{open}><summary>{}</summary><pre><code>{}</code></pre></details>",
            text(&sample["label"]),
            text(&sample["source"]),
        )?;
    }
    Ok(())
}
