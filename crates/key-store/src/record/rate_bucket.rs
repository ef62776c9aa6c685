use crate::record::rate_limit::RateLimit;
use central_logger_keys::KeyId;
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};

/// A limit that several keys share: that of the key whose id it has.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::RateBucket;
///
/// let bucket: RateBucket = "4fzyo82mvyi1=100/s".parse()?;
/// assert_eq!(bucket.id.as_str(), "4fzyo82mvyi1");
/// assert_eq!(bucket.rate, "100/s".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RateBucket {
    /// The key whose limit it is.
    pub id: KeyId,
    /// How often the keys may be used together.
    pub rate: RateLimit,
}

/// Error returned when parsing a [`RateBucket`] fails.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{RateBucket, record::InvalidRateBucket};
///
/// assert_eq!("100/s".parse::<RateBucket>(), Err(InvalidRateBucket));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a shared rate is KEY_ID=RATE, such as 4fzyo82mvyi1=100/s")]
pub struct InvalidRateBucket;

impl RateBucket {
    /// The most limits that a key shares.
    pub const MOST: usize = 16;

    /// Reads buckets that are separated by spaces.
    ///
    /// # Errors
    /// When one of them is none.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, InvalidRateBucket> {
        text.split_ascii_whitespace().map(str::parse).collect()
    }

    /// Writes buckets as [`parse_all`](Self::parse_all) reads them.
    pub fn all_as_text(buckets: &[Self]) -> String {
        let texts: Vec<_> = buckets.iter().map(ToString::to_string).collect();
        texts.join(" ")
    }
}

impl FromStr for RateBucket {
    type Err = InvalidRateBucket;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, rate) = text.split_once('=').ok_or(InvalidRateBucket)?;
        Ok(Self {
            id: id.parse().map_err(|_| InvalidRateBucket)?,
            rate: rate.parse().map_err(|_| InvalidRateBucket)?,
        })
    }
}

impl fmt::Display for RateBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.id, self.rate)
    }
}

impl Serialize for RateBucket {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_written_as_they_are_read() {
        for text in ["", "4fzyo82mvyi1=100/s", "a=1/h static-acme-2=600/m"] {
            let buckets = RateBucket::parse_all(text).unwrap();
            assert_eq!(RateBucket::all_as_text(&buckets), text);
        }
        for text in ["=", "a=", "=1/s", "a=1", "a 1/s", "a=b=1/s", "a=1/s,b=1/s"] {
            let refused = RateBucket::parse_all(text);
            assert_eq!(refused, Err(InvalidRateBucket), "{text}");
        }
    }
}
