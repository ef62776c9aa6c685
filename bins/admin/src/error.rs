use crate::hash_table::HashTableError;
use central_logger_database::{DatabaseError, MoveError};
use central_logger_hand_over::HandOverError;
use central_logger_input_file::InputFileError;
use central_logger_intake_mappings::MappingError;
use central_logger_keyring::KeyringError;
use central_logger_keys::{KeyId, ParseKeyError, RandomnessError};
use central_logger_operations::OperationError;
use central_logger_reveal_links::InvalidPassphrase;
use central_logger_settings::{SettingError, StaticKeysError};
use central_logger_times::InvalidTimestamp;
use central_logger_workflow_follower::FollowError;
use central_logger_workflow_operations::WorkflowOperationError;
use central_logger_workflows::WorkflowError;
use std::{io, path::PathBuf};

/// Error returned when a command is refused or fails.
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
    Move(#[from] MoveError),
    #[error(transparent)]
    Operation(OperationError),
    #[error("{0}{ALLOW_WEAK}")]
    Weak(OperationError),
    #[error(
        "this is a key, not the id of one, and it may now be in your shell's history: its id is \
         {0}; to revoke it run `central-logger-admin revoke {0}`"
    )]
    KeyForId(KeyId),
    #[error(
        "this is not a key id: `list` shows them. If it is a key, it may now be in your shell's \
         history: find it with `list` and revoke it"
    )]
    NoKeyId,
    #[error(
        "keys with the id static-… are in API_KEYS: remove the entry there, or import it first"
    )]
    StaticKey,
    #[error("the key on standard input")]
    KeyOnStdin(#[source] ParseKeyError),
    #[error("the passphrase on standard input")]
    Passphrase(#[source] InvalidPassphrase),
    #[error("--expires {0}")]
    Expiry(InvalidTimestamp),
    #[error("not confirmed, so nothing was done")]
    NotConfirmed,
    #[error(
        "nothing was done: standard error is not a terminal, so the question cannot be shown; --yes \
         confirms without it"
    )]
    CannotAsk,
    #[error("--hashes {}", .0.display())]
    Hashes(PathBuf, #[source] HashTableError),
    #[error("--message-file {}", .0.display())]
    MessageFile(PathBuf, #[source] io::Error),
    #[error("the audit trail and the keys are not intact: {0} faults")]
    AuditFaults(usize),
    #[error("standard input cannot be read")]
    Stdin(#[source] io::Error),
    #[error("the result cannot be written")]
    Output(#[source] io::Error),
    #[error(
        "nothing was done, since nobody could see the new key (--message-file writes it to a file)"
    )]
    NoReader(#[source] io::Error),
    #[error(
        "the new key was stored but could not be shown: run `central-logger-admin revoke {id}` and \
         issue another"
    )]
    NotShown { id: KeyId, source: Box<AdminError> },
    #[error("the key {id} is stored and the message for the client is in {}", .path.display())]
    OnlyInFile {
        id: KeyId,
        path: PathBuf,
        source: Box<AdminError>,
    },
    #[error("{0} of {1} keys were not imported")]
    NotImported(usize, usize),
    #[error("{0} of {1} checks failed")]
    Unhealthy(usize, usize),
    #[error("the monitor: {0}")]
    InvalidMonitor(String),
    #[error("the client has no such workflow in this environment: `workflow list` shows them")]
    UnknownWorkflow,
    #[error("the workflow has no monitor in this environment: `workflow list` shows them")]
    UnknownMonitor,
    #[error("the client has no such badge or status page: `status-links list` shows them")]
    UnknownStatusLink,
    #[error(transparent)]
    Workflows(WorkflowError),
    #[error(transparent)]
    Mapping(#[from] MappingError),
    #[error("the client has no such mapping: `intake show` lists them")]
    UnknownMapping,
    #[error("{}", .0.display())]
    Sample(PathBuf, #[source] InputFileError),
    #[error(transparent)]
    Follow(#[from] FollowError),
    #[error(transparent)]
    HandOver(#[from] HandOverError),
    #[error("{0} of {1} targets cannot be used")]
    Unreachable(usize, usize),
    #[error("{0} keys were not handed over: the next run tries again")]
    NotHandedOver(usize),
    #[error("cannot read secure random bytes from the operating system")]
    Randomness(#[from] RandomnessError),
}

/// What people can do about the refusal of a weak key.
pub(crate) const ALLOW_WEAK: &str = "; --allow-weak stores it nevertheless, but rotate it soon";

impl From<OperationError> for AdminError {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Keyring(KeyringError::Weak) => Self::Weak(error),
            error => Self::Operation(error),
        }
    }
}

impl From<WorkflowError> for AdminError {
    fn from(error: WorkflowError) -> Self {
        match error {
            WorkflowError::Invalid(faults) => {
                let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
                Self::InvalidMonitor(faults.join("; "))
            }
            error => Self::Workflows(error),
        }
    }
}

impl From<WorkflowOperationError> for AdminError {
    fn from(error: WorkflowOperationError) -> Self {
        match error {
            WorkflowOperationError::Workflow(error) => error.into(),
            WorkflowOperationError::Operation(error) => error.into(),
        }
    }
}

impl AdminError {
    /// Returns the kind of error in one word, for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Setting(_) => "invalid_setting",
            Self::StaticKeys(_) => "invalid_api_keys",
            Self::Database(_) => "database",
            Self::Move(_) => "not_moved",
            Self::Operation(error) | Self::Weak(error) => error.code(),
            Self::KeyForId(_) | Self::NoKeyId => "invalid_key_id",
            Self::StaticKey => "static_key",
            Self::KeyOnStdin(_) => "invalid_key",
            Self::Passphrase(_) => "invalid_passphrase",
            Self::Expiry(_) => "invalid_expiry",
            Self::NotConfirmed | Self::CannotAsk => "not_confirmed",
            Self::Hashes(..) => "invalid_hashes",
            Self::MessageFile(..) => "message_file",
            Self::AuditFaults(_) => "audit_faults",
            Self::Stdin(_) => "stdin",
            Self::Output(_)
            | Self::NoReader(_)
            | Self::NotShown { .. }
            | Self::OnlyInFile { .. } => "output",
            Self::NotImported(..) => "not_imported",
            Self::Unhealthy(..) => "unhealthy",
            Self::InvalidMonitor(_) => "invalid_monitor",
            Self::UnknownWorkflow => "unknown_workflow",
            Self::UnknownMapping => "unknown_mapping",
            Self::Sample(..) => "sample",
            Self::Mapping(MappingError::TooMany) => "limit_reached",
            Self::Mapping(MappingError::Sample(_) | MappingError::WithoutEffect(_)) => {
                "invalid_sample"
            }
            Self::Mapping(_) => "mappings",
            Self::UnknownMonitor => "unknown_monitor",
            Self::UnknownStatusLink => "unknown_link",
            Self::Workflows(WorkflowError::TooManyMonitors | WorkflowError::TooManyStatusLinks) => {
                "limit_reached"
            }
            Self::Workflows(_) | Self::Follow(_) => "workflows",
            Self::HandOver(error) => error.code(),
            Self::Unreachable(..) => "target",
            Self::NotHandedOver(_) => "not_delivered",
            Self::Randomness(_) => "randomness",
        }
    }

    /// Returns 1 when the command was refused or failed, 2 when it was used wrongly.
    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_text;
    use central_logger_intake::RuleField;
    use central_logger_key_store::{KeyStoreError, TransitionError};
    use central_logger_keys::{ClientId, MisplacedScope, Scope};
    use central_logger_text::Report;

    #[test]
    fn errors() {
        let id = || "4fzyo82mvyi1".parse::<KeyId>().unwrap();
        let client = || "acme_corp".parse::<ClientId>().unwrap();
        let io = || io::Error::other("disk full");
        let keyring = |error: KeyringError| AdminError::from(OperationError::from(error));
        let store = |error: KeyStoreError| keyring(error.into());
        let table = crate::hash_table::HashTableError::Repeated { line: 3, first: 2 };
        let errors = [
            AdminError::Usage("name a KEY_ID or --client ID".to_owned()),
            AdminError::KeyForId(id()),
            AdminError::NoKeyId,
            AdminError::StaticKey,
            AdminError::Expiry(InvalidTimestamp::TooLate),
            AdminError::NotConfirmed,
            AdminError::CannotAsk,
            AdminError::Hashes("keys.csv".into(), table),
            AdminError::MessageFile("acme.txt".into(), io()),
            AdminError::AuditFaults(2),
            MoveError::OtherStore.into(),
            MoveError::Differs {
                table: "api_keys",
                source_rows: 3,
                target_rows: 2,
            }
            .into(),
            AdminError::Stdin(io()),
            AdminError::Output(io()),
            AdminError::NoReader(io()),
            AdminError::NotShown {
                id: id(),
                source: Box::new(AdminError::Output(io())),
            },
            AdminError::OnlyInFile {
                id: id(),
                path: "acme.txt".into(),
                source: Box::new(AdminError::Output(io())),
            },
            AdminError::NotImported(2, 7),
            AdminError::Unhealthy(1, 12),
            AdminError::InvalidMonitor("every: must be at least 60s".to_owned()),
            AdminError::UnknownWorkflow,
            AdminError::UnknownMonitor,
            AdminError::UnknownMapping,
            MappingError::TooMany.into(),
            MappingError::WithoutEffect(vec![RuleField::Status, RuleField::Workflow]).into(),
            AdminError::Sample("sample.json".into(), InputFileError::TooLarge(10)),
            AdminError::UnknownStatusLink,
            WorkflowError::TooManyMonitors.into(),
            HandOverError::NoTarget(client()).into(),
            AdminError::Unreachable(1, 12),
            AdminError::NotHandedOver(2),
            keyring(KeyringError::UnknownKey(id())),
            keyring(KeyringError::NoKeys(client())),
            keyring(KeyringError::UnknownClient(client())),
            keyring(KeyringError::ClientChanged(client())),
            keyring(KeyringError::OtherRequest),
            store(KeyStoreError::ExternalIdExists(client())),
            keyring(KeyringError::ExpiryPassed),
            keyring(KeyringError::Mistyped),
            keyring(KeyringError::Weak),
            keyring(KeyringError::BelongsToOther {
                id: id(),
                owner: client().into(),
            }),
            keyring(KeyringError::Scope(MisplacedScope::OfProvider(
                Scope::PROVIDER_READ,
            ))),
            keyring(KeyringError::OpaqueProviderKey),
            keyring(KeyringError::Changed(id())),
            keyring(KeyringError::TooManyKeys),
            keyring(TransitionError::Revoked(id()).into()),
            keyring(KeyringError::Contended),
            store(KeyStoreError::Unavailable("connection refused".into())),
            store(KeyStoreError::OutcomeUnknown("no answer in time".into())),
            OperationError::StillValid(KeyringError::Contended).into(),
            OperationError::KeyExists(id()).into(),
            OperationError::ProviderKey(id()).into(),
            OperationError::ClientKey {
                id: id(),
                client: client(),
            }
            .into(),
            OperationError::OnlyStatic {
                client: client(),
                ids: "static-acme_corp".to_owned(),
                place: ".env line 1".to_owned(),
            }
            .into(),
            OperationError::UnknownAlert("6c1f0a52c3b7e9d4".parse().unwrap()).into(),
            OperationError::NotSeenEverywhere(KeyStoreError::Stale).into(),
        ];
        let line = |error: &AdminError| {
            let (status, code) = (error.exit_status(), error.code());
            format!("{status} {code}: {}", Report(error))
        };
        let lines: Vec<_> = errors.iter().map(line).collect();
        assert_text("errors", &lines.join("\n"));
    }
}
