//! Answers that the clients of Elasticsearch know.

use crate::{Head, Refusal, Reply, Stored, StoredItem};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Without this header the clients of Elasticsearch refuse any answer.
const PRODUCT: (&str, &str) = ("x-elastic-product", "Elasticsearch");

/// An answer in the type that the client asks for.
pub(super) fn reply(head: &Head, status: u16, value: &impl Serialize) -> Reply {
    let mut reply = Reply::json(status, value);
    let accept = head.header("accept").unwrap_or_default();
    if accept.contains("application/vnd.elasticsearch+json") {
        let versions = ["9", "8", "7"];
        let asked = |version: &&str| {
            let parameter = format!("compatible-with={version}");
            accept.replace(' ', "").contains(&parameter)
        };
        let version = versions.into_iter().find(asked).unwrap_or("8");
        let vendor = format!("application/vnd.elasticsearch+json;compatible-with={version}");
        reply.content_type = Some(vendor);
    }
    reply.headers.push(PRODUCT);
    reply
}

pub(super) fn bulk(head: &Head, stored: &Stored) -> Reply {
    let items = stored.items.iter().enumerate();
    let items = items.map(|(number, item)| Action(item, Outcome::of(number, item)));
    let answer = Answer {
        took: 0,
        errors: stored.refused() > 0,
        items: items.collect(),
        error: None,
        status: None,
    };
    reply(head, 200, &answer)
}

/// The answer to a bulk request of which nothing is stored for a reason that passes. Most clients go by its
/// status. rsyslog reads no status, but those of the items; the helper of the JavaScript client ends for
/// good at an error, and sends items again that have 429 in an answer that is none: all of them.
pub(super) fn delayed(head: &Head, refusal: &Refusal, stored: &Stored) -> Reply {
    let status = status(refusal);
    let is_helper = is_javascript_helper(head);
    let (status, of_items, error) = match is_helper {
        true => (200, 429, None),
        false => (status, status, Some(cause(status, refusal))),
    };
    // The helper sends the items with 429 again. Without those that are refused for good, its next body would be
    // another one, and entries would be stored twice if this one was stored without an answer.
    let items = stored.items.iter().map(|item| {
        let outcome = match is_helper || item.outcome.is_ok() {
            true => Outcome::delayed(item, of_items),
            false => Outcome::of(0, item),
        };
        Action(item, outcome)
    });
    let answer = Answer {
        took: 0,
        errors: true,
        items: items.collect(),
        status: error.is_some().then_some(status),
        error,
    };
    reply(head, status, &answer)
}

/// Whether the bulk helper of the JavaScript client sends, by what the clients of Elasticsearch say of
/// themselves.
fn is_javascript_helper(head: &Head) -> bool {
    let said = head.header("x-elastic-client-meta").unwrap_or_default();
    let is_javascript = said.split(',').any(|part| part.starts_with("js="));
    is_javascript && said.split(',').any(|part| part == "h=bp")
}

pub(super) fn document(head: &Head, stored: &Stored) -> Reply {
    let document = stored.items.first();
    let document = document.map(|item| Outcome {
        status: None,
        ..Outcome::of(0, item)
    });
    reply(head, 201, &document)
}

#[derive(Serialize)]
struct Answer<'a> {
    took: u32,
    errors: bool,
    items: Vec<Action<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

/// What became of an item, under the name of what was asked for.
struct Action<'a>(&'a StoredItem, Outcome<'a>);

#[derive(Serialize)]
struct Outcome<'a> {
    _index: Option<&'a str>,
    _id: Option<Cow<'a, str>>,
    #[serde(flatten)]
    created: Option<Created>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Fault<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

#[derive(Serialize)]
struct Created {
    _version: u32,
    result: &'static str,
    _shards: Shards,
    _seq_no: usize,
    _primary_term: u32,
}

#[derive(Serialize)]
struct Shards {
    total: u32,
    successful: u32,
    failed: u32,
}

#[derive(Serialize)]
struct Fault<'a> {
    r#type: &'static str,
    reason: &'a str,
}

impl<'a> Outcome<'a> {
    fn of(number: usize, item: &'a StoredItem) -> Self {
        let name = item.name.as_ref();
        let named = name.and_then(|name| name.id.as_deref());
        let (id, created, error) = match &item.outcome {
            Ok(id) => {
                let own = id.map(|id| id.to_string().into());
                (
                    named.map(Cow::Borrowed).or(own),
                    Some(created(number)),
                    None,
                )
            }
            Err(reason) => {
                let fault = Fault {
                    r#type: "document_parsing_exception",
                    reason,
                };
                (named.map(Cow::Borrowed), None, Some(fault))
            }
        };
        Self {
            _index: name.and_then(|name| name.index.as_deref()),
            _id: id,
            status: Some(if error.is_none() { 201 } else { 400 }),
            created,
            error,
        }
    }

    /// What is to be sent again.
    fn delayed(item: &'a StoredItem, status: u16) -> Self {
        Self {
            created: None,
            error: Some(Fault {
                r#type: kind(status),
                reason: "not stored: send it again later",
            }),
            status: Some(status),
            ..Self::of(0, item)
        }
    }
}

fn created(number: usize) -> Created {
    Created {
        _version: 1,
        result: "created",
        _shards: Shards {
            total: 1,
            successful: 1,
            failed: 0,
        },
        _seq_no: number,
        _primary_term: 1,
    }
}

impl Serialize for Action<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let action = self.0.name.as_ref().map_or("", |name| name.action);
        let action = if action.is_empty() { "index" } else { action };
        to.collect_map([(action, &self.1)])
    }
}

pub(super) fn error(head: &Head, refusal: &Refusal) -> Reply {
    let status = status(refusal);
    let error = cause(status, refusal);
    reply(head, status, &json!({"error": error, "status": status}))
}

fn status(refusal: &Refusal) -> u16 {
    match refusal.status {
        // A client that waits to be asked again is told so.
        408 => 503,
        422 => 400,
        status => status,
    }
}

fn cause(status: u16, refusal: &Refusal) -> Value {
    let cause = json!({"type": kind(status), "reason": refusal.detail});
    let mut error = cause.clone();
    error["root_cause"] = json!([cause]);
    error
}

fn kind(status: u16) -> &'static str {
    match status {
        401 | 403 => "security_exception",
        404 | 405 => "invalid_index_name_exception",
        413 => "content_too_long_exception",
        415 => "media_type_header_exception",
        429 => "es_rejected_execution_exception",
        503 => "unavailable_shards_exception",
        500.. => "exception",
        _ => "illegal_argument_exception",
    }
}
