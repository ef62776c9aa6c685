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
    /// What is recorded of a client was changed, or the policy of all.
    Client,
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
    /// A link was made by which a person signs in.
    Link,
    /// A session began.
    #[serde(rename = "sign_in")]
    SignIn,
    /// Sessions were ended, and links withdrawn.
    #[serde(rename = "sign_out")]
    SignOut,
    /// A reveal link was made.
    #[serde(rename = "reveal_link")]
    RevealLink,
    /// Reveal links were withdrawn.
    #[serde(rename = "withdraw_link")]
    WithdrawLink,
    /// What is expected of a workflow was changed.
    Monitor,
    /// Messages about a workflow are held back.
    Silence,
    /// Where messages about workflows go was changed, or tested.
    Channel,
    /// A link to a badge or a status page of a client was made or withdrawn.
    #[serde(rename = "status_link")]
    StatusLink,
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
     client, retention, forget, rehash, pepper, baseline, restore, link, sign_in, \
     sign_out, reveal_link, withdraw_link, monitor, silence, channel or status_link"
)]
pub struct InvalidAuditAction;

impl AuditAction {
    /// All actions.
    pub const ALL: [Self; 25] = [
        Self::Issue,
        Self::Import,
        Self::Rotate,
        Self::Extend,
        Self::Disable,
        Self::Enable,
        Self::Revoke,
        Self::Update,
        Self::Quota,
        Self::Client,
        Self::Retention,
        Self::Forget,
        Self::Rehash,
        Self::Pepper,
        Self::Baseline,
        Self::Restore,
        Self::Link,
        Self::SignIn,
        Self::SignOut,
        Self::RevealLink,
        Self::WithdrawLink,
        Self::Monitor,
        Self::Silence,
        Self::Channel,
        Self::StatusLink,
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
            Self::Client => "client",
            Self::Retention => "retention",
            Self::Forget => "forget",
            Self::Rehash => "rehash",
            Self::Pepper => "pepper",
            Self::Baseline => "baseline",
            Self::Restore => "restore",
            Self::Link => "link",
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::RevealLink => "reveal_link",
            Self::WithdrawLink => "withdraw_link",
            Self::Monitor => "monitor",
            Self::Silence => "silence",
            Self::Channel => "channel",
            Self::StatusLink => "status_link",
        }
    }

    /// Returns whether it is about what a client expects of its workflows, or is told of them.
    pub fn is_of_workflows(self) -> bool {
        matches!(
            self,
            Self::Monitor | Self::Silence | Self::Channel | Self::StatusLink
        )
    }

    /// Returns whether it is about how people sign in.
    pub fn is_of_sessions(self) -> bool {
        matches!(self, Self::Link | Self::SignIn | Self::SignOut)
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
