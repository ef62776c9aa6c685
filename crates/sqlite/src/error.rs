use central_logger_key_store::KeyStoreError;
use central_logger_log_store::LogStoreError;
use rusqlite::ErrorCode;
use std::{io, path::PathBuf, sync::Arc};
use tokio::task::JoinError;

/// Why a database file cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file or its directory cannot be made.
    #[error("{} cannot be created: check the directory and its permissions", .0.display())]
    Create(PathBuf, #[source] io::Error),
    /// SQLite cannot work with the file.
    #[error("{} cannot be used as a SQLite database", .0.display())]
    Sqlite(PathBuf, #[source] rusqlite::Error),
    /// A newer program has changed the schema.
    #[error(
        "{} has the schema version {found}, newer than this program's {known}: run a newer \
         version of this program", .path.display()
    )]
    TooNew {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// The latest version that this program knows.
        known: u32,
    },
    /// The work did not finish, because the runtime is shutting down.
    #[error("interrupted")]
    Interrupted(#[from] JoinError),
}

/// Why a statement did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The database is well; what it was asked does not fit.
    #[error(transparent)]
    Rejected(KeyStoreError),
    /// The logs are well; what was asked of them is too much.
    #[error(transparent)]
    Declined(#[from] LogStoreError),
    #[error("the row of {id} cannot be read: {reason}")]
    Unreadable { id: String, reason: String },
    #[error("the schema is not up to date: run `central-logger-admin migrate`")]
    Outdated,
    #[error(transparent)]
    TooNew(Box<OpenError>),
    #[error("interrupted")]
    Interrupted(#[source] JoinError),
    #[error("the work panicked")]
    Panicked(#[source] JoinError),
}

impl FileError {
    /// Whether a limit of time ended it.
    pub(crate) fn is_interrupted(&self) -> bool {
        let code = ErrorCode::OperationInterrupted;
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(code))
    }

    /// Whether trying again may help.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::DiskFull
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::CannotOpen
                        | ErrorCode::ReadOnly
                )
            ),
            Self::Outdated | Self::Interrupted(_) => true,
            Self::Rejected(_)
            | Self::Declined(_)
            | Self::Unreadable { .. }
            | Self::TooNew(_)
            | Self::Panicked(_) => false,
        }
    }
}

impl From<JoinError> for FileError {
    fn from(error: JoinError) -> Self {
        match error.is_panic() {
            true => Self::Panicked(error),
            false => Self::Interrupted(error),
        }
    }
}

impl From<FileError> for KeyStoreError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Rejected(reason) => reason,
            error if error.is_passing() => Self::Unavailable(Box::new(error)),
            error => Self::Failed(Box::new(error)),
        }
    }
}

impl From<FileError> for LogStoreError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Declined(reason) => reason,
            error if error.is_interrupted() => Self::TooSlow,
            error if error.is_passing() => Self::Unavailable(Arc::new(error)),
            error => Self::Failed(Arc::new(error)),
        }
    }
}

/// The rows that can be read; the log tells of the others, which hide none of these.
pub(crate) fn readable<T, C: FromIterator<T>>(
    rows: impl Iterator<Item = rusqlite::Result<Result<T, FileError>>>,
) -> Result<C, FileError> {
    rows.filter_map(|row| row.map(or_log).transpose())
        .collect::<Result<_, _>>()
        .map_err(FileError::from)
}

pub(crate) fn or_log<T>(row: Result<T, FileError>) -> Option<T> {
    row.inspect_err(|error| tracing::error!(%error, "a row is left out"))
        .ok()
}
