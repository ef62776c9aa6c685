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

/// Checks `json`, which must be valid JSON.
pub(crate) fn check(json: &str) -> Result<(), Unacceptable> {
    check_within(0, json)
}

/// As [`check`], of a value that lies within `depth` arrays or objects.
pub(crate) fn check_within(depth: usize, json: &str) -> Result<(), Unacceptable> {
    check_escapes(json)?;
    check_depth(depth, json.as_bytes())
}

/// Backslashes stand in strings alone, so there is no need to know where these begin and end.
fn check_escapes(mut json: &str) -> Result<(), Unacceptable> {
    while let Some(at) = json.find('\\') {
        let behind = json.get(at + 1..).unwrap_or_default();
        let length = escape(behind.as_bytes())?;
        json = behind.get(length..).unwrap_or_default();
    }
    Ok(())
}

fn check_depth(mut depth: usize, json: &[u8]) -> Result<(), Unacceptable> {
    // Hardly any value has so many brackets, even with those in strings, and counting them is quicker.
    if depth + opening_brackets(json) <= MAX_DEPTH {
        return Ok(());
    }
    let (mut bytes, mut in_string) = (json.iter(), false);
    while let Some(byte) = bytes.next() {
        match (byte, in_string) {
            (b'"', _) => in_string = !in_string,
            (b'\\', true) => drop(bytes.next()),
            (b'[' | b'{', false) if depth == MAX_DEPTH => return Err(Unacceptable::TooDeep),
            (b'[' | b'{', false) => depth += 1,
            (b']' | b'}', false) => depth -= 1,
            _ => {}
        }
    }
    Ok(())
}

/// Counts in parts that one byte can count, many bytes at a time.
fn opening_brackets(json: &[u8]) -> usize {
    let in_part = |part: &[u8]| {
        let brackets = part
            .iter()
            .map(|byte| u8::from(matches!(byte, b'[' | b'{')));
        usize::from(brackets.sum::<u8>())
    };
    json.chunks(usize::from(u8::MAX)).map(in_part).sum()
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
        let wide = format!(r#"[{}"\\","[[{{"]"#, "[],{},".repeat(MAX_DEPTH));
        assert_eq!(check(&wide), Ok(()));
        let within = "[".repeat(MAX_DEPTH - 1) + "\"\\\"[[\"" + &"]".repeat(MAX_DEPTH - 1);
        assert_eq!(check_within(1, &within), Ok(()));
        assert_eq!(check_within(2, &within), Err(Unacceptable::TooDeep));
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
