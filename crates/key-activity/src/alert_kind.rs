use serde::Serialize;
use std::{fmt, str::FromStr};
use time::Duration;

/// A kind of alert.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{AlertKind, Severity};
///
/// assert_eq!("new_network".parse(), Ok(AlertKind::NewNetwork));
/// assert_eq!(AlertKind::Expiring.severity(), Severity::Notice);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlertKind {
    /// One network presents keys that are not good, again and again.
    FailedAttempts,
    /// A key's id is presented with secrets that are not its.
    WrongSecrets,
    /// Many networks present keys that are not good, each a few times.
    Spray,
    /// A key is used from a network that it was never used from.
    NewNetwork,
    /// A key makes far more requests than at the same time of other days.
    Spike,
    /// A key that was not used for long is used.
    Dormant,
    /// A key is used that was revoked or has expired.
    UsedAfterEnd,
    /// A key is refused for its scopes or its address.
    Forbidden,
    /// A key expires soon, is in use and has no successor.
    Expiring,
    /// A key is older than keys should be, and in use.
    RotationDue,
    /// A key that was rotated is in use shortly before its grace ends.
    GraceEnding,
    /// A reveal link was used again after its key was revealed, or withdrawn after too many wrong passphrases.
    RevealLink,
    /// A key was found where others can read it.
    LeakedKey,
    /// A key could not be handed over.
    Undelivered,
}

/// How much haste an alert needs.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::Severity;
///
/// assert!(Severity::Critical > Severity::Warning);
/// assert_eq!(Severity::Critical.as_str(), "critical");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// Something to be done in the next days.
    Notice,
    /// Something to be looked at.
    Warning,
    /// A key may be in the wrong hands.
    Critical,
}

/// A text that is no kind of alert.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{AlertKind, InvalidAlertKind};
///
/// assert_eq!("boredom".parse::<AlertKind>(), Err(InvalidAlertKind));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no alert of this kind")]
pub struct InvalidAlertKind;

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::FailedAttempts,
        Self::WrongSecrets,
        Self::Spray,
        Self::NewNetwork,
        Self::Spike,
        Self::Dormant,
        Self::UsedAfterEnd,
        Self::Forbidden,
        Self::Expiring,
        Self::RotationDue,
        Self::GraceEnding,
        Self::RevealLink,
        Self::LeakedKey,
        Self::Undelivered,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FailedAttempts => "failed_attempts",
            Self::WrongSecrets => "wrong_secrets",
            Self::Spray => "spray",
            Self::NewNetwork => "new_network",
            Self::Spike => "spike",
            Self::Dormant => "dormant",
            Self::UsedAfterEnd => "used_after_end",
            Self::Forbidden => "forbidden",
            Self::Expiring => "expiring",
            Self::RotationDue => "rotation_due",
            Self::GraceEnding => "grace_ending",
            Self::RevealLink => "reveal_link",
            Self::LeakedKey => "leaked_key",
            Self::Undelivered => "undelivered",
        }
    }

    /// How much haste it needs.
    pub fn severity(self) -> Severity {
        match self {
            Self::WrongSecrets | Self::NewNetwork | Self::RevealLink | Self::LeakedKey => {
                Severity::Critical
            }
            Self::FailedAttempts
            | Self::Spray
            | Self::Spike
            | Self::Dormant
            | Self::UsedAfterEnd
            | Self::Forbidden
            | Self::Undelivered => Severity::Warning,
            Self::Expiring | Self::RotationDue | Self::GraceEnding => Severity::Notice,
        }
    }

    /// How long nothing may be seen before what is seen then is another episode.
    pub fn quiet(self) -> Duration {
        match self.severity() {
            Severity::Notice => Duration::days(30),
            Severity::Warning | Severity::Critical => Duration::DAY,
        }
    }
}

impl Severity {
    /// Every severity, the least first.
    pub const ALL: [Self; 3] = [Self::Notice, Self::Warning, Self::Critical];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl FromStr for AlertKind {
    type Err = InvalidAlertKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == text)
            .ok_or(InvalidAlertKind)
    }
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in AlertKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
