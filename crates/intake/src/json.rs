//! JSON of other programs, read without building a tree.

use crate::{Refusal, draft::lossy};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// The most members and elements that are looked at.
const MAX_ELEMENTS: usize = 10_001;

/// The members of an object in their order, each value as it was written.
#[derive(Debug, Default)]
pub(crate) struct Members<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

/// The elements of an array as they were written; at most one more than a request may have entries.
#[derive(Debug, Default)]
pub(crate) struct Elements<'a>(pub(crate) Vec<&'a RawValue>);

/// A text, which is borrowed where nothing in it is escaped.
#[derive(Debug, Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl<'a> Members<'a> {
    pub(crate) fn parse(json: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The first value of this name that is not null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let mut found = self.0.iter().filter(|(found, _)| found == name);
        let (_, value) = found.find(|(_, value)| value.get() != "null")?;
        Some(value)
    }

    /// The text of this name.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).and_then(text)
    }
}

/// The text of a value, if it is one.
pub(crate) fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    let within = value.get().strip_prefix('"')?.strip_suffix('"')?;
    if !within.contains('\\') {
        return Some(within.into());
    }
    let Text(text) = serde_json::from_str(value.get()).ok()?;
    Some(text)
}

/// The text of a body, in which what is no text, or no entry may hold, is replaced by a sign of it.
pub(crate) fn body(bytes: &[u8]) -> Cow<'_, str> {
    let unmarked = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match lossy(unmarked) {
        Cow::Borrowed(text) => clean(text),
        Cow::Owned(text) => clean(&text).into_owned().into(),
    }
}

pub(crate) fn malformed(error: &serde_json::Error) -> Refusal {
    // Its own words may repeat what was sent.
    let (line, column) = (error.line(), error.column());
    Refusal::malformed(format!(
        "The body is not the JSON that is expected, at line {line}, column {column}"
    ))
}

/// JSON in which escapes of NUL and of half of a pair stand for signs of them.
fn clean(json: &str) -> Cow<'_, str> {
    // Most bodies have no backslash at all, which is found out much sooner.
    let escapes = json.find('\\').map_or("", |first| &json[first..]);
    let signs = ["\\u0000", "\\ud", "\\uD"];
    if !escapes.contains("\\u") || !signs.into_iter().any(|sign| escapes.contains(sign)) {
        return json.into();
    }
    let mut cleaned = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        cleaned.push_str(before);
        let (length, sign) = sign_of(escape);
        cleaned.push_str(sign.unwrap_or(&escape[..length]));
        rest = &escape[length..];
    }
    cleaned.push_str(rest);
    cleaned.into()
}

/// The length of an escape, and what stands in its place.
fn sign_of(escape: &str) -> (usize, Option<&'static str>) {
    let pair = |text: &str| -> Option<u16> {
        let hex = text.strip_prefix("\\u")?.get(..4)?;
        let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(hex, 16).ok())?
    };
    match pair(escape) {
        Some(0) => (6, Some("\\u2400")),
        Some(0xD800..0xDC00) => match pair(&escape[6..]) {
            Some(0xDC00..0xE000) => (12, None),
            _ => (6, Some("\\ufffd")),
        },
        Some(0xDC00..0xE000) => (6, Some("\\ufffd")),
        Some(_) => (6, None),
        // The escaped character may be of several bytes where JSON is broken.
        None => (
            1 + escape[1..].chars().next().map_or(0, char::len_utf8),
            None,
        ),
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some((Text(name), value)) = map.next_entry()? {
                    if members.len() == MAX_ELEMENTS {
                        return Err(A::Error::custom("too many members"));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        from.deserialize_map(InOrder)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Elements<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Bounded;

        impl<'de> Visitor<'de> for Bounded {
            type Value = Elements<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Elements<'de>, A::Error> {
                let mut elements = Vec::new();
                while elements.len() < MAX_ELEMENTS {
                    match seq.next_element()? {
                        Some(element) => elements.push(element),
                        None => return Ok(Elements(elements)),
                    }
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Elements(elements))
            }
        }

        from.deserialize_seq(Bounded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_entry_may_hold_is_replaced() {
        for (sent, read) in [
            (r#""a\u0000b""#, r#""a\u2400b""#),
            (r#""\\u0000 \u0041\u0000""#, r#""\\u0000 \u0041\u2400""#),
            (r#""\ud83d\ude00\ud83d""#, r#""\ud83d\ude00\ufffd""#),
            (r#""\uDE00\uD83D\n""#, r#""\ufffd\ufffd\n""#),
            (r#"\ud8é\"#, r#"\ud8é\"#),
            ("\u{feff}[]", "[]"),
            (r#"["\u00e9\n", "\"\\"]"#, r#"["\u00e9\n", "\"\\"]"#),
        ] {
            assert_eq!(body(sent.as_bytes()), read, "{sent}");
        }
        assert_eq!(body(b"\"\xff\""), "\"\u{fffd}\"");
    }

    #[test]
    fn a_text_is_what_it_says() {
        let members =
            Members::parse(r#"{"a":"","b":"é","c":"\"\u00e9\\","d":1,"e":["x"]}"#).unwrap();
        let texts: Vec<_> = members.0.iter().map(|(_, value)| text(value)).collect();
        let texts: Vec<_> = texts.iter().map(Option::as_deref).collect();
        assert_eq!(texts, [Some(""), Some("é"), Some("\"é\\"), None, None]);
    }

    #[test]
    fn members_keep_their_order_and_spelling() {
        let members = Members::parse(r#"{"a":null,"\u0062":1.50,"a":2}"#).unwrap();
        let (name, value) = &members.0[1];
        assert_eq!((&**name, value.get()), ("b", "1.50"));
        assert_eq!(members.get("a").unwrap().get(), "2");
        let many = format!("[0{}]", ",0".repeat(20_000));
        let Elements(elements) = serde_json::from_str(&many).unwrap();
        assert_eq!(elements.len(), MAX_ELEMENTS);
    }
}
