//! Names of states, for changes that hold only for the state that was seen.

use crate::hex;
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr};

/// A name of a state, as in the HTTP field `ETag` (RFC 9110): another state has another name.
///
/// # Examples
///
/// ```
/// use central_logger_keys::etag::ETag;
///
/// let tag = ETag::of(br#"{"is_active":true}"#);
/// assert_eq!(tag.to_string().parse(), Ok(tag));
/// assert_ne!(tag, ETag::of(br#"{"is_active":false}"#));
/// assert_eq!(tag.to_string().len(), 18, "16 digits in quotes");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ETag([u8; 8]);

/// A text that is no [`ETag`] of ours, and so names no state that there ever was.
///
/// # Examples
///
/// ```
/// use central_logger_keys::etag::{ETag, InvalidETag};
///
/// assert_eq!("W/\"1\"".parse::<ETag>(), Err(InvalidETag));
/// assert_eq!(InvalidETag.to_string(), "an ETag is 16 hexadecimal digits in quotes");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an ETag is 16 hexadecimal digits in quotes")]
pub struct InvalidETag;

impl ETag {
    /// The name of the state that is written as `text`.
    pub fn of(text: &[u8]) -> Self {
        let digest: [u8; 32] = Sha256::digest(text).into();
        let mut name = [0; 8];
        name.copy_from_slice(&digest[..8]);
        Self(name)
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", hex::encode(&self.0))
    }
}

impl FromStr for ETag {
    type Err = InvalidETag;

    fn from_str(text: &str) -> Result<Self, InvalidETag> {
        let digits = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        digits.and_then(hex::decode).map(Self).ok_or(InvalidETag)
    }
}
