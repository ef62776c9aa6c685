//! Answers that the clients of Elasticsearch know.

use crate::{Head, ItemName, Refusal, Reply, Stored, StoredItem};
use serde_json::{Map, Value, json};

/// Without this header the clients of Elasticsearch refuse any answer.
const PRODUCT: (&str, &str) = ("x-elastic-product", "Elasticsearch");

/// An answer in the type that the client asks for.
pub(super) fn reply(head: &Head, status: u16, value: &Value) -> Reply {
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
    let items: Vec<_> = items.map(|(number, item)| of_item(number, item)).collect();
    let has_errors = stored.refused() > 0;
    reply(
        head,
        200,
        &json!({"took": 0, "errors": has_errors, "items": items}),
    )
}

pub(super) fn document(head: &Head, stored: &Stored) -> Reply {
    let mut document = stored.items.first().map_or(Value::Null, |item| {
        let (_, members) = parts_of_item(0, item);
        members
    });
    if let Some(members) = document.as_object_mut() {
        members.remove("status");
    }
    reply(head, 201, &document)
}

fn of_item(number: usize, item: &StoredItem) -> Value {
    let (action, members) = parts_of_item(number, item);
    let mut object = Map::new();
    object.insert(action.to_owned(), members);
    Value::Object(object)
}

fn parts_of_item(number: usize, item: &StoredItem) -> (&'static str, Value) {
    let default = ItemName::default();
    let name = item.name.as_ref().unwrap_or(&default);
    let members = match &item.outcome {
        Ok(id) => {
            let own = id.map(|id| id.to_string());
            json!({
                "_index": name.index,
                "_id": name.id.clone().or(own),
                "_version": 1,
                "result": "created",
                "_shards": {"total": 1, "successful": 1, "failed": 0},
                "_seq_no": number,
                "_primary_term": 1,
                "status": 201,
            })
        }
        Err(detail) => json!({
            "_index": name.index,
            "_id": name.id,
            "status": 400,
            "error": {"type": "document_parsing_exception", "reason": detail},
        }),
    };
    let action = match name.action {
        "" => "index",
        action => action,
    };
    (action, members)
}

pub(super) fn error(head: &Head, refusal: &Refusal) -> Reply {
    let status = match refusal.status {
        // A client that waits to be asked again is told so.
        408 => 503,
        422 => 400,
        status => status,
    };
    let kind = match status {
        401 | 403 => "security_exception",
        404 | 405 => "invalid_index_name_exception",
        413 => "content_too_long_exception",
        415 => "media_type_header_exception",
        429 => "es_rejected_execution_exception",
        503 => "unavailable_shards_exception",
        500.. => "exception",
        _ => "illegal_argument_exception",
    };
    let cause = json!({"type": kind, "reason": refusal.detail});
    let mut error = cause.clone();
    error["root_cause"] = json!([cause]);
    reply(head, status, &json!({"error": error, "status": status}))
}
