//! Pushes in JSON.

use super::{entry, labels::Labels};
use crate::{
    Batch, Refusal,
    json::{self, Elements, Members},
};
use serde_json::value::RawValue;
use time::OffsetDateTime;

pub(super) fn read(body: &[u8], now: OffsetDateTime, batch: &mut Batch) -> Result<(), Refusal> {
    let body = json::body(body);
    let push = Members::parse(&body).map_err(|error| json::malformed(&error))?;
    let streams = push
        .get("streams")
        .ok_or_else(|| wrong("there is no member streams"))?;
    for stream in elements(streams)? {
        let stream = Members::parse(stream.get()).map_err(|_| wrong("a stream is an object"))?;
        let labels = match stream.get("stream") {
            Some(found) => self::labels(found).ok_or_else(|| wrong("labels are texts"))?,
            None => Labels::default(),
        };
        for value in stream.get("values").map_or(Ok(Vec::new()), elements)? {
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
    let elements = elements.map_err(|_| wrong("streams, values and each value are arrays"))?;
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
