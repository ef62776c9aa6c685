//! Requests in JSON: names in lowerCamelCase, ids in hexadecimal, numbers of 64 bits as texts or numbers.
//! Unknown members are passed over, and null stands for none.

mod value;

use super::{
    proto::MAX_RECORD,
    record::{Kept, Record, Resource, Scope},
};
use crate::{
    Batch, Refusal,
    json::{self, Elements, Text},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use time::OffsetDateTime;
use value::{JsonAny, JsonPairs, Unsigned};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(borrow)]
    resource_logs: Option<Elements<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    #[serde(borrow)]
    scope_logs: Option<Elements<'a>>,
    #[serde(borrow)]
    schema_url: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs<'a> {
    #[serde(borrow)]
    scope: Option<&'a RawValue>,
    #[serde(borrow)]
    log_records: Option<Elements<'a>>,
    #[serde(borrow)]
    schema_url: Option<Text<'a>>,
}

/// A resource, or a scope.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Shared<'a> {
    #[serde(borrow)]
    name: Option<Text<'a>>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    attributes: Option<JsonPairs<'a>>,
    dropped_attributes_count: Option<Unsigned>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogRecord<'a> {
    time_unix_nano: Option<Unsigned>,
    observed_time_unix_nano: Option<Unsigned>,
    severity_number: Option<Unsigned>,
    #[serde(borrow)]
    severity_text: Option<Text<'a>>,
    #[serde(borrow)]
    body: Option<JsonAny<'a>>,
    #[serde(borrow)]
    attributes: Option<JsonPairs<'a>>,
    dropped_attributes_count: Option<Unsigned>,
    flags: Option<Unsigned>,
    #[serde(borrow)]
    trace_id: Option<Text<'a>>,
    #[serde(borrow)]
    span_id: Option<Text<'a>>,
    #[serde(borrow)]
    event_name: Option<Text<'a>>,
}

pub(super) fn read(body: &[u8], now: OffsetDateTime, batch: &mut Batch) -> Result<(), Refusal> {
    let body = json::body(body);
    let request: Request<'_> = match serde_json::from_str(&body) {
        Ok(request) => request,
        Err(error) => return Err(json::malformed(&error)),
    };
    for found in elements(request.resource_logs) {
        let ResourceLogs {
            resource,
            scope_logs,
            schema_url,
        } = parsed(found, "resourceLogs")?;
        let shared = shared(resource, "a resource")?;
        let resource = Resource {
            attributes: pairs(shared.attributes),
            dropped: number(shared.dropped_attributes_count),
            schema_url: text(schema_url),
        };
        let of_resource = resource.written();
        for found in elements(scope_logs) {
            let ScopeLogs {
                scope,
                log_records,
                schema_url,
            } = parsed(found, "scopeLogs")?;
            let shared = self::shared(scope, "a scope")?;
            let scope = Scope {
                name: text(shared.name),
                version: text(shared.version),
                attributes: pairs(shared.attributes),
                dropped: number(shared.dropped_attributes_count),
                schema_url: text(schema_url),
            };
            let of_scope = scope.written();
            let kept = Kept {
                resource: of_resource.as_deref(),
                scope: of_scope.as_deref(),
            };
            for record in elements(log_records) {
                match record.get().len() {
                    ..=MAX_RECORD => {
                        let record: LogRecord<'_> = parsed(record, "a log record")?;
                        batch.push(Record::from(record).draft(&resource, kept, now))?;
                    }
                    _ => batch.push_fault(None, "a record has at most 1 MiB")?,
                }
            }
        }
    }
    Ok(())
}

fn elements(found: Option<Elements<'_>>) -> Vec<&RawValue> {
    found.unwrap_or_default().0
}

fn text(found: Option<Text<'_>>) -> Cow<'_, str> {
    found.map(|Text(text)| text).unwrap_or_default()
}

fn number(found: Option<Unsigned>) -> u64 {
    found.map_or(0, |Unsigned(number)| number)
}

fn pairs(found: Option<JsonPairs<'_>>) -> crate::any::Pairs<'_> {
    found.map(|JsonPairs(pairs)| pairs).unwrap_or_default()
}

/// What many entries share is held while they are read.
fn shared<'a>(found: Option<&'a RawValue>, what: &str) -> Result<Shared<'a>, Refusal> {
    match found {
        None => Ok(Shared::default()),
        Some(found) if found.get().len() > MAX_RECORD => {
            Err(Refusal::too_large("Attributes have more than 1 MiB"))
        }
        Some(found) => parsed(found, what),
    }
}

fn parsed<'a, T: Deserialize<'a>>(found: &'a RawValue, what: &str) -> Result<T, Refusal> {
    serde_json::from_str(found.get()).map_err(|error| {
        // Its own words may repeat what was sent.
        Refusal::malformed(format!(
            "The body is not a request of OTLP in JSON: {what} has a member of another type, or one \
             that is nested too deep, at its column {}",
            error.column()
        ))
    })
}

impl<'a> From<LogRecord<'a>> for Record<'a> {
    fn from(record: LogRecord<'a>) -> Self {
        let id = |found| text(found).to_ascii_lowercase();
        Self {
            time: number(record.time_unix_nano),
            observed: number(record.observed_time_unix_nano),
            severity: number(record.severity_number).cast_signed(),
            severity_text: text(record.severity_text),
            body: record.body.map(|JsonAny(body)| body).unwrap_or_default(),
            attributes: pairs(record.attributes),
            dropped: number(record.dropped_attributes_count),
            flags: number(record.flags),
            trace_id: id(record.trace_id),
            span_id: id(record.span_id),
            event_name: text(record.event_name),
        }
    }
}
