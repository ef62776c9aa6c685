//! What JSON allows and this service does not, found in the text of a valid JSON value.

/// The most levels of arrays and objects in one another, the entry itself counted.
pub(crate) const MAX_DEPTH: usize = 128;

/// Something that JSON's grammar allows, but no entry may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unacceptable {
    #[error("must not contain a NUL character")]
    Nul,
    #[error("must not contain a lone surrogate (half of a \\u pair)")]
    LoneSurrogate,
    #[error("must not be nested more than 128 levels deep")]
    TooDeep,
}

/// Goes once through `json`, which must be valid JSON.
pub(crate) fn check(json: &str) -> Result<(), Unacceptable> {
    check_within(0, json)
}

/// As [`check`], of a value that lies within `depth` arrays or objects.
pub(crate) fn check_within(mut depth: usize, json: &str) -> Result<(), Unacceptable> {
    let bytes = json.as_bytes();
    let (mut at, mut in_string) = (0, false);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        match (byte, in_string) {
            (b'"', _) => in_string = !in_string,
            (b'\\', true) => at += escape(&bytes[at..])?,
            (b'[' | b'{', false) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(Unacceptable::TooDeep);
                }
            }
            (b']' | b'}', false) => depth -= 1,
            _ => {}
        }
    }
    Ok(())
}

/// Returns the length of the escape after its backslash; of a pair of surrogates, that of both.
fn escape(bytes: &[u8]) -> Result<usize, Unacceptable> {
    let Some(unit) = code_unit(bytes) else {
        return Ok(1);
    };
    match unit {
        0 => Err(Unacceptable::Nul),
        0xD800..0xDC00 => match bytes.get(5..).and_then(|rest| rest.strip_prefix(b"\\")) {
            Some(next) if matches!(code_unit(next), Some(0xDC00..0xE000)) => Ok(11),
            _ => Err(Unacceptable::LoneSurrogate),
        },
        0xDC00..0xE000 => Err(Unacceptable::LoneSurrogate),
        _ => Ok(5),
    }
}

fn code_unit(bytes: &[u8]) -> Option<u16> {
    let hex = bytes.strip_prefix(b"u")?.get(..4)?;
    u16::from_str_radix(str::from_utf8(hex).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_values_pass() {
        for json in [
            r#"{"a":"\u0001\u00e9\ud83d\ude00 \\u0000 \" \\","b":[[{}]]}"#,
            r#""[[[[""#,
            "1e400",
        ] {
            assert_eq!(check(json), Ok(()), "{json}");
        }
        let deepest = "[".repeat(MAX_DEPTH) + &"]".repeat(MAX_DEPTH);
        assert_eq!(check(&deepest), Ok(()));
    }

    #[test]
    fn the_rest_is_found_wherever_it_stands() {
        for (json, found) in [
            (r#"{"a\u0000":1}"#, Unacceptable::Nul),
            (r#"["\\\u0000"]"#, Unacceptable::Nul),
            (r#""\ud800""#, Unacceptable::LoneSurrogate),
            (r#""\ud800x""#, Unacceptable::LoneSurrogate),
            (r#""\uD800\n""#, Unacceptable::LoneSurrogate),
            (r#""\ud800\ud800\udc00""#, Unacceptable::LoneSurrogate),
            (r#""\udc00\ud800""#, Unacceptable::LoneSurrogate),
        ] {
            assert_eq!(check(json), Err(found), "{json}");
        }
        let too_deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(check(&too_deep), Err(Unacceptable::TooDeep));
    }
}
