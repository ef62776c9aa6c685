use serde::Serialize;
use std::{fmt, str::FromStr};

/// What was done to a key.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::AuditAction;
///
/// assert_eq!("revoke".parse(), Ok(AuditAction::Revoke));
/// assert_eq!(AuditAction::Issue.as_str(), "issue");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AuditAction {
    /// Made and stored.
    Issue,
    /// Stored, made elsewhere.
    Import,
    /// Replaced by a successor; both work until the grace ends.
    Rotate,
    /// Its grace was prolonged.
    Extend,
    /// Switched off.
    Disable,
    /// Switched on again.
    Enable,
    /// Withdrawn for good.
    Revoke,
    /// Its name, note, networks or rate were changed, or a limit that it shares.
    Update,
    /// Its client's quota was changed.
    Quota,
    /// Logs are kept for another time.
    Retention,
    /// All logs of a client are removed.
    Forget,
    /// Hashed anew, with another pepper or other costs.
    Rehash,
    /// Another pepper came into use.
    Pepper,
    /// Taken up as it was found, when the trail began to vouch for the state of keys.
    Baseline,
    /// That the store was set back, as to a backup, was acknowledged.
    Restore,
}

/// A text that names no action.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{AuditAction, audit::InvalidAuditAction};
///
/// assert_eq!("delete".parse::<AuditAction>(), Err(InvalidAuditAction));
/// assert!(InvalidAuditAction.to_string().starts_with("an action is issue, import, rotate"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an action is issue, import, rotate, extend, disable, enable, revoke, update, quota, \
     retention, forget, rehash, pepper, baseline or restore"
)]
pub struct InvalidAuditAction;

impl AuditAction {
    const ALL: [Self; 15] = [
        Self::Issue,
        Self::Import,
        Self::Rotate,
        Self::Extend,
        Self::Disable,
        Self::Enable,
        Self::Revoke,
        Self::Update,
        Self::Quota,
        Self::Retention,
        Self::Forget,
        Self::Rehash,
        Self::Pepper,
        Self::Baseline,
        Self::Restore,
    ];

    /// The action as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::Import => "import",
            Self::Rotate => "rotate",
            Self::Extend => "extend",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Revoke => "revoke",
            Self::Update => "update",
            Self::Quota => "quota",
            Self::Retention => "retention",
            Self::Forget => "forget",
            Self::Rehash => "rehash",
            Self::Pepper => "pepper",
            Self::Baseline => "baseline",
            Self::Restore => "restore",
        }
    }
}

impl FromStr for AuditAction {
    type Err = InvalidAuditAction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|action| action.as_str() == text);
        found.ok_or(InvalidAuditAction)
    }
}

impl fmt::Display for AuditAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
