//! The push API of Loki. The header `X-Scope-OrgID` is never read: the key alone names the client.

mod json;
mod labels;
mod proto;

use crate::{
    Batch, Head, Protocol, Refusal, Reply, Stored,
    draft::{Draft, Drafted, Target},
    fields,
    json::Members,
};
use central_logger_foreign_times::Moment;
use labels::Labels;
use serde_json::value::{RawValue, to_raw_value};
use time::OffsetDateTime;

#[derive(Debug)]
pub(crate) struct Loki;

impl Protocol for Loki {
    fn name(&self) -> &'static str {
        "loki"
    }

    fn read(&self, head: &Head, body: &[u8], now: OffsetDateTime) -> Result<Batch, Refusal> {
        let mut batch = Batch::default();
        match &*head.content_type() {
            "application/json" => json::read(body, now, &mut batch)?,
            "application/x-protobuf" | "" => proto::read(body, now, &mut batch)?,
            _ => {
                let detail = "Send application/json or application/x-protobuf as Content-Type";
                return Err(Refusal::unsupported(detail));
            }
        }
        Ok(batch)
    }

    fn accepted(&self, _: &Head, _: &Stored) -> Reply {
        Reply::empty(204)
    }

    fn refused(&self, _: &Head, refusal: &Refusal) -> Option<Reply> {
        let detail = match refusal.index {
            Some(index) => format!("entry {index}: {}; nothing was stored", refusal.detail),
            None => refusal.detail.clone(),
        };
        let status = match refusal.status {
            408 => 503,
            422 => 400,
            status => status,
        };
        Some(Reply::text(status, &(detail + "\n")))
    }
}

/// The labels of a stream, and how they are kept with each of its entries: written once, and not for each.
struct Stream<'a> {
    labels: Labels<'a>,
    kept: Option<Box<RawValue>>,
}

impl<'a> Stream<'a> {
    fn new(labels: Labels<'a>) -> Self {
        let has_some = !labels.0.is_empty();
        Self {
            // Texts can always be written.
            kept: has_some.then(|| to_raw_value(&labels).ok()).flatten(),
            labels,
        }
    }
}

/// An entry of a stream. A line that is a JSON object is taken apart, as libraries send their records so.
fn entry(
    stream: &Stream<'_>,
    unix_ns: u64,
    line: &str,
    metadata: &Labels<'_>,
    now: OffsetDateTime,
) -> Drafted {
    let mut draft = Draft::new(now);
    draft.time(&Moment::from_unix_ns(unix_ns));
    fields::take(&mut draft, &*metadata.0);
    fields::take(&mut draft, &*stream.labels.0);
    let members = line
        .trim_start()
        .starts_with('{')
        .then(|| Members::parse(line));
    match members {
        Some(Ok(members)) => fields::add_members(&mut draft, &members),
        _ => draft.set(Target::Message, line),
    }
    if let Some(labels) = &stream.kept {
        draft.attribute("labels", labels);
    }
    if !metadata.0.is_empty() {
        draft.attribute("structured_metadata", metadata);
    }
    draft.finish()
}
