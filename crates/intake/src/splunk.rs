//! The HTTP event collector of Splunk.

use crate::{
    Batch, Head, Protocol, Refusal, Reply, Stored,
    draft::{Draft, Drafted, Target, lossy},
    fields::{self, Lookup},
    json::{self, Members},
};
use central_logger_foreign_times::Moment;
use serde::Serialize;
use serde_json::{Deserializer, value::RawValue};
use time::OffsetDateTime;

#[derive(Debug)]
pub(crate) struct Splunk;

impl Protocol for Splunk {
    fn name(&self) -> &'static str {
        "splunk"
    }

    /// Content types are often missing or wrong, and not read.
    fn read(&self, head: &Head, body: &[u8], now: OffsetDateTime) -> Result<Batch, Refusal> {
        let batch = match head.path().contains("/raw") {
            true => raw(head, &lossy(body), now)?,
            false => events(&json::body(body), now)?,
        };
        match batch.is_empty() {
            true => Err(Refusal::malformed(NO_DATA)),
            false => Ok(batch),
        }
    }

    fn accepted(&self, _: &Head, _: &Stored) -> Reply {
        Reply::json(200, &Answer::new("Success", 0))
    }

    fn refused(&self, _: &Head, refusal: &Refusal) -> Option<Reply> {
        let (status, code, text) = match (refusal.status, &*refusal.detail) {
            (401, "Missing API key") => (401, 2, "Token is required"),
            (401 | 403, _) => (refusal.status, 4, "Invalid token"),
            (400, NO_DATA) => (400, 5, NO_DATA),
            (400, NO_EVENT) => (400, 12, "Event field is required"),
            (400, BLANK_EVENT) => (400, 13, "Event field cannot be blank"),
            (400 | 415 | 422, _) => (400, 6, "Invalid data format"),
            (408 | 429 | 503, _) => (refusal.status, 9, "Server is busy"),
            (500.., _) => (refusal.status, 8, "Internal server error"),
            (status, detail) => (status, 6, detail),
        };
        let is_said = [text, "Missing API key", "Invalid API key"].contains(&&*refusal.detail);
        let answer = Answer {
            detail: (!is_said).then_some(&*refusal.detail),
            invalid_event_number: refusal.index,
            ..Answer::new(text, code)
        };
        Some(Reply::json(status, &answer))
    }
}

/// In the order of Splunk, as some clients compare texts.
#[derive(Serialize)]
struct Answer<'a> {
    text: &'a str,
    code: u8,
    #[serde(
        rename = "invalid-event-number",
        skip_serializing_if = "Option::is_none"
    )]
    invalid_event_number: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

impl<'a> Answer<'a> {
    fn new(text: &'a str, code: u8) -> Self {
        Self {
            text,
            code,
            invalid_event_number: None,
            detail: None,
        }
    }
}

const NO_DATA: &str = "No data";
const NO_EVENT: &str = "the member event is missing";
const BLANK_EVENT: &str = "the member event is blank";

/// Objects one after another, with nothing between them, or with lines or commas, or as an array.
fn events(body: &str, now: OffsetDateTime) -> Result<Batch, Refusal> {
    let mut batch = Batch::default();
    let trimmed = body.trim();
    let inner = trimmed
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let mut rest = inner.unwrap_or(trimmed);
    while !rest.is_empty() {
        let mut values = Deserializer::from_str(rest).into_iter::<Members<'_>>();
        let malformed = || Refusal::of_entry(batch.len(), "it is not a JSON object");
        let event = values.next().and_then(Result::ok).ok_or_else(malformed)?;
        rest = rest[values.byte_offset()..].trim_start_matches([',', ' ', '\n', '\r', '\t']);
        let index = batch.len();
        let drafted = self::event(&event, now);
        batch.push(drafted.map_err(|detail| Refusal::of_entry(index, detail))?)?;
    }
    Ok(batch)
}

fn event(envelope: &Members<'_>, now: OffsetDateTime) -> Result<Drafted, &'static str> {
    let mut draft = Draft::new(now);
    let time = envelope.get("time").map(RawValue::get);
    let moment = time.and_then(|time| Moment::from_text(time.trim_matches('"')));
    if let Some(moment) = &moment {
        draft.time(moment);
    }
    let event = envelope.get("event").ok_or(NO_EVENT)?;
    let fields = envelope.get("fields");
    let fields = fields.and_then(|fields| Members::parse(fields.get()).ok());
    if let Some(fields) = &fields {
        fields::take(&mut draft, fields);
    }
    match json::text(event) {
        Some(text) if text.is_empty() => return Err(BLANK_EVENT),
        Some(text) => draft.set(Target::Message, &text),
        None => match Members::parse(event.get()) {
            Ok(members) => fields::add_members(&mut draft, &members),
            Err(_) => draft.set(Target::Message, event.get()),
        },
    }
    for (name, value) in &envelope.0 {
        match &**name {
            "event" => {}
            "time" if moment.is_some() => {}
            "time" => draft.attribute("original.time", value),
            name => draft.attribute(name, value),
        }
    }
    Ok(draft.finish())
}

/// An event in each line, without a time of its own.
fn raw(head: &Head, body: &str, now: OffsetDateTime) -> Result<Batch, Refusal> {
    let mut batch = Batch::default();
    for line in body.lines().filter(|line| !line.trim().is_empty()) {
        let mut draft = Draft::new(now);
        let members = line
            .trim_start()
            .starts_with('{')
            .then(|| json::body(line.as_bytes()));
        let members = members.as_deref().map(Members::parse);
        match members {
            Some(Ok(members)) if members.find("event").is_none() => {
                fields::add_members(&mut draft, &members);
            }
            _ => draft.set(Target::Message, line),
        }
        for name in ["host", "source", "sourcetype", "index"] {
            if let Some(value) = head.parameter(name) {
                draft.attribute(name, &*crate::draft::clean(&value));
            }
        }
        batch.push(draft.finish())?;
    }
    Ok(batch)
}
