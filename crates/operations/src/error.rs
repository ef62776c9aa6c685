use central_logger_health::Unready;
use central_logger_key_activity::{ActivityError, AlertId};
use central_logger_key_store::{KeyStoreError, KeyringError, TransitionError};
use central_logger_keys::{ClientId, KeyId};
use central_logger_log_store::LogStoreError;
use tokio::task::JoinError;

/// Error returned when an operation is refused or fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// The life cycle of keys refuses it, or the store of keys fails.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// Access was to be taken away, and the store is certain that it has changed nothing.
    #[error("nothing was changed, so the key is still valid")]
    StillValid(#[source] KeyringError),
    /// The store of usage and alerts fails.
    #[error(transparent)]
    Activity(#[from] ActivityError),
    /// The store of logs fails.
    #[error(transparent)]
    Logs(#[from] LogStoreError),
    /// The key that is to be stored is there already.
    #[error("this key is stored already, as {0}")]
    KeyExists(KeyId),
    /// A client has no keys in the database, but static keys that no operation can revoke.
    #[error(
        "{client} has no keys in the database, but API_KEYS has {ids} ({place}): remove them there"
    )]
    OnlyStatic {
        /// The client.
        client: ClientId,
        /// The ids of its static keys.
        ids: String,
        /// The place where they are set.
        place: String,
    },
    /// There is no alert of that id.
    #[error("there is no alert {0}: `alerts` lists them")]
    UnknownAlert(AlertId),
    /// The change is made, but the store could not be asked whether every server applies it.
    #[error(
        "the change is made, but it could not be confirmed that every server applies it: those that \
         were running apply it within the length of their lease, 2 s unless set otherwise"
    )]
    NotSeenEverywhere(#[source] KeyStoreError),
    /// A task ended before its work was done.
    #[error("a task was interrupted")]
    Interrupted(#[from] JoinError),
}

impl OperationError {
    /// Wraps the failure to take access away: when the store is certain that nothing was changed, that
    /// is what the caller has to know first.
    pub(crate) fn of_withdrawal(error: KeyringError) -> Self {
        match Unready::reason_of(&error) {
            Some(_) => Self::StillValid(error),
            None => error.into(),
        }
    }

    /// Wraps the failure of a look at a key that was just changed.
    pub(crate) fn after_commit(error: KeyringError) -> Self {
        match error {
            KeyringError::Store(error) => Self::NotSeenEverywhere(error),
            error => error.into(),
        }
    }

    /// Returns the kind of error in one word, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keyring(error) | Self::StillValid(error) => keyring_code(error),
            Self::Logs(LogStoreError::OutcomeUnknown(_))
            | Self::Activity(ActivityError::OutcomeUnknown(_)) => "outcome_unknown",
            Self::Logs(_) | Self::Activity(_) => "database",
            Self::KeyExists(_) => "key_exists",
            Self::OnlyStatic { .. } => "static_key",
            Self::UnknownAlert(_) => "unknown_alert",
            Self::NotSeenEverywhere(_) => "not_seen_everywhere",
            Self::Interrupted(_) => "interrupted",
        }
    }
}

fn keyring_code(error: &KeyringError) -> &'static str {
    match error {
        KeyringError::UnknownKey(_) => "unknown_key",
        KeyringError::NoKeys(_) => "no_keys",
        KeyringError::ExpiryPassed | KeyringError::Transition(TransitionError::TooFar) => {
            "invalid_expiry"
        }
        KeyringError::Weak => "weak_key",
        KeyringError::Mistyped => "invalid_key",
        KeyringError::BelongsToOther { .. } => "belongs_to_other",
        KeyringError::Scope(_) => "wrong_scope",
        KeyringError::OpaqueProviderKey => "invalid_key",
        KeyringError::Denied(denied) => denied.code,
        KeyringError::Changed(_) => "changed",
        KeyringError::TooManyKeys => "too_many_keys",
        KeyringError::TooManyMakers => "too_many_makers",
        KeyringError::Transition(_) => "wrong_status",
        KeyringError::Contended | KeyringError::Store(KeyStoreError::Stale) => "contended",
        KeyringError::Store(KeyStoreError::IdExists(_) | KeyStoreError::KeyExists) => "key_exists",
        KeyringError::Store(KeyStoreError::Unreadable(_)) => "unreadable_key",
        KeyringError::Store(KeyStoreError::OutcomeUnknown(_)) => "outcome_unknown",
        KeyringError::Store(_) => "database",
        KeyringError::Hash(_) => "hashing",
        KeyringError::WrongPepper(_) => "wrong_pepper",
        KeyringError::Randomness(_) => "randomness",
        _ => "database",
    }
}
