//! The bulk API of Elasticsearch and OpenSearch, single documents, and what clients ask before they send.

mod answer;
mod bulk;
mod probe;

pub use probe::Probe;

use crate::{
    Batch, Head, ItemName, Protocol, Refusal, Reply, Stored,
    draft::{Draft, Drafted, Target},
    fields,
    head::decoded,
    json::{self, Members},
};
use central_logger_log_store::entries::EventDigest;
use time::OffsetDateTime;

#[derive(Debug)]
pub(crate) struct Elastic;

impl Protocol for Elastic {
    fn name(&self) -> &'static str {
        "elastic"
    }

    fn is_partial(&self) -> bool {
        true
    }

    fn read(&self, head: &Head, body: &[u8], now: OffsetDateTime) -> Result<Batch, Refusal> {
        check_type(head)?;
        let body = json::body(body);
        match Place::of(head.path()) {
            Place::Bulk { index } => bulk::read(&body, index.as_deref(), now),
            Place::Document { index, id } => {
                let name = ItemName {
                    action: "index",
                    index: Some(index),
                    id,
                };
                let members = Members::parse(&body).map_err(|error| json::malformed(&error))?;
                let drafted = document(&members, &name, now);
                let mut batch = Batch::default();
                batch.push_named(Some(name), drafted)?;
                match batch.fault() {
                    Some(fault) => Err(fault),
                    None => Ok(batch),
                }
            }
        }
    }

    fn accepted(&self, head: &Head, stored: &Stored) -> Reply {
        match Place::of(head.path()) {
            Place::Bulk { .. } => answer::bulk(head, stored),
            Place::Document { .. } => answer::document(head, stored),
        }
    }

    fn refused(&self, head: &Head, refusal: &Refusal) -> Option<Reply> {
        Some(answer::error(head, refusal))
    }

    fn delayed(&self, head: &Head, refusal: &Refusal, items: &Stored) -> Option<Reply> {
        match Place::of(head.path()) {
            Place::Bulk { .. } => Some(answer::delayed(head, refusal, items)),
            Place::Document { .. } => None,
        }
    }
}

/// Where documents are sent to.
enum Place {
    Bulk { index: Option<String> },
    Document { index: String, id: Option<String> },
}

impl Place {
    fn of(path: &str) -> Self {
        let path = path.strip_prefix("/elastic/").unwrap_or(path);
        let text = |part: &str| decoded(part.as_bytes());
        let mut parts = path.trim_start_matches('/').split('/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(index), Some("_bulk"), _) => Self::Bulk {
                index: Some(text(index)),
            },
            (Some(index), Some("_doc" | "_create"), id) => Self::Document {
                index: text(index),
                id: id.map(text),
            },
            _ => Self::Bulk { index: None },
        }
    }
}

/// Clients say that their lines are JSON, or lines of JSON, or a type of their vendor.
fn check_type(head: &Head) -> Result<(), Refusal> {
    match &*head.content_type() {
        "application/json"
        | "application/x-ndjson"
        | "application/vnd.elasticsearch+json"
        | "application/vnd.elasticsearch+x-ndjson" => Ok(()),
        other => Err(Refusal::unsupported(format!(
            "Content-Type header [{}] is not supported: send application/x-ndjson or \
             application/json",
            other.chars().take(100).collect::<String>()
        ))),
    }
}

fn document(members: &Members<'_>, name: &ItemName, now: OffsetDateTime) -> Drafted {
    let mut draft = Draft::new(now);
    match (&name.id, &name.index) {
        (Some(id), Some(index)) => draft.event(id, EventDigest::within(index, id)),
        (Some(id), None) => draft.set(Target::EventId, id),
        (None, _) => {}
    }
    fields::add_members(&mut draft, members);
    if let Some(index) = &name.index {
        draft.attribute("_index", index);
    }
    draft.finish()
}
