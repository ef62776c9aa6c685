//! Labels of a stream, and metadata of an entry.

use crate::draft::clean;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

/// Names and texts in their order.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Labels<'a>(pub(super) Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Labels<'static> {
    /// Takes labels as `{app="shop", host="h7"}`, with values quoted as in Go. What cannot be read so is
    /// kept under the name `labels`.
    pub(super) fn parse(text: &str) -> Self {
        let inner = text
            .trim()
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'));
        let parsed = inner.and_then(parse);
        parsed.unwrap_or_else(|| Self(vec![("labels".into(), text.to_owned().into())]))
    }
}

fn parse(mut rest: &str) -> Option<Labels<'static>> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches([' ', ',']);
        if rest.is_empty() {
            return Some(Labels(labels));
        }
        let (name, behind) = rest.split_once('=')?;
        let (value, behind) = quoted(behind.trim_start())?;
        labels.push((name.trim().to_owned().into(), value.into()));
        rest = behind;
    }
}

/// A quoted text, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    if let Some(raw) = text.strip_prefix('`') {
        let (value, behind) = raw.split_once('`')?;
        return Some((value.to_owned(), behind));
    }
    let text = text.strip_prefix('"')?;
    let mut value = String::new();
    let mut signs = text.char_indices();
    while let Some((at, sign)) = signs.next() {
        match sign {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => {
                let (_, escape) = signs.next()?;
                let digits = match escape {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => 0,
                };
                value.push(match escape {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'x' | 'u' | 'U' => {
                        let digits: String =
                            signs.by_ref().take(digits).map(|(_, sign)| sign).collect();
                        char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
                    }
                    other => other,
                });
            }
            sign => value.push(sign),
        }
    }
    None
}

impl Serialize for Labels<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let labels = self.0.iter();
        to.collect_map(labels.map(|(name, value)| (clean(name), clean(value))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_those_of_go() {
        let labels = Labels::parse(r#"{app="shop", path="C:\\a\"b\u00e9", empty=""}"#);
        let expected = [("app", "shop"), ("path", "C:\\a\"bé"), ("empty", "")];
        let found: Vec<_> = labels
            .0
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(Labels::parse("{}"), Labels::default());
        for odd in ["", "{app=}", "{app=\"x}", "{app=\"\\x\"}", "app"] {
            assert_eq!(
                Labels::parse(odd).0,
                [("labels".into(), odd.into())],
                "{odd}"
            );
        }
    }
}
