//! Events in a member `Events`.

use super::template;
use crate::{
    Batch, Refusal,
    draft::{Draft, Drafted, Target},
    fields,
    json::{self, Elements, Members},
    severity,
};
use central_logger_foreign_times::Moment;
use time::OffsetDateTime;

pub(super) fn read(body: &str, now: OffsetDateTime) -> Result<Batch, Refusal> {
    let wrong = |what| Refusal::malformed(format!("The body is not one of Seq: {what}"));
    let request = Members::parse(body).map_err(|error| json::malformed(&error))?;
    let events = request.get("Events").or_else(|| request.get("events"));
    let events = events.ok_or_else(|| wrong("there is no member Events"))?;
    let events: Result<Elements<'_>, _> = serde_json::from_str(events.get());
    let mut batch = Batch::default();
    for event in events.map_err(|_| wrong("Events is an array"))?.0 {
        let event = Members::parse(event.get()).map_err(|_| wrong("an event is an object"))?;
        batch.push(self::event(&event, now))?;
    }
    Ok(batch)
}

/// The names of what an event has beside its properties, and under which it is kept.
const KEPT: [(&str, &str); 6] = [
    ("MessageTemplate", "message_template"),
    ("Exception", "exception"),
    ("EventType", "event_type"),
    ("TraceId", "trace_id"),
    ("SpanId", "span_id"),
    ("Renderings", "renderings"),
];

fn event(event: &Members<'_>, now: OffsetDateTime) -> Drafted {
    let mut draft = Draft::new(now);
    let time = event.text("Timestamp");
    // Some write a blank where the `T` stands.
    if let Some(moment) = time.as_deref().and_then(Moment::from_text) {
        draft.time(&moment);
    }
    let level = event.text("Level");
    if let Some(level) = &level {
        let status = severity::of_text(level);
        draft.set(Target::Status, &status);
        if status != *level {
            draft.attribute("level", level);
        }
    }
    let properties = event.get("Properties");
    let properties = properties.and_then(|value| Members::parse(value.get()).ok());
    let properties = properties.unwrap_or_default();
    match (event.text("RenderedMessage"), event.text("MessageTemplate")) {
        (Some(message), _) => draft.set(Target::Message, &message),
        (None, Some(template)) => {
            let message = template::render(&template, &properties, std::iter::empty());
            draft.set(Target::Message, &message);
        }
        (None, None) => {}
    }
    for (name, kept) in KEPT {
        if let Some(value) = event.get(name) {
            draft.attribute(kept, value);
        }
    }
    fields::add_members(&mut draft, &properties);
    let known = ["Timestamp", "Level", "Properties", "RenderedMessage"];
    for (name, value) in &event.0 {
        let is_kept = KEPT.iter().any(|(kept, _)| kept == name);
        let is_unreadable_time = name == "Timestamp" && !draft.has(Target::Time);
        if is_unreadable_time || !(is_kept || known.contains(&&**name)) {
            draft.attribute(name, value);
        }
    }
    draft.finish()
}
