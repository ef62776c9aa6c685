//! An event in each line, whose own members begin with `@`.

use super::template;
use crate::{
    Batch, Refusal,
    draft::{Draft, Drafted, Target},
    fields::{self},
    json::{self, Elements, Members},
    severity,
};
use central_logger_foreign_times::Moment;
use std::borrow::Cow;
use time::OffsetDateTime;

pub(super) fn read(body: &str, now: OffsetDateTime) -> Result<Batch, Refusal> {
    let mut batch = Batch::default();
    for (number, line) in body.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let event = Members::parse(line.trim()).map_err(|error| {
            let column = error.column();
            let line = number + 1;
            Refusal::malformed(format!(
                "Line {line} is not a JSON object, at column {column}"
            ))
        })?;
        batch.push(self::event(&event, now))?;
    }
    Ok(batch)
}

/// The names of what an event has beside its properties, and under which it is kept.
const KEPT: [(&str, &str); 6] = [
    ("@mt", "message_template"),
    ("@x", "exception"),
    ("@i", "event_type"),
    ("@tr", "trace_id"),
    ("@sp", "span_id"),
    ("@r", "renderings"),
];

fn event(event: &Members<'_>, now: OffsetDateTime) -> Drafted {
    let mut draft = Draft::new(now);
    let time = event.text("@t");
    if let Some(moment) = time.as_deref().and_then(Moment::from_text) {
        draft.time(&moment);
    }
    if let Some(level) = event.text("@l") {
        draft.set(Target::Status, &severity::of_text(&level));
    }
    let properties: Vec<_> = event.0.iter().filter_map(property).collect();
    let properties = Members(properties);
    match (event.text("@m"), event.text("@mt")) {
        (Some(message), _) => draft.set(Target::Message, &message),
        (None, Some(template)) => {
            let renderings: Option<Elements<'_>> = event
                .get("@r")
                .and_then(|value| serde_json::from_str(value.get()).ok());
            let renderings = renderings.unwrap_or_default().0;
            let renderings = renderings.into_iter().filter_map(json::text);
            draft.set(
                Target::Message,
                &template::render(&template, &properties, renderings),
            );
        }
        (None, None) => {}
    }
    for (name, kept) in KEPT {
        if let Some(value) = event.get(name) {
            draft.attribute(kept, value);
        }
    }
    if let Some(level) = event.get("@l")
        && json::text(level).is_none_or(|text| severity::of_text(&text) != text)
    {
        draft.attribute("level", level);
    }
    fields::add_members(&mut draft, &properties);
    draft.finish()
}

/// A property's name begins with `@@` where its own begins with `@`.
fn property<'a>(
    (name, value): &(Cow<'a, str>, &'a serde_json::value::RawValue),
) -> Option<(Cow<'a, str>, &'a serde_json::value::RawValue)> {
    match name.strip_prefix('@') {
        None => Some((name.clone(), value)),
        Some(own) if own.starts_with('@') => Some((own.to_owned().into(), value)),
        Some(_) => {
            let is_known = ["@t", "@m", "@l"].contains(&&**name)
                || KEPT.iter().any(|(known, _)| known == name);
            (!is_known).then(|| (name.clone(), *value))
        }
    }
}
