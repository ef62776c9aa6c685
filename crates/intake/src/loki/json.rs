//! Pushes in JSON.

use super::{Stream, entry, labels::Labels};
use crate::{
    Batch, Refusal,
    json::{self, Elements, Members},
};
use serde::Deserialize;
use serde_json::{error::Category, value::RawValue};
use time::OffsetDateTime;

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    streams: Option<Elements<'a>>,
}

#[derive(Deserialize)]
struct StreamJson<'a> {
    #[serde(borrow, rename = "stream")]
    labels: Option<&'a RawValue>,
    #[serde(borrow)]
    values: Option<Elements<'a>>,
}

pub(super) fn read(body: &[u8], now: OffsetDateTime, batch: &mut Batch) -> Result<(), Refusal> {
    let body = json::body(body);
    let push: Push<'_> = serde_json::from_str(&body).map_err(|error| match error.classify() {
        Category::Data => wrong("streams is an array"),
        _ => json::malformed(&error),
    })?;
    let streams = push.streams;
    let Elements(streams) = streams.ok_or_else(|| wrong("there is no member streams"))?;
    for stream in streams {
        let stream: Result<StreamJson<'_>, _> = serde_json::from_str(stream.get());
        let stream = stream.map_err(|_| wrong("a stream is an object, and values is an array"))?;
        let labels = match stream.labels {
            Some(found) => self::labels(found).ok_or_else(|| wrong("labels are texts"))?,
            None => Labels::default(),
        };
        let labels = Stream::new(labels);
        for value in stream.values.unwrap_or_default().0 {
            let value = elements(value)?;
            let (Some(time), Some(line)) = (value.first(), value.get(1)) else {
                return Err(wrong("a value is an array of a time and a line"));
            };
            let unix_ns = time.get().trim_matches('"').parse();
            let unix_ns = unix_ns.map_err(|_| wrong("a time is a text of Unix nanoseconds"))?;
            let line = json::text(line).ok_or_else(|| wrong("a line is a text"))?;
            let metadata = match value.get(2) {
                Some(found) => {
                    self::labels(found).ok_or_else(|| wrong("structured metadata are texts"))?
                }
                None => Labels::default(),
            };
            batch.push(entry(&labels, unix_ns, &line, &metadata, now))?;
        }
    }
    Ok(())
}

fn elements(value: &RawValue) -> Result<Vec<&RawValue>, Refusal> {
    let elements: Result<Elements<'_>, _> = serde_json::from_str(value.get());
    let elements = elements.map_err(|_| wrong("a value is an array"))?;
    Ok(elements.0)
}

fn labels(value: &RawValue) -> Option<Labels<'_>> {
    let members = Members::parse(value.get()).ok()?;
    let labels = members.0.into_iter();
    let labels = labels.map(|(name, value)| Some((name, json::text(value)?)));
    labels.collect::<Option<_>>().map(Labels)
}

fn wrong(what: &str) -> Refusal {
    Refusal::malformed(format!("The body is not a push of Loki: {what}"))
}
