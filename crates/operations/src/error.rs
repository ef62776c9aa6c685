use crate::clients::InvalidClientCursor;
use central_logger_delivery::{InvalidTargetName, InvalidValueTemplate};
use central_logger_health::Unready;
use central_logger_key_activity::{ActivityError, AlertId};
use central_logger_key_store::{KeyStoreError, TransitionError, authority::Denied};
use central_logger_keyring::KeyringError;
use central_logger_keys::{ClientId, KeyId, RandomnessError};
use central_logger_log_store::LogStoreError;
use central_logger_mail::InvalidMailAddress;
use central_logger_sessions::SessionStoreError;
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
    /// The store of sessions fails, or has no room for another one.
    #[error(transparent)]
    Sessions(#[from] SessionStoreError),
    /// There is no session of that id.
    #[error("there is no session {0}: `sessions list` lists them")]
    UnknownSession(KeyId),
    /// A sign-in link cannot be like that.
    #[error("a sign-in link cannot be made like that: {0}")]
    InvalidLink(&'static str),
    /// A reveal link cannot be like that.
    #[error("a reveal link cannot be made like that: {0}")]
    InvalidRevealLink(&'static str),
    /// No random bytes were to be had.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// The key that is to be stored is there already.
    #[error("this key is stored already, as {0}")]
    KeyExists(KeyId),
    /// A key of the provider, where keys of clients are meant.
    #[error("{0} is a key of the provider, not of a client: `provider-key` has commands for it")]
    ProviderKey(KeyId),
    /// A key of a client, where keys of the provider are meant.
    #[error("{id} is a key of the client {client}, not of the provider: leave out `provider-key`")]
    ClientKey {
        /// The id of the key.
        id: KeyId,
        /// The client.
        client: ClientId,
    },
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
    /// A list of clients cannot go on there.
    #[error(transparent)]
    Cursor(#[from] InvalidClientCursor),
    /// This is no target of keys.
    #[error(transparent)]
    Target(#[from] InvalidTargetName),
    /// What is to be written there cannot be understood.
    #[error(transparent)]
    ValueTemplate(#[from] InvalidValueTemplate),
    /// An address for mail that is none.
    #[error(transparent)]
    MailAddress(#[from] InvalidMailAddress),
    /// A file was named as a target of keys that a program may not name.
    #[error(
        "a file can only be a target beneath the folder that the operator of the server has set \
         (LOGGER_DELIVER_DIR)"
    )]
    FileOutside,
    /// A task ended before its work was done.
    #[error("a task was interrupted")]
    Interrupted(#[from] JoinError),
}

/// The caller may not do it.
impl From<Denied> for OperationError {
    fn from(denied: Denied) -> Self {
        Self::Keyring(denied.into())
    }
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

    /// Wraps any failure of a look at what was just changed.
    pub(crate) fn seen_after_commit(error: Self) -> Self {
        match error {
            Self::Keyring(error) => Self::after_commit(error),
            error => error,
        }
    }

    /// Returns the kind of error in one word, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keyring(error) | Self::StillValid(error) => keyring_code(error),
            Self::Logs(LogStoreError::OutcomeUnknown(_))
            | Self::Activity(ActivityError::OutcomeUnknown(_)) => "outcome_unknown",
            Self::Logs(_) | Self::Activity(_) => "database",
            Self::Sessions(SessionStoreError::Full) => "too_many_sessions",
            Self::Sessions(_) => "database",
            Self::UnknownSession(_) => "unknown_session",
            Self::InvalidLink(_) | Self::InvalidRevealLink(_) => "invalid_link",
            Self::Randomness(_) => "randomness",
            Self::KeyExists(_) => "key_exists",
            Self::ProviderKey(_) => "provider_key",
            Self::ClientKey { .. } => "client_key",
            Self::OnlyStatic { .. } => "static_key",
            Self::UnknownAlert(_) => "unknown_alert",
            Self::NotSeenEverywhere(_) => "not_seen_everywhere",
            Self::Cursor(_) => "invalid_cursor",
            Self::Target(_) => "invalid_target",
            Self::ValueTemplate(_) => "invalid_template",
            Self::MailAddress(_) => "invalid_address",
            Self::FileOutside => "target_outside",
            Self::Interrupted(_) => "interrupted",
        }
    }
}

fn keyring_code(error: &KeyringError) -> &'static str {
    match error {
        KeyringError::UnknownKey(_) => "unknown_key",
        KeyringError::NoKeys(_) => "no_keys",
        KeyringError::UnknownClient(_) => "unknown_client",
        KeyringError::ExpiryPassed | KeyringError::Transition(TransitionError::TooFar) => {
            "invalid_expiry"
        }
        KeyringError::Weak => "weak_key",
        KeyringError::Mistyped => "invalid_key",
        KeyringError::BelongsToOther { .. } => "belongs_to_other",
        KeyringError::Scope(_) => "wrong_scope",
        KeyringError::OpaqueProviderKey => "invalid_key",
        KeyringError::Denied(denied) => denied.code,
        KeyringError::Changed(_) | KeyringError::ClientChanged(_) => "changed",
        KeyringError::AlreadyDone(_) => "already_done",
        KeyringError::OtherRequest => "other_request",
        KeyringError::TooManyKeys => "too_many_keys",
        KeyringError::TooManyMakers => "too_many_makers",
        KeyringError::Transition(TransitionError::BeingHandedOver { .. }) => "pending",
        KeyringError::Transition(_) => "wrong_status",
        KeyringError::UnknownLink(_) => "unknown_link",
        KeyringError::LinkGone(_) => "link_gone",
        KeyringError::LinkUsed { .. } => "link_used",
        KeyringError::Contended | KeyringError::Store(KeyStoreError::Stale) => "contended",
        KeyringError::Store(KeyStoreError::IdExists(_) | KeyStoreError::KeyExists) => "key_exists",
        KeyringError::Store(KeyStoreError::ExternalIdExists(_)) => "external_id_exists",
        KeyringError::Store(KeyStoreError::Unreadable(_)) => "unreadable_key",
        KeyringError::Store(KeyStoreError::OutcomeUnknown(_)) => "outcome_unknown",
        KeyringError::Store(_) => "database",
        KeyringError::Hash(_) => "hashing",
        KeyringError::WrongPepper(_) => "wrong_pepper",
        KeyringError::Randomness(_) => "randomness",
        _ => "database",
    }
}
