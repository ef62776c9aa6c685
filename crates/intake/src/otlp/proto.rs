//! Requests in protobuf. The numbers are those of the fields in `opentelemetry/proto/logs/v1/logs.proto`
//! and `common/v1/common.proto`.

use super::record::{Kept, Record, Resource, Scope};
use crate::{
    Batch, Refusal,
    any::{Any, MAX_DEPTH, Pairs},
};
use central_logger_protobuf::{Fields, Malformed, Value};
use std::borrow::Cow;
use time::OffsetDateTime;

/// The largest record, in bytes: more than an entry may have.
pub(super) const MAX_RECORD: usize = 1024 * 1024;

pub(super) fn read(body: &[u8], now: OffsetDateTime, batch: &mut Batch) -> Result<(), Refusal> {
    for resource_logs in messages(Fields(body), 1) {
        let resource_logs = resource_logs?;
        let resource = resource(resource_logs)?;
        let of_resource = resource.written();
        for scope_logs in messages(resource_logs, 2) {
            let scope_logs = scope_logs?;
            let of_scope = scope(scope_logs)?.written();
            let kept = Kept {
                resource: of_resource.as_deref(),
                scope: of_scope.as_deref(),
            };
            for record in messages(scope_logs, 2) {
                match record? {
                    Fields(bytes) if bytes.len() > MAX_RECORD => {
                        batch.push_fault(None, "a record has at most 1 MiB")?;
                    }
                    fields => match self::record(fields)? {
                        Some(record) => batch.push(record.draft(&resource, kept, now))?,
                        None => batch.push_fault(None, "a value is nested too deep")?,
                    },
                }
            }
        }
    }
    Ok(())
}

/// The messages in a field of this number.
fn messages(of: Fields<'_>, number: u64) -> impl Iterator<Item = Result<Fields<'_>, Malformed>> {
    of.filter_map(move |field| match field {
        Ok((found, value)) if found == number => Some(value.message()),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

fn resource(resource_logs: Fields<'_>) -> Result<Resource<'_>, Refusal> {
    let mut resource = Resource::default();
    for field in resource_logs {
        match field? {
            (1, message) => {
                for field in message.message()? {
                    match field? {
                        (1, pair) => push(&mut resource.attributes, pair)?,
                        (2, number) => resource.dropped = number.number()?,
                        _ => {}
                    }
                }
            }
            (3, url) => resource.schema_url = url.text()?,
            _ => {}
        }
    }
    Ok(resource)
}

fn scope(scope_logs: Fields<'_>) -> Result<Scope<'_>, Refusal> {
    let mut scope = Scope::default();
    for field in scope_logs {
        match field? {
            (1, message) => {
                for field in message.message()? {
                    match field? {
                        (1, name) => scope.name = name.text()?,
                        (2, version) => scope.version = version.text()?,
                        (3, pair) => push(&mut scope.attributes, pair)?,
                        (4, number) => scope.dropped = number.number()?,
                        _ => {}
                    }
                }
            }
            (3, url) => scope.schema_url = url.text()?,
            _ => {}
        }
    }
    Ok(scope)
}

/// What many entries share has fewer attributes than one may have: it is held while they are read.
fn push<'a>(pairs: &mut Pairs<'a>, value: Value<'a>) -> Result<(), Refusal> {
    const MOST: usize = 1024;
    let pair = pair(value.message()?, 1)?;
    let pair = pair.ok_or_else(|| Refusal::malformed("A value is nested too deep"))?;
    if pairs.0.len() == MOST {
        let detail = "A resource or a scope has more than 1,024 attributes";
        return Err(Refusal::too_large(detail));
    }
    pairs.0.push(pair);
    Ok(())
}

/// Nothing where values are nested too deep.
fn record(fields: Fields<'_>) -> Result<Option<Record<'_>>, Malformed> {
    let mut record = Record::default();
    for field in fields {
        match field? {
            (1, time) => record.time = time.number()?,
            (2, number) => record.severity = number.number()?.cast_signed(),
            (3, text) => record.severity_text = text.text()?,
            (5, body) => match any(body.message()?, 1)? {
                Some(body) => record.body = body,
                None => return Ok(None),
            },
            (6, attribute) => match pair(attribute.message()?, 1)? {
                Some(pair) => record.attributes.0.push(pair),
                None => return Ok(None),
            },
            (7, number) => record.dropped = number.number()?,
            (8, flags) => record.flags = flags.number()?,
            (9, id) => record.trace_id = hex(id.bytes()?),
            (10, id) => record.span_id = hex(id.bytes()?),
            (11, time) => record.observed = time.number()?,
            (12, name) => record.event_name = name.text()?,
            _ => {}
        }
    }
    Ok(Some(record))
}

fn pair(fields: Fields<'_>, depth: usize) -> Result<Option<(Cow<'_, str>, Any<'_>)>, Malformed> {
    let (mut name, mut value) = (Cow::default(), Any::Null);
    for field in fields {
        match field? {
            (1, text) => name = text.text()?,
            (2, found) => match any(found.message()?, depth)? {
                Some(found) => value = found,
                None => return Ok(None),
            },
            _ => {}
        }
    }
    Ok(Some((name, value)))
}

/// A value of any type; nothing where it is nested too deep.
fn any(fields: Fields<'_>, depth: usize) -> Result<Option<Any<'_>>, Malformed> {
    if depth > MAX_DEPTH {
        return Ok(None);
    }
    let mut any = Any::Null;
    for field in fields {
        any = match field? {
            (1, text) => Any::Text(text.text()?),
            (2, value) => Any::Bool(value.number()? != 0),
            (3, value) => Any::Int(value.number()?.cast_signed()),
            (4, Value::Fixed64(bits)) => Any::Double(f64::from_bits(bits)),
            (4, _) => return Err(Malformed),
            (5, list) => {
                let mut values = Vec::new();
                for value in messages(list.message()?, 1) {
                    match self::any(value?, depth + 1)? {
                        Some(value) => values.push(value),
                        None => return Ok(None),
                    }
                }
                Any::List(values)
            }
            (6, map) => {
                let mut pairs = Pairs::default();
                for pair in messages(map.message()?, 1) {
                    match self::pair(pair?, depth + 1)? {
                        Some(pair) => pairs.0.push(pair),
                        None => return Ok(None),
                    }
                }
                Any::Map(pairs)
            }
            (7, bytes) => Any::Bytes(bytes.bytes()?.into()),
            _ => any,
        };
    }
    Ok(Some(any))
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)]))
        .collect()
}

impl From<Malformed> for Refusal {
    fn from(error: Malformed) -> Self {
        Self::malformed(error.to_string())
    }
}
