use crate::commands::import::hashes::HashesError;
use central_logger_database::DatabaseError;
use central_logger_health::Unready;
use central_logger_key_activity::ActivityError;
use central_logger_key_activity::AlertId;
use central_logger_key_store::{KeyStoreError, KeyringError, TransitionError};
use central_logger_keys::{ClientId, KeyId, ParseKeyError, RandomnessError};
use central_logger_log_store::LogStoreError;
use central_logger_settings::{SettingError, StaticKeysError};
use central_logger_times::InvalidTimestamp;
use std::{io, path::PathBuf};

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error(transparent)]
    StaticKeys(#[from] StaticKeysError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Keyring(KeyringError),
    #[error("nothing was changed, so the key is still valid")]
    StillValid(#[source] KeyringError),
    #[error(transparent)]
    Logs(#[from] LogStoreError),
    #[error(
        "this is a key, not the id of one, and it may now stand in your shell's history: its id is \
         {0}; to withdraw it run `central-logger-admin revoke {0}`"
    )]
    KeyForId(KeyId),
    #[error(
        "this is no key id: `list` shows them. If it is a key, it may now stand in your shell's \
         history: find it with `list` and revoke it"
    )]
    NoKeyId,
    #[error(
        "keys with the id static-… stand in API_KEYS: remove the entry there, or import it first"
    )]
    StaticKey,
    #[error("the key on standard input")]
    KeyOnStdin(#[source] ParseKeyError),
    #[error("this key is stored already, as {0}")]
    KeyExists(KeyId),
    #[error("--expires {0}")]
    Expiry(InvalidTimestamp),
    #[error("not confirmed, so nothing was done")]
    NotConfirmed,
    #[error(
        "nothing was done: standard error is no terminal, so nobody can be asked; --yes does it \
         unasked"
    )]
    CannotAsk,
    #[error("{0}; --allow-weak takes it all the same, but rotate it soon")]
    Weak(KeyringError),
    #[error("--hashes {}", .0.display())]
    Hashes(PathBuf, #[source] HashesError),
    #[error(
        "{client} has no keys in the database, but API_KEYS has {ids} ({place}): take them out there"
    )]
    OnlyStatic {
        client: ClientId,
        ids: String,
        place: String,
    },
    #[error("--message-file {}", .0.display())]
    MessageFile(PathBuf, #[source] io::Error),
    #[error("the audit trail and the keys do not hold: {0} faults")]
    AuditFaults(usize),
    #[error("there is no alert {0}: `alerts` lists them")]
    UnknownAlert(AlertId),
    #[error("standard input cannot be read")]
    Stdin(#[source] io::Error),
    #[error("the result cannot be written")]
    Output(#[source] io::Error),
    #[error(
        "nothing was done, since nobody would see the new key (--message-file writes it to a file)"
    )]
    NoReader(#[source] io::Error),
    #[error(
        "the new key was stored but could not be shown: run `central-logger-admin revoke {id}` and \
         issue another"
    )]
    NotShown { id: KeyId, source: Box<AdminError> },
    #[error("the key {id} is stored and the text for the client is in {}", .path.display())]
    OnlyInFile {
        id: KeyId,
        path: PathBuf,
        source: Box<AdminError>,
    },
    #[error("a task was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
    #[error("{0} of {1} keys were not imported")]
    NotImported(usize, usize),
    #[error("{0} of {1} checks failed")]
    Unhealthy(usize, usize),
    #[error(
        "it is done, but whether every server knows could not be seen: those that were up go by it \
         within the length of their lease, 2 s unless set otherwise"
    )]
    NotSeenEverywhere(#[source] KeyStoreError),
    #[error(transparent)]
    Activity(#[from] ActivityError),
    #[error("randomness")]
    Randomness(#[from] RandomnessError),
}

impl From<KeyringError> for AdminError {
    fn from(error: KeyringError) -> Self {
        match error {
            KeyringError::Weak => Self::Weak(error),
            error => Self::Keyring(error),
        }
    }
}

impl AdminError {
    /// That access was not taken away, where the store says for sure that it has changed nothing.
    pub(crate) fn of_revocation(error: KeyringError) -> Self {
        match Unready::reason_of(&error) {
            Some(_) => Self::StillValid(error),
            None => error.into(),
        }
    }

    /// The kind of error in one word, for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Setting(_) => "invalid_setting",
            Self::StaticKeys(_) => "invalid_api_keys",
            Self::Database(_) | Self::Logs(_) | Self::Activity(_) => "database",
            Self::Keyring(error) | Self::StillValid(error) => keyring_code(error),
            Self::KeyForId(_) | Self::NoKeyId => "invalid_key_id",
            Self::StaticKey | Self::OnlyStatic { .. } => "static_key",
            Self::KeyOnStdin(_) => "invalid_key",
            Self::KeyExists(_) => "key_exists",
            Self::Expiry(_) => "invalid_expiry",
            Self::NotConfirmed | Self::CannotAsk => "not_confirmed",
            Self::Weak(_) => "weak_key",
            Self::Hashes(..) => "invalid_hashes",
            Self::MessageFile(..) => "message_file",
            Self::AuditFaults(_) => "audit_faults",
            Self::UnknownAlert(_) => "unknown_alert",
            Self::Stdin(_) => "stdin",
            Self::Output(_)
            | Self::NoReader(_)
            | Self::NotShown { .. }
            | Self::OnlyInFile { .. } => "output",
            Self::Interrupted(_) => "interrupted",
            Self::NotImported(..) => "not_imported",
            Self::Unhealthy(..) => "unhealthy",
            Self::NotSeenEverywhere(_) => "not_seen_everywhere",
            Self::Randomness(_) => "randomness",
        }
    }

    /// 1 when the command was refused or failed, 2 when it was wrongly used.
    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            _ => 1,
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
        KeyringError::Transition(_) => "wrong_status",
        KeyringError::Contended | KeyringError::Store(KeyStoreError::Stale) => "contended",
        KeyringError::Store(KeyStoreError::IdExists(_) | KeyStoreError::KeyExists) => "key_exists",
        KeyringError::Store(KeyStoreError::Unreadable(_)) => "unreadable_key",
        KeyringError::Store(KeyStoreError::OutcomeUnknown(_)) => "outcome_unknown",
        KeyringError::Store(_) => "database",
        KeyringError::Hash(_) => "hashing",
        KeyringError::WrongPepper(_) => "wrong_pepper",
        KeyringError::Randomness(_) => "randomness",
        _ => "failed",
    }
}
