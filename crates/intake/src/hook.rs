//! Webhooks: any JSON, of which rules say what it means.

use crate::{
    Batch, Head, Protocol, Refusal, Reply, Stored,
    draft::{Draft, Target},
    fields,
    json::{self, Elements, Members},
};
use serde_json::{Deserializer, json, value::RawValue};
use std::borrow::Cow;
use time::OffsetDateTime;

#[derive(Debug)]
pub(crate) struct Hook;

/// Headers with the sender's id of a delivery, which is the same when it is sent again: of Standard Webhooks,
/// GitHub, GitLab and Gitea.
const DELIVERY: [&str; 4] = [
    "webhook-id",
    "x-github-delivery",
    "x-gitlab-event-uuid",
    "x-gitea-delivery",
];

/// Headers that say what has happened.
const EVENT: [&str; 3] = ["x-github-event", "x-gitlab-event", "x-gitea-event"];

impl Protocol for Hook {
    fn name(&self) -> &'static str {
        "hook"
    }

    /// An object, several one after another, or an array of them; in a form, too, as the member `payload`.
    fn read(&self, head: &Head, body: &[u8], now: OffsetDateTime) -> Result<Batch, Refusal> {
        let form = (head.content_type() == "application/x-www-form-urlencoded").then(|| {
            let mut members = form_urlencoded::parse(body);
            members.find_map(|(name, value)| (name == "payload").then_some(value))
        });
        let body = match &form {
            Some(None) => return Err(Refusal::malformed("The form has no member payload")),
            Some(Some(payload)) => json::body(payload.as_bytes()),
            None => json::body(body),
        };
        let mut batch = Batch::default();
        let mut values = Vec::new();
        for value in Deserializer::from_str(&body).into_iter::<&RawValue>() {
            let value = value.map_err(|error| json::malformed(&error))?;
            match serde_json::from_str::<Elements<'_>>(value.get()) {
                Ok(Elements(elements)) => values.extend(elements),
                Err(_) => values.push(value),
            }
            if values.len() > Batch::MAX_ENTRIES {
                break;
            }
        }
        let is_alone = values.len() == 1;
        for value in values {
            match Members::parse(value.get()) {
                Ok(members) => {
                    let mut draft = begin(head, is_alone, now);
                    fields::add_members(&mut draft, &members);
                    batch.push(draft.finish())?;
                }
                Err(_) => batch.push_fault(None, "it is not a JSON object")?,
            }
        }
        match batch.is_empty() {
            true => Err(Refusal::malformed("The body is empty: send a JSON object")),
            false => Ok(batch),
        }
    }

    fn accepted(&self, _: &Head, stored: &Stored) -> Reply {
        let ids = stored
            .items
            .iter()
            .filter_map(|item| item.outcome.as_ref().ok()?.as_ref());
        let ids: Vec<_> = ids.map(ToString::to_string).collect();
        Reply::json(201, &json!({"ids": ids}))
    }

    fn refused(&self, _: &Head, _: &Refusal) -> Option<Reply> {
        None
    }
}

/// The headers tell of the request, and so of an entry that is alone in it.
fn begin(head: &Head, is_alone: bool, now: OffsetDateTime) -> Draft {
    let mut draft = Draft::new(now);
    let first = |names: &[&'static str]| -> Option<(&'static str, Cow<'_, str>)> {
        names
            .iter()
            .find_map(|name| Some((*name, head.header(name)?.into())))
    };
    if let Some((_, id)) = first(&DELIVERY).filter(|_| is_alone) {
        draft.set(Target::EventId, &id);
    }
    if let Some((name, event)) = first(&EVENT) {
        draft.attribute(name, &*crate::draft::clean(&event));
    }
    draft
}
