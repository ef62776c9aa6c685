//! Goes through the members of a JSON object and of the objects within it, without building a tree.

use super::terms::Path;
use std::borrow::Cow;

/// Gives `take` the term of each member that has a text: that of a string, or a number, `true`, `false` or
/// `null` as it is written. Members of objects in arrays are none.
///
/// Returns `None` when `json` is no object, after some of it.
pub(super) fn terms_of(json: &str, mut take: impl FnMut(u64)) -> Option<()> {
    let mut text = Text(json);
    let mut within: Vec<Path> = Vec::new();
    text.expect('{')?;
    let mut is_first = true;
    loop {
        if text.accept('}') {
            if within.pop().is_none() {
                return text.is_at_end().then_some(());
            }
            is_first = false;
            continue;
        }
        if !is_first {
            text.expect(',')?;
        }
        is_first = false;
        let name = text.string()?;
        text.expect(':')?;
        let path = match within.last() {
            Some(path) => path.then(&name),
            None => Path::of(&name),
        };
        match text.peek()? {
            '{' => {
                text.expect('{')?;
                within.push(path);
                is_first = true;
            }
            '[' => text.pass_array()?,
            '"' => take(path.with_value(&text.string()?)),
            _ => take(path.with_value(text.scalar()?)),
        }
    }
}

/// What has not been read yet.
struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    fn peek(&mut self) -> Option<char> {
        let is_space = |c| matches!(c, ' ' | '\t' | '\n' | '\r');
        self.0 = self.0.trim_start_matches(is_space);
        self.0.chars().next()
    }

    fn accept(&mut self, character: char) -> bool {
        let is_next = self.peek() == Some(character);
        if is_next {
            self.0 = &self.0[character.len_utf8()..];
        }
        is_next
    }

    fn expect(&mut self, character: char) -> Option<()> {
        self.accept(character).then_some(())
    }

    fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }

    fn string(&mut self) -> Option<Cow<'a, str>> {
        let raw = self.raw_string()?;
        match raw.contains('\\') {
            true => serde_json::from_str(raw).ok().map(Cow::Owned),
            false => Some(Cow::Borrowed(&raw[1..raw.len() - 1])),
        }
    }

    /// A string with its quotes.
    fn raw_string(&mut self) -> Option<&'a str> {
        if self.peek() != Some('"') {
            return None;
        }
        let mut bytes = self.0.bytes().enumerate().skip(1);
        while let Some((at, byte)) = bytes.next() {
            match byte {
                b'"' => {
                    let (string, rest) = self.0.split_at(at + 1);
                    self.0 = rest;
                    return Some(string);
                }
                b'\\' => drop(bytes.next()),
                _ => {}
            }
        }
        None
    }

    fn scalar(&mut self) -> Option<&'a str> {
        self.peek()?;
        let ends = |c: char| matches!(c, ',' | '}' | ']' | ' ' | '\t' | '\n' | '\r');
        let (scalar, rest) = self.0.split_at(self.0.find(ends)?);
        self.0 = rest;
        (!scalar.is_empty()).then_some(scalar)
    }

    fn pass_array(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                '"' => drop(self.raw_string()?),
                bracket @ ('[' | '{') => {
                    self.expect(bracket)?;
                    depth += 1;
                }
                bracket @ (']' | '}') => {
                    self.expect(bracket)?;
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(());
                    }
                }
                other => self.expect(other)?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(json: &str) -> Option<Vec<u64>> {
        let mut terms = Vec::new();
        terms_of(json, |term| terms.push(term)).map(|()| terms)
    }

    #[test]
    fn members_are_found_by_their_paths() {
        let json = r#"{ "a":"x\n", "b" : {"c":1.50,"d":{"e" :null}}, "l":[{"a":"no]"},[1]],"b.c":true,"\u0061":"é"}"#;
        let expected = [
            Path::of("a").with_value("x\n"),
            Path::of("b.c").with_value("1.50"),
            Path::of("b.d.e").with_value("null"),
            Path::of("b.c").with_value("true"),
            Path::of("a").with_value("é"),
        ];
        assert_eq!(terms(json).unwrap(), expected);
        assert_eq!(terms("{}"), Some(vec![]));
        assert_eq!(terms(r#"{"a":{}}"#), Some(vec![]));
    }

    #[test]
    fn what_is_no_object_is_told() {
        for json in [
            "",
            "[]",
            "{",
            r#"{"a"}"#,
            r#"{"a":1"#,
            r#"{"a":1}}"#,
            r#"{"a":[}"#,
            r#"{"a":1 "b":2}"#,
        ] {
            assert_eq!(terms(json), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[{}\\[\\],:\"\\\\a1 é]{0,40}") {
            terms(&text);
        }
    }
}
