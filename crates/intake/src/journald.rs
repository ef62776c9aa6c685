//! The export format of the journal, as `systemd-journal-upload` sends it.

use crate::{
    Batch, Head, Protocol, Refusal, Reply, Stored,
    any::Any,
    draft::{Draft, Drafted, Target, lossy},
    severity,
};
use central_logger_foreign_times::Moment;
use std::borrow::Cow;
use time::OffsetDateTime;

#[derive(Debug)]
pub(crate) struct Journald;

const TYPE: &str = "application/vnd.fdo.journal";

impl Protocol for Journald {
    fn name(&self) -> &'static str {
        "journald"
    }

    /// The sender repeats all from the last answered entry on when one is refused, and never gets beyond it.
    fn is_partial(&self) -> bool {
        true
    }

    fn part(&self, body: &[u8]) -> usize {
        let (mut rest, mut whole, mut entries, mut is_within) = (body, 0, 0, false);
        while let Some(Some(line)) = next_field(&mut rest) {
            match line {
                // The line of a text may go on.
                Line::Field(_) if rest.is_empty() => break,
                Line::Field(_) => is_within = true,
                Line::End if is_within => {
                    (entries, is_within) = (entries + 1, false);
                    whole = body.len() - rest.len();
                    if entries == Batch::MAX_ENTRIES {
                        break;
                    }
                }
                Line::End => {}
            }
        }
        whole
    }

    fn read(&self, head: &Head, body: &[u8], now: OffsetDateTime) -> Result<Batch, Refusal> {
        if head.content_type() != TYPE {
            let detail = "Send application/vnd.fdo.journal as Content-Type";
            return Err(Refusal::unsupported(detail));
        }
        let mut batch = Batch::default();
        let mut rest = body;
        let mut fields = Vec::new();
        while let Some(found) = next_field(&mut rest) {
            match found.ok_or_else(|| Refusal::malformed("The journal ends within an entry"))? {
                Line::Field(field) => fields.push(field),
                Line::End => end(&mut fields, now, &mut batch)?,
            }
        }
        end(&mut fields, now, &mut batch)?;
        Ok(batch)
    }

    fn accepted(&self, _: &Head, _: &Stored) -> Reply {
        Reply::text(202, "OK.\n")
    }

    fn refused(&self, _: &Head, refusal: &Refusal) -> Option<Reply> {
        let status = match refusal.status {
            422 => 400,
            status => status,
        };
        Some(Reply::text(status, &format!("{}\n", refusal.detail)))
    }
}

/// A name and a value.
type Field<'a> = (&'a str, &'a [u8]);

enum Line<'a> {
    Field(Field<'a>),
    /// Of an entry.
    End,
}

/// The next field: `NAME=text` in a line, or a name in a line, a length, and as many bytes. Nothing within
/// where it is neither.
fn next_field<'a>(rest: &mut &'a [u8]) -> Option<Option<Line<'a>>> {
    if rest.is_empty() {
        return None;
    }
    Some(field(rest))
}

fn field<'a>(rest: &mut &'a [u8]) -> Option<Line<'a>> {
    let end = rest.iter().position(|byte| *byte == b'\n');
    let line = &rest[..end.unwrap_or(rest.len())];
    *rest = &rest[end.map_or(rest.len(), |end| end + 1)..];
    if line.is_empty() {
        return Some(Line::End);
    }
    if let Some(equals) = line.iter().position(|byte| *byte == b'=') {
        let name = str::from_utf8(&line[..equals]).ok()?;
        return Some(Line::Field((name, &line[equals + 1..])));
    }
    let (length, behind) = rest.split_at_checked(8)?;
    let length = u64::from_le_bytes(length.try_into().ok()?);
    let (value, behind) = behind.split_at_checked(usize::try_from(length).ok()?)?;
    *rest = behind.strip_prefix(b"\n")?;
    Some(Line::Field((str::from_utf8(line).ok()?, value)))
}

fn end(fields: &mut Vec<Field<'_>>, now: OffsetDateTime, batch: &mut Batch) -> Result<(), Refusal> {
    if !fields.is_empty() {
        batch.push(entry(fields, now))?;
        fields.clear();
    }
    Ok(())
}

/// The most bytes of a value, and of all attributes of an entry. What is beyond is named and left out, since
/// the sender would send an entry that is refused again and again, and nothing behind it.
const MAX_VALUE: usize = 64 * 1024;
const MAX_VALUES: usize = 100 * 1024;

fn entry(fields: &[Field<'_>], now: OffsetDateTime) -> Drafted {
    let mut draft = Draft::new(now);
    let find = |name| {
        fields
            .iter()
            .find(|(found, _)| *found == name)
            .map(|(_, value)| *value)
    };
    let text = |name| find(name).map(lossy);
    if let Some(time) = text("__REALTIME_TIMESTAMP").and_then(|us| us.parse::<u64>().ok())
        && let Some(unix_ns) = time.checked_mul(1000)
    {
        draft.time(&Moment::from_unix_ns(unix_ns));
    }
    for (target, names) in [
        (Target::EventId, &["__CURSOR"][..]),
        (
            Target::Workflow,
            &["SYSLOG_IDENTIFIER", "_COMM", "_SYSTEMD_UNIT"],
        ),
    ] {
        for value in names.iter().filter_map(|name| text(name)) {
            draft.set(target, &value);
        }
    }
    if find("SYSLOG_IDENTIFIER").is_some() {
        draft.name(Target::Workflow, "SYSLOG_IDENTIFIER");
    }
    if let Some(message) = find("MESSAGE") {
        let cut = &message[..message.len().min(MAX_VALUE)];
        draft.set(Target::Message, lossy(cut).trim_end_matches('\u{fffd}'));
        draft.name(Target::Message, "MESSAGE");
    }
    if let Some(status) = text("PRIORITY").and_then(|text| severity::of_number(&text)) {
        draft.set(Target::Status, status);
    }
    let (mut size, mut left_out) = (0, Vec::new());
    for (name, value) in fields {
        let is_whole_text = value.len() <= MAX_VALUE && str::from_utf8(value).is_ok();
        if ["__REALTIME_TIMESTAMP", "SYSLOG_IDENTIFIER"].contains(name)
            || (*name == "MESSAGE" && is_whole_text)
        {
            continue;
        }
        size += name.len() + value.len();
        if value.len() > MAX_VALUE || size > MAX_VALUES {
            size -= name.len() + value.len();
            left_out.push(*name);
            continue;
        }
        draft.attribute(name, &of_any_bytes(value));
    }
    left_out.truncate(100);
    if !left_out.is_empty() {
        draft.attribute("left_out", &left_out);
    }
    draft.finish()
}

fn of_any_bytes(value: &[u8]) -> Any<'_> {
    match str::from_utf8(value) {
        Ok(text) => Any::Text(Cow::Borrowed(text)),
        Err(_) => Any::Bytes(Cow::Borrowed(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_of_whole_entries() {
        let whole = b"A=1\nMESSAGE\n\x04\0\0\0\0\0\0\0a\n\nb\nB=2\n\n";
        let body = [&whole[..], b"A=2\nMESSAGE\n\x04\0\0\0\0\0\0\0a\n\n"].concat();
        for length in 0..=body.len() {
            let part = Journald.part(&body[..length]);
            let expected = if length < whole.len() { 0 } else { whole.len() };
            assert_eq!(part, expected, "{length}");
        }
        let many = b"A=1\n\n\n".repeat(Batch::MAX_ENTRIES + 5);
        let part = Journald.part(&many);
        let now = OffsetDateTime::UNIX_EPOCH;
        let head = Head::default().with_header("content-type", TYPE.as_bytes());
        let batch = Journald.read(&head, &many[..part], now).unwrap();
        assert_eq!(batch.len(), Batch::MAX_ENTRIES);
        assert_eq!(Journald.part(&many[part..]) + part, many.len() - 1);
    }
}
