use central_logger_keys::KeyDigest;
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// Version of a record, as HTTP writes it in `ETag` and `If-Match`: two states of a record never have the
/// same one.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::ETag;
///
/// let tag: ETag = "\"00c0ffee00c0ffee\"".parse()?;
/// assert_eq!(tag.to_string(), "\"00c0ffee00c0ffee\"");
/// assert_eq!(ETag::of(["acme", "{}"]), ETag::of(["acme", "{}"]));
/// assert_ne!(ETag::of(["acme", "{}"]), ETag::of(["acme{", "}"]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ETag([u8; 8]);

/// Error returned when parsing an [`ETag`] fails: nothing here has that tag.
///
/// # Examples
///
/// ```
/// use central_logger_client_records::{ETag, InvalidETag};
///
/// assert_eq!("W/\"00c0ffee00c0ffee\"".parse::<ETag>(), Err(InvalidETag), "a weak one");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a tag is 16 hexadecimal digits within quotation marks")]
pub struct InvalidETag;

impl ETag {
    /// Returns the tag of a record, from its id and its state.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let parts: Vec<_> = parts.into_iter().collect();
        let text = serde_json::json!(parts).to_string();
        Self(KeyDigest::of(text.as_bytes()).fingerprint().to_bytes())
    }
}

impl FromStr for ETag {
    type Err = InvalidETag;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'));
        let digits = digits.ok_or(InvalidETag)?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 16 || !digits.bytes().all(is_digit) {
            return Err(InvalidETag);
        }
        let number = u64::from_str_radix(digits, 16).map_err(|_| InvalidETag)?;
        Ok(Self(number.to_be_bytes()))
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{:016x}\"", u64::from_be_bytes(self.0))
    }
}

impl Serialize for ETag {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_written_as_it_is_read() {
        for text in ["\"0000000000000001\"", "\"ffffffffffffffff\""] {
            assert_eq!(text.parse::<ETag>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "*",
            "\"\"",
            "0000000000000001",
            "\"000000000000001\"",
            "\"+00000000000001f\"",
            "\"FFFFFFFFFFFFFFFF\"",
        ] {
            assert_eq!(text.parse::<ETag>(), Err(InvalidETag), "{text}");
        }
    }
}
