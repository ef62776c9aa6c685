//! CloudEvents 1.0.2 in the HTTP binding: single, in a batch, and with attributes in headers.

use crate::{
    Batch, Head, Protocol, Refusal, Reply, Stored,
    any::Any,
    draft::{Draft, Drafted, Target},
    fields,
    head::decoded,
    json::{self, Elements, Members},
};
use central_logger_foreign_times::Moment;
use central_logger_log_store::entries::EventDigest;
use std::borrow::Cow;
use time::OffsetDateTime;

#[derive(Debug)]
pub(crate) struct CloudEvents;

impl Protocol for CloudEvents {
    fn name(&self) -> &'static str {
        "cloudevents"
    }

    fn read(&self, head: &Head, body: &[u8], now: OffsetDateTime) -> Result<Batch, Refusal> {
        let mut batch = Batch::default();
        match &*head.content_type() {
            "application/cloudevents+json" => {
                let body = json::body(body);
                let event = Members::parse(&body).map_err(|error| json::malformed(&error))?;
                push(&mut batch, structured(&event, now))?;
            }
            "application/cloudevents-batch+json" => {
                let body = json::body(body);
                let events: Result<Elements<'_>, _> = serde_json::from_str(&body);
                for event in events.map_err(|error| json::malformed(&error))?.0 {
                    let event = Members::parse(event.get());
                    let event = event.map_err(|error| json::malformed(&error))?;
                    push(&mut batch, structured(&event, now))?;
                }
            }
            _ if head.header("ce-specversion").is_some() => {
                push(&mut batch, binary(head, body, now))?;
            }
            _ => {
                return Err(Refusal::unsupported(
                    "Send application/cloudevents+json or application/cloudevents-batch+json as \
                     Content-Type, or the attributes of the event in headers ce-…",
                ));
            }
        }
        Ok(batch)
    }

    fn accepted(&self, _: &Head, _: &Stored) -> Reply {
        Reply::empty(204)
    }

    fn refused(&self, _: &Head, _: &Refusal) -> Option<Reply> {
        None
    }
}

fn push(batch: &mut Batch, drafted: Result<Drafted, &str>) -> Result<(), Refusal> {
    match drafted {
        Ok(drafted) => batch.push(drafted),
        Err(detail) => batch.push_fault(None, detail),
    }
}

/// What every event has.
const REQUIRED: [&str; 4] = ["id", "source", "specversion", "type"];
const MISSING: &str = "an event has texts id, source, specversion and type";

fn structured(event: &Members<'_>, now: OffsetDateTime) -> Result<Drafted, &'static str> {
    let text = |name| event.text(name).filter(|text| !text.is_empty());
    if REQUIRED.iter().any(|name| text(name).is_none()) {
        return Err(MISSING);
    }
    let mut draft = begin(text, now);
    let data = event.get("data");
    if let Some(text) = data.and_then(json::text) {
        draft.set(Target::Message, &text);
    } else if let Some(data) = data {
        if let Ok(members) = Members::parse(data.get()) {
            fields::take(&mut draft, &members);
        }
        draft.attribute("data", data);
    }
    let written = ["id", "source", "time", "data"];
    for (name, value) in &event.0 {
        if !written.contains(&&**name) {
            draft.attribute(name, value);
        }
    }
    add_time(&mut draft, text("time"));
    Ok(draft.finish())
}

fn binary(head: &Head, body: &[u8], now: OffsetDateTime) -> Result<Drafted, &'static str> {
    let attributes = head.headers().filter_map(|(name, value)| {
        let name = name.strip_prefix("ce-")?;
        Some((name.to_owned(), decoded(value)))
    });
    let attributes: Vec<_> = attributes.collect();
    let text = |name: &str| {
        let found = attributes.iter().find(|(found, _)| found == name);
        found
            .map(|(_, value)| Cow::Borrowed(&**value))
            .filter(|text| !text.is_empty())
    };
    if REQUIRED.iter().any(|name| text(name).is_none()) {
        return Err(MISSING);
    }
    let mut draft = begin(text, now);
    let content_type = head.content_type();
    if content_type.ends_with("json") {
        let body = json::body(body);
        if let Ok(members) = Members::parse(&body) {
            fields::take(&mut draft, &members);
        }
        if let Ok(data) = serde_json::from_str::<&serde_json::value::RawValue>(&body) {
            draft.attribute("data", data);
        }
    } else if let Ok(text) = str::from_utf8(body) {
        draft.set(Target::Message, text);
    } else {
        draft.attribute("data", &Any::Bytes(body.into()));
    }
    for (name, value) in &attributes {
        if !["id", "source", "time"].contains(&&**name) {
            draft.attribute(name, &Any::Text(value.into()));
        }
    }
    if !content_type.is_empty() {
        draft.attribute("datacontenttype", &Any::Text((&*content_type).into()));
    }
    add_time(&mut draft, text("time"));
    Ok(draft.finish())
}

fn begin<'a>(text: impl Fn(&'static str) -> Option<Cow<'a, str>>, now: OffsetDateTime) -> Draft {
    let mut draft = Draft::new(now);
    let (id, source) = (text("id"), text("source"));
    let (id, source) = (id.unwrap_or_default(), source.unwrap_or_default());
    draft.event(&id, EventDigest::within(&source, &id));
    draft.set(Target::Workflow, &source);
    draft.name(Target::Workflow, "source");
    if let Some(moment) = text("time").as_deref().and_then(Moment::from_text) {
        draft.time(&moment);
    }
    draft
}

/// A time that cannot be read is kept.
fn add_time(draft: &mut Draft, time: Option<Cow<'_, str>>) {
    if let Some(time) = time.filter(|time| Moment::from_text(time).is_none()) {
        draft.attribute("time", &Any::Text(time));
    }
}
