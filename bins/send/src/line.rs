//! Lines, which become entries.

use central_logger_client::Entry;
use std::io::{self, BufRead};

/// The most of a line that is read; an entry is smaller.
const LONGEST: usize = 1024 * 1024;
/// Members that a server gives itself, and refuses in what is sent.
const RESERVED: [&str; 3] = ["id", "client_id", "received_at"];

/// A line without its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    text: Vec<u8>,
    /// What it takes up, with its end.
    pub(crate) size: u64,
    /// Whether its end was read.
    pub(crate) is_whole: bool,
}

impl Line {
    /// Reads the next line; nothing at the end of the input.
    pub(crate) fn read(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = Self {
            text: Vec::new(),
            size: 0,
            is_whole: false,
        };
        loop {
            let available = match input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                available => available?,
            };
            if available.is_empty() {
                return Ok((line.size > 0).then_some(line));
            }
            let end = available.iter().position(|byte| *byte == b'\n');
            let part = end.map_or(available, |end| available.split_at(end).0);
            let room = LONGEST - line.text.len();
            line.text
                .extend_from_slice(part.get(..room).unwrap_or(part));
            let used = part.len() + usize::from(end.is_some());
            input.consume(used);
            line.size += used as u64;
            if end.is_some() {
                line.is_whole = true;
                return Ok(Some(line));
            }
        }
    }

    /// The entry of this line: a JSON object, or a message. An empty line has none.
    pub(crate) fn entry(&self) -> Option<Entry> {
        let text = String::from_utf8_lossy(&self.text);
        let text = text.trim_end_matches('\r');
        if text.trim().is_empty() {
            return None;
        }
        let is_object = text.trim_start().starts_with('{');
        let object = is_object.then(|| object(text)).flatten();
        Some(object.unwrap_or_else(|| Entry::new(text)))
    }
}

/// The entry that an object is. What a server would refuse in it gets a form that it takes.
fn object(text: &str) -> Option<Entry> {
    let read = text.parse::<Entry>();
    let entry = read.or_else(|_| with_null(text).parse()).ok()?;
    let renamed = |entry: Entry, name: &&str| entry.renamed(name, format!("{name}_"));
    Some(RESERVED.iter().fold(entry, renamed))
}

/// A text with null for NaN and infinities, which JSON has not and many programs write all the same.
fn with_null(text: &str) -> String {
    let mut json = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (plain, quoted) = rest.split_at(rest.find('"').unwrap_or(rest.len()));
        let (quoted, after) = quoted.split_at(length_of_quoted(quoted));
        let plain = plain.replace("-Infinity", "null");
        json.push_str(&plain.replace("Infinity", "null").replace("NaN", "null"));
        json.push_str(quoted);
        rest = after;
    }
    json
}

/// How long a text is at the start of this one, with its quotation marks.
fn length_of_quoted(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entries(input: &[u8]) -> Vec<String> {
        let mut input = input;
        let lines = std::iter::from_fn(|| Line::read(&mut input).unwrap());
        lines
            .filter_map(|line| line.entry())
            .map(|entry| entry.to_string())
            .collect()
    }

    #[test]
    fn objects_stay_and_texts_become_messages() {
        let input = b"{\"a\":1.0}\r\nplain\r\n\n[1]\n{broken\n  {\"b\":2}\nlast";
        assert_eq!(
            entries(input),
            [
                r#"{"a":1.0}"#,
                r#"{"message":"plain"}"#,
                r#"{"message":"[1]"}"#,
                r#"{"message":"{broken"}"#,
                r#"{"b":2}"#,
                r#"{"message":"last"}"#,
            ]
        );
    }

    #[test]
    fn odd_bytes_are_replaced() {
        assert_eq!(
            entries(b"a\0b\xFF\n"),
            ["{\"message\":\"a\\ufffdb\u{FFFD}\"}"]
        );
    }

    #[test]
    fn what_no_server_takes_is_fitted() {
        let input = br#"{"status":200,"workflow":null,"a":"b\u0000\ud800","\u0000":1}
{"status":"ERROR","ratio":NaN,"all":[-Infinity, Infinity,"NaN \" -Infinity"],"NaN":{"b":NaN}}
{"id":7,"message":"m","client_id":"acme","received_at":"now","deep":{"id":1}}
{"a":NaNo}
"#;
        assert_eq!(
            entries(input),
            [
                "{\"status\":\"200\",\"a\":\"b\\ufffd\\ufffd\",\"\u{FFFD}\":1}",
                r#"{"status":"ERROR","ratio":null,"all":[null, null,"NaN \" -Infinity"],"NaN":{"b":null}}"#,
                r#"{"id_":7,"message":"m","client_id_":"acme","received_at_":"now","deep":{"id":1}}"#,
                r#"{"message":"{\"a\":NaNo}"}"#,
            ]
        );
    }

    #[test]
    fn a_long_line_is_cut_and_skipped() {
        let input = [&vec![b'x'; LONGEST + 5][..], b"\nnext\n"].concat();
        let mut input = &input[..];
        let long = Line::read(&mut input).unwrap().unwrap();
        assert_eq!((long.text.len(), long.size), (LONGEST, LONGEST as u64 + 6));
        assert_eq!(entries(input), [r#"{"message":"next"}"#]);
    }

    proptest! {
        #[test]
        fn every_byte_belongs_to_a_line(input in any::<Vec<u8>>()) {
            let mut rest = &input[..];
            let lines: Vec<_> = std::iter::from_fn(|| Line::read(&mut rest).unwrap()).collect();
            let size: u64 = lines.iter().map(|line| line.size).sum();
            prop_assert_eq!(size, input.len() as u64);
            lines.iter().for_each(|line| drop(line.entry()));
        }
    }
}
