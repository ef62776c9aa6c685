//! Requests in JSON: names in lowerCamelCase, ids in hexadecimal, numbers of 64 bits as texts or numbers.
//! Unknown members are passed over.

use super::{
    proto::MAX_RECORD,
    record::{Record, Resource, Scope},
};
use crate::{
    Batch, Refusal,
    any::{Any, MAX_DEPTH, Pairs},
    json::{self, Elements, Members},
};
use base64ct::{Base64, Encoding};
use serde_json::{Value, value::RawValue};
use std::borrow::Cow;
use time::OffsetDateTime;

pub(super) fn read(body: &[u8], now: OffsetDateTime, batch: &mut Batch) -> Result<(), Refusal> {
    let body = json::body(body);
    let request = Members::parse(&body).map_err(|error| json::malformed(&error))?;
    for resource_logs in elements(&request, "resourceLogs")? {
        let resource_logs = object(resource_logs)?;
        let resource = resource(&resource_logs)?;
        for scope_logs in elements(&resource_logs, "scopeLogs")? {
            let scope_logs = object(scope_logs)?;
            let scope = scope(&scope_logs)?;
            for record in elements(&scope_logs, "logRecords")? {
                match record.get().len() {
                    ..=MAX_RECORD => {
                        let record = self::record(&object(record)?)?;
                        batch.push(record.draft(&resource, &scope, now))?;
                    }
                    _ => batch.push_fault(None, "a record has at most 1 MiB")?,
                }
            }
        }
    }
    Ok(())
}

fn object(value: &RawValue) -> Result<Members<'_>, Refusal> {
    Members::parse(value.get()).map_err(|_| wrong("an object is expected"))
}

fn elements<'a>(of: &Members<'a>, name: &str) -> Result<Vec<&'a RawValue>, Refusal> {
    let Some(value) = of.get(name) else {
        return Ok(Vec::new());
    };
    let elements: Result<Elements<'_>, _> = serde_json::from_str(value.get());
    elements
        .map(|Elements(elements)| elements)
        .map_err(|_| wrong(&format!("{name} must be an array")))
}

fn wrong(what: &str) -> Refusal {
    Refusal::malformed(format!("The body is not a request of OTLP in JSON: {what}"))
}

fn resource<'a>(resource_logs: &Members<'a>) -> Result<Resource<'a>, Refusal> {
    let mut resource = Resource::default();
    if let Some(found) = resource_logs.get("resource") {
        let found = object(found)?;
        resource.attributes = attributes(&found)?;
        resource.dropped = number(&found, "droppedAttributesCount")?;
    }
    resource.schema_url = text(resource_logs, "schemaUrl")?;
    Ok(resource)
}

fn scope<'a>(scope_logs: &Members<'a>) -> Result<Scope<'a>, Refusal> {
    let mut scope = Scope::default();
    if let Some(found) = scope_logs.get("scope") {
        let found = object(found)?;
        scope.name = text(&found, "name")?;
        scope.version = text(&found, "version")?;
        scope.attributes = attributes(&found)?;
        scope.dropped = number(&found, "droppedAttributesCount")?;
    }
    scope.schema_url = text(scope_logs, "schemaUrl")?;
    Ok(scope)
}

fn record<'a>(record: &Members<'a>) -> Result<Record<'a>, Refusal> {
    let body = match record.get("body") {
        Some(body) => any(value(body)?, 1)?,
        None => Any::Null,
    };
    Ok(Record {
        time: number(record, "timeUnixNano")?,
        observed: number(record, "observedTimeUnixNano")?,
        severity: number(record, "severityNumber")?.cast_signed(),
        severity_text: text(record, "severityText")?,
        body,
        attributes: attributes(record)?,
        dropped: number(record, "droppedAttributesCount")?,
        flags: number(record, "flags")?,
        trace_id: text(record, "traceId")?.to_ascii_lowercase(),
        span_id: text(record, "spanId")?.to_ascii_lowercase(),
        event_name: text(record, "eventName")?,
    })
}

fn text<'a>(of: &Members<'a>, name: &str) -> Result<Cow<'a, str>, Refusal> {
    match of.get(name) {
        Some(value) => json::text(value).ok_or_else(|| wrong(&format!("{name} must be a string"))),
        None => Ok(Cow::default()),
    }
}

/// A number, or a text of one.
fn number(of: &Members<'_>, name: &str) -> Result<u64, Refusal> {
    let Some(value) = of.get(name) else {
        return Ok(0);
    };
    let digits = value.get().trim_matches('"');
    let number = digits.parse();
    number.map_err(|_| wrong(&format!("{name} must be a whole number from 0 on")))
}

fn attributes<'a>(of: &Members<'a>) -> Result<Pairs<'a>, Refusal> {
    if let Some(found) = of.get("attributes")
        && found.get().len() > MAX_RECORD
    {
        return Err(Refusal::too_large("Attributes have more than 1 MiB"));
    }
    match of.get("attributes") {
        Some(found) => pairs(value(found)?, 1),
        None => Ok(Pairs::default()),
    }
}

fn value(raw: &RawValue) -> Result<Value, Refusal> {
    serde_json::from_str(raw.get()).map_err(|_| wrong("a value is nested too deep"))
}

fn pairs<'a>(list: Value, depth: usize) -> Result<Pairs<'a>, Refusal> {
    let Value::Array(list) = list else {
        return Err(wrong("a list of keys and values must be an array"));
    };
    let pair = |pair: Value| match pair {
        Value::Object(mut pair) => {
            let key = match pair.remove("key") {
                Some(Value::String(key)) => key,
                _ => String::new(),
            };
            let value = any(pair.remove("value").unwrap_or_default(), depth)?;
            Ok((key.into(), value))
        }
        _ => Err(wrong("a key and its value must be an object")),
    };
    let pairs: Result<_, _> = list.into_iter().map(pair).collect();
    pairs.map(Pairs)
}

fn any<'a>(value: Value, depth: usize) -> Result<Any<'a>, Refusal> {
    if depth > MAX_DEPTH {
        return Err(wrong("a value is nested too deep"));
    }
    let members = match value {
        Value::Object(members) => members,
        Value::Null => return Ok(Any::Null),
        _ => {
            return Err(wrong(
                "a value must be an object, such as {\"stringValue\": \"…\"}",
            ));
        }
    };
    for (name, value) in members {
        let of_its_type = match (&*name, value) {
            (_, Value::Null) => continue,
            ("stringValue", Value::String(text)) => Any::Text(text.into()),
            ("boolValue", Value::Bool(value)) => Any::Bool(value),
            ("intValue", value) => Any::Int(int(&value)?),
            ("doubleValue", value) => Any::Double(double(&value)?),
            ("bytesValue", Value::String(text)) => Any::Bytes(bytes(&text)?.into()),
            ("arrayValue", Value::Object(mut list)) => {
                let values = match list.remove("values") {
                    Some(Value::Array(values)) => values,
                    _ => Vec::new(),
                };
                let values = values.into_iter().map(|value| any(value, depth + 1));
                Any::List(values.collect::<Result<_, _>>()?)
            }
            ("kvlistValue", Value::Object(mut list)) => match list.remove("values") {
                Some(values) => Any::Map(pairs(values, depth + 1)?),
                None => Any::Map(Pairs::default()),
            },
            ("stringValue" | "boolValue" | "bytesValue" | "arrayValue" | "kvlistValue", _) => {
                return Err(wrong(&format!("{name} is of another type")));
            }
            _ => continue,
        };
        return Ok(of_its_type);
    }
    Ok(Any::Null)
}

fn int(value: &Value) -> Result<i64, Refusal> {
    let number = match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_i64(),
    };
    number.ok_or_else(|| wrong("intValue must be a whole number of 64 bits"))
}

fn double(value: &Value) -> Result<f64, Refusal> {
    let number = match value {
        // `NaN` and `Infinity` too.
        Value::String(text) => text.parse().ok(),
        value => value.as_f64(),
    };
    number.ok_or_else(|| wrong("doubleValue must be a number"))
}

/// Base64 in either alphabet, padded or not.
fn bytes(text: &str) -> Result<Vec<u8>, Refusal> {
    let text = text.replace('-', "+").replace('_', "/");
    let text = text.trim_end_matches('=');
    let padded = format!("{text}{}", "=".repeat(text.len().wrapping_neg() % 4));
    Base64::decode_vec(&padded).map_err(|_| wrong("bytesValue must be base64"))
}
