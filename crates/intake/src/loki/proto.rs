//! Pushes in protobuf, which are compressed by snappy. The numbers are those of the fields in
//! `pkg/push/push.proto`.

use super::{Stream, entry, labels::Labels};
use crate::{Batch, Refusal};
use central_logger_protobuf::{Fields, Malformed};
use time::OffsetDateTime;

/// The most bytes that are decompressed.
const MAX_BODY: usize = 10 * 1024 * 1024;

pub(super) fn read(body: &[u8], now: OffsetDateTime, batch: &mut Batch) -> Result<(), Refusal> {
    let push = decompress(body)?;
    for field in Fields(&push) {
        if let (1, stream) = field? {
            read_stream(stream.message()?, now, batch)?;
        }
    }
    Ok(())
}

fn decompress(body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let broken = |_| Refusal::malformed("The body is not whole and valid snappy");
    if body.is_empty() {
        return Ok(Vec::new());
    }
    // It is said at the beginning, and no more is ever made.
    if snap::raw::decompress_len(body).map_err(broken)? > MAX_BODY {
        let detail =
            "A body has at most 10 MiB when it is decompressed: send fewer entries at once";
        return Err(Refusal::too_large(detail));
    }
    snap::raw::Decoder::new()
        .decompress_vec(body)
        .map_err(broken)
}

fn read_stream(stream: Fields<'_>, now: OffsetDateTime, batch: &mut Batch) -> Result<(), Refusal> {
    let mut labels = Labels::default();
    for field in stream {
        if let (1, text) = field? {
            labels = Labels::parse(&text.text()?);
        }
    }
    let labels = Stream::new(labels);
    for field in stream {
        if let (2, found) = field? {
            read_entry(&labels, found.message()?, now, batch)?;
        }
    }
    Ok(())
}

fn read_entry(
    stream: &Stream<'_>,
    fields: Fields<'_>,
    now: OffsetDateTime,
    batch: &mut Batch,
) -> Result<(), Refusal> {
    let (mut unix_ns, mut line, mut metadata) = (Some(0), Default::default(), Labels::default());
    for field in fields {
        match field? {
            (1, time) => unix_ns = self::unix_ns(time.message()?)?,
            (2, text) => line = text.text()?,
            (3, pair) => metadata.0.push(self::pair(pair.message()?)?),
            _ => {}
        }
    }
    match unix_ns {
        Some(unix_ns) => batch.push(entry(stream, unix_ns, &line, &metadata, now)),
        None => batch.push_fault(None, "executed_at: must not lie before 1970"),
    }
}

/// Nothing for a time that no entry may have.
fn unix_ns(time: Fields<'_>) -> Result<Option<u64>, Malformed> {
    let (mut seconds, mut nanos) = (0, 0);
    for field in time {
        match field? {
            (1, number) => seconds = number.number()?,
            (2, number) => nanos = number.number()?,
            _ => {}
        }
    }
    let unix_ns = seconds.checked_mul(1_000_000_000);
    Ok(unix_ns.and_then(|unix_ns| unix_ns.checked_add(nanos)))
}

fn pair<'a>(
    fields: Fields<'a>,
) -> Result<(std::borrow::Cow<'a, str>, std::borrow::Cow<'a, str>), Malformed> {
    let (mut name, mut value) = Default::default();
    for field in fields {
        match field? {
            (1, text) => name = text.text()?,
            (2, text) => value = text.text()?,
            _ => {}
        }
    }
    Ok((name, value))
}
