use central_logger_health::Unready;
use central_logger_key_activity::ActivityError;
use central_logger_key_store::KeyStoreError;
use central_logger_limits::LimitStoreError;
use central_logger_log_store::LogStoreError;
use central_logger_sessions::SessionStoreError;
use central_logger_sql_rows::UnreadableRow;
use central_logger_workflows::WorkflowStoreError;
use rusqlite::{
    ErrorCode,
    ffi::{SQLITE_IOERR_FSYNC, SQLITE_IOERR_SHMSIZE, SQLITE_IOERR_TRUNCATE, SQLITE_IOERR_WRITE},
};
use std::{error::Error, io, path::PathBuf, sync::Arc};
use tokio::task::JoinError;

/// Why a database file cannot be worked with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file or its directory cannot be made.
    #[error("{} cannot be created: check the directory and its permissions", .0.display())]
    Create(PathBuf, #[source] io::Error),
    /// SQLite cannot work with the file.
    #[error("{} cannot be used as a SQLite database", .0.display())]
    Sqlite(PathBuf, #[source] rusqlite::Error),
    /// A newer program has changed the schema.
    #[error(
        "{} has the schema version {found}, newer than this program's {known}: {}",
        .path.display(), central_logger_sql_rows::migrations::remedy(.found)
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
    #[error(transparent)]
    Unreadable(#[from] UnreadableRow),
    #[error("the schema is not up to date: run `central-logger-admin migrate`")]
    Outdated,
    #[error(transparent)]
    TooNew(Box<OpenError>),
    #[error(
        "{} was removed or replaced while it was open: stop the server, put the file back, and start \
         it again", .0.display()
    )]
    Replaced(PathBuf),
    #[error("the disk has no room but what is kept back for changes of keys")]
    NoRoom,
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

    /// Whether nothing can be written, as on a disk that is full.
    pub(crate) fn is_full(&self) -> bool {
        let Self::Sqlite(error) = self else {
            return false;
        };
        let code = error.sqlite_error().map(|error| error.extended_code);
        error.sqlite_error_code() == Some(ErrorCode::DiskFull)
            || code.is_some_and(|code| CANNOT_WRITE.contains(&code))
    }

    /// What anybody may be told of it, if that is more than that the database cannot be used.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Replaced(_) => Some("The files of the database were removed or replaced"),
            Self::TooNew(_) => Some("The schema of the database is newer than this server"),
            Self::Outdated => Some("The schema of the database is older than this server"),
            Self::NoRoom => Some("The disk is full"),
            error if error.is_full() => Some("The disk is full"),
            _ => None,
        }
    }

    /// Whether trying again may help.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::DiskFull
                        | ErrorCode::FileLockingProtocolFailed
                        | ErrorCode::OutOfMemory
                        | ErrorCode::SchemaChanged
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::CannotOpen
                        | ErrorCode::ReadOnly
                )
            ),
            Self::Outdated
            | Self::TooNew(_)
            | Self::Replaced(_)
            | Self::NoRoom
            | Self::Interrupted(_) => true,
            Self::Rejected(_) | Self::Declined(_) | Self::Unreadable(_) | Self::Panicked(_) => {
                false
            }
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

impl FileError {
    fn with_reason(self) -> Box<dyn Error + Send + Sync> {
        match self.reason() {
            Some(reason) => Unready::new(reason, self).into(),
            None => self.into(),
        }
    }
}

/// Writing, and making the log of writes or its index longer.
const CANNOT_WRITE: [i32; 4] = [
    SQLITE_IOERR_WRITE,
    SQLITE_IOERR_FSYNC,
    SQLITE_IOERR_TRUNCATE,
    SQLITE_IOERR_SHMSIZE,
];

impl From<FileError> for KeyStoreError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Rejected(reason) => reason,
            error if error.is_transient() => Self::Unavailable(error.with_reason()),
            error => Self::Failed(Box::new(error)),
        }
    }
}

impl From<FileError> for ActivityError {
    fn from(error: FileError) -> Self {
        match error.is_transient() {
            true => Self::Unavailable(error.with_reason()),
            false => Self::Failed(Box::new(error)),
        }
    }
}

impl From<FileError> for LimitStoreError {
    fn from(error: FileError) -> Self {
        match error.is_transient() {
            true => Self::Unavailable(error.with_reason()),
            false => Self::Failed(Box::new(error)),
        }
    }
}

impl From<FileError> for WorkflowStoreError {
    fn from(error: FileError) -> Self {
        match error.is_transient() {
            true => Self::Unavailable(error.with_reason()),
            false => Self::Failed(Box::new(error)),
        }
    }
}

impl From<FileError> for SessionStoreError {
    fn from(error: FileError) -> Self {
        match error.is_transient() {
            true => Self::Unavailable(error.with_reason()),
            false => Self::Failed(Box::new(error)),
        }
    }
}

impl From<FileError> for LogStoreError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Declined(reason) => reason,
            error if error.is_interrupted() => Self::TooSlow,
            error if error.is_transient() => Self::Unavailable(error.with_reason().into()),
            error => Self::Failed(Arc::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn what_others_or_the_system_are_in_the_way_of_can_be_tried_again() {
        for code in 1..=26 {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let passes = [
                ffi::SQLITE_BUSY,
                ffi::SQLITE_LOCKED,
                ffi::SQLITE_NOMEM,
                ffi::SQLITE_READONLY,
                ffi::SQLITE_IOERR,
                ffi::SQLITE_FULL,
                ffi::SQLITE_CANTOPEN,
                ffi::SQLITE_PROTOCOL,
                ffi::SQLITE_SCHEMA,
            ];
            let error = FileError::from(error);
            assert_eq!(error.is_transient(), passes.contains(&code), "{error}");
        }
    }
}
