use serde::{Serialize, Serializer};
use std::{cmp::Ordering, fmt, str::FromStr};

/// Reason why a request was refused, in one word: for logs, metrics and counts.
///
/// # Examples
///
/// ```
/// use central_logger_keys::RefusalReason;
///
/// assert_eq!(RefusalReason::WrongSecret.as_str(), "wrong_secret");
/// assert_eq!("wrong_secret".parse(), Ok(RefusalReason::WrongSecret));
/// assert!(RefusalReason::WrongSecret.is_guess() && !RefusalReason::Revoked.is_guess());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The request carries no key.
    Missing,
    /// The key is not 1 to 256 visible ASCII characters.
    Malformed,
    /// The request carries several keys that differ.
    Conflicting,
    /// The key has the form of a generated one, and its checksum does not fit.
    Mistyped,
    /// No store has the key.
    Unknown,
    /// The id exists, and the rest of the key is wrong.
    WrongSecret,
    /// The key is disabled.
    Disabled,
    /// The key has expired, or the session has ended.
    Expired,
    /// The key is revoked.
    Revoked,
    /// The key lacks a scope.
    Forbidden,
    /// The key is not accepted from this address.
    ForbiddenAddress,
    /// The rate of the key is reached.
    Rate,
    /// A quota of the client is reached.
    Quota,
    /// The address has failed too often.
    Failures,
    /// The key cannot be verified at the moment.
    Unavailable,
    /// Too many keys wait to be verified.
    Overload,
    /// Verifying the key failed.
    Failed,
}

/// Error returned when parsing a [`RefusalReason`] fails.
///
/// # Examples
///
/// ```
/// use central_logger_keys::{InvalidRefusalReason, RefusalReason};
///
/// assert_eq!("because".parse::<RefusalReason>(), Err(InvalidRefusalReason));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no reason of a refusal that is known here")]
pub struct InvalidRefusalReason;

impl RefusalReason {
    /// All reasons.
    pub const ALL: [Self; 17] = [
        Self::Missing,
        Self::Malformed,
        Self::Conflicting,
        Self::Mistyped,
        Self::Unknown,
        Self::WrongSecret,
        Self::Disabled,
        Self::Expired,
        Self::Revoked,
        Self::Forbidden,
        Self::ForbiddenAddress,
        Self::Rate,
        Self::Quota,
        Self::Failures,
        Self::Unavailable,
        Self::Overload,
        Self::Failed,
    ];

    /// Returns the reason in one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Conflicting => "conflicting",
            Self::Mistyped => "mistyped",
            Self::Unknown => "unknown",
            Self::WrongSecret => "wrong_secret",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::Forbidden => "forbidden",
            Self::ForbiddenAddress => "forbidden_address",
            Self::Rate => "rate",
            Self::Quota => "quota",
            Self::Failures => "failures",
            Self::Unavailable => "unavailable",
            Self::Overload => "overload",
            Self::Failed => "failed",
        }
    }

    /// Returns whether the key was not a valid one, so that it may have been guessed.
    pub const fn is_guess(self) -> bool {
        matches!(
            self,
            Self::Malformed
                | Self::Conflicting
                | Self::Mistyped
                | Self::Unknown
                | Self::WrongSecret
                | Self::Failures
        )
    }
}

/// By their words, so that every version of a program has the same order.
impl Ord for RefusalReason {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl PartialOrd for RefusalReason {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for RefusalReason {
    type Err = InvalidRefusalReason;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|reason| reason.as_str() == text);
        found.ok_or(InvalidRefusalReason)
    }
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RefusalReason {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_read_as_it_is_written() {
        for reason in RefusalReason::ALL {
            assert_eq!(reason.as_str().parse(), Ok(reason));
        }
    }
}
