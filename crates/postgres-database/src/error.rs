//! Why a database, or a statement, did not do its work.

mod transient;

use central_logger_health::{Outage, Unready};
use central_logger_key_activity::ActivityError;
use central_logger_key_store::KeyStoreError;
use central_logger_limits::LimitStoreError;
use central_logger_log_store::LogStoreError;
use central_logger_postgres_connection::{LendError, TargetError};
use central_logger_sessions::SessionStoreError;
use central_logger_sql_rows::UnreadableRow;
use central_logger_text::Report;
use central_logger_workflows::WorkflowStoreError;
use deadpool_postgres::PoolError;
use std::{error::Error, sync::Arc};
use tokio_postgres::error::{DbError, SqlState};

/// Why a database cannot be worked with. No message repeats the URL, which holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The server cannot be reached or does not let us in.
    #[error("PostgreSQL at {server} cannot be used")]
    Unreachable {
        /// Host and port.
        server: String,
        /// Why.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// A newer program has changed the schema.
    #[error(
        "the database has the schema version {found}, newer than this program's {known}: {}",
        central_logger_sql_rows::migrations::remedy(.found)
    )]
    TooNew {
        /// The version found.
        found: u32,
        /// The latest version that this program knows.
        known: u32,
    },
    /// The database keeps text in an encoding that does not hold all of it.
    #[error(
        "the database keeps text as {found}, which cannot hold every log entry: make one with \
         CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding {
        /// The encoding of the database.
        found: String,
    },
    /// The schema cannot be read or changed.
    #[error("the schema of the database cannot be brought up to date (search path: {search_path})")]
    Schema {
        /// Where tables are looked for, as PostgreSQL tells it.
        search_path: String,
        /// Why.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
}

impl OpenError {
    /// Whether the server may be there, or let us in, in a moment.
    pub fn is_transient(&self) -> bool {
        let Self::Unreachable { cause, .. } = self else {
            return false;
        };
        match cause.downcast_ref::<StatementError>() {
            Some(StatementError::NoConnection(cause)) => cause
                .downcast_ref::<StatementError>()
                .is_some_and(StatementError::is_transient_at_start),
            Some(error) => error.is_transient_at_start(),
            None => false,
        }
    }
}

/// Why a statement did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// PostgreSQL refused it.
    #[error("{} (SQLSTATE {})", .0.message(), .0.code().code())]
    Refused(Box<DbError>),
    /// The connection broke, or said what it should not.
    #[error(transparent)]
    Connection(tokio_postgres::Error),
    /// There is none to be had.
    #[error("no connection")]
    NoConnection(#[source] Box<dyn Error + Send + Sync>),
    /// It took longer than it may.
    #[error("no answer in time")]
    TimedOut,
    /// Nobody knows whether it was done.
    #[error("the database was told to commit, and has not answered")]
    OutcomeUnknown(#[source] Box<StatementError>),
    /// A pooler stands between, and does not keep a session together.
    #[error(
        "a pooler hands the statements of one session to others ({}): PgBouncer needs version 1.21 \
         or newer with max_prepared_statements above zero, or pool_mode = session",
        .0.message()
    )]
    Pooler(Box<DbError>),
    /// The logs are well; what was asked of them is too much.
    #[error(transparent)]
    Declined(#[from] LogStoreError),
    /// A row cannot be understood.
    #[error(transparent)]
    Unreadable(#[from] UnreadableRow),
    /// The database is well; what it was asked does not fit.
    #[error(transparent)]
    Rejected(KeyStoreError),
    /// A migration is missing.
    #[error("the schema is not up to date: run `central-logger-admin migrate`")]
    Outdated,
    /// A newer program has changed the schema.
    #[error(transparent)]
    TooNew(Box<OpenError>),
    /// Others were in the way for too long.
    #[error(
        "others hold locks on the tables: {holders}; try again when they have ended, or end them \
         with pg_terminate_backend()"
    )]
    LockedOut {
        /// Who they are, for people.
        holders: String,
    },
    /// It is left to a command.
    #[error("too many logs of {month} lie in workflow_logs_default to be moved by a server")]
    TooManyEntries {
        /// Such as `2027-01`.
        month: String,
    },
    /// The role that was named is not there.
    #[error("there is no role {0}: CREATE ROLE … LOGIN makes one")]
    NoSuchRole(String),
    /// The login does not own the tables.
    #[error(
        "this login may not: run `central-logger-admin migrate` as the owner of the tables, with \
         --serve-as for the login of the servers"
    )]
    NotOwner {
        /// What was refused.
        #[source]
        source: Box<StatementError>,
    },
    /// A moment ago, a write failed for want of room.
    #[error("the database had no room for what was to be written a moment ago")]
    WasFull,
}

impl StatementError {
    /// Whether another session held a lock for longer than a statement waits.
    pub fn is_locked_out(&self) -> bool {
        let codes = [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::T_R_DEADLOCK_DETECTED,
        ];
        matches!(self, Self::Refused(error) if codes.contains(error.code()))
    }

    /// Whether the login lacks a right, such as of a role that was taken from it.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused(error) if *error.code() == SqlState::INSUFFICIENT_PRIVILEGE)
    }

    /// Whether the limit of time for a statement ended it.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Refused(error) if *error.code() == SqlState::QUERY_CANCELED)
    }

    /// Whether a row has a key that another one has.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Refused(error) if *error.code() == SqlState::UNIQUE_VIOLATION)
    }

    /// Whether the database has no room for what was to be written.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Refused(error) if *error.code() == SqlState::DISK_FULL)
    }

    /// What anybody may be told of it, if that is more than that the database cannot be used.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::TooNew(_) => Some("The schema of the database is newer than this server"),
            Self::Outdated => Some("The schema of the database is older than this server"),
            Self::WasFull => Some("The disk of the database is full"),
            error if error.is_full() => Some("The disk of the database is full"),
            _ => None,
        }
    }

    fn with_reason(self) -> Box<dyn Error + Send + Sync> {
        match self.reason() {
            Some(reason) => Unready::new(reason, self).into(),
            None => self.into(),
        }
    }
}

/// Tells the log of outages once, and of what else may pass each time.
pub fn tell<T>(outage: &Outage, done: &Result<T, StatementError>) {
    match done {
        Err(error) if error.is_outage() => outage.failed(error),
        Err(error) if error.is_transient() => {
            let error = Report(error).to_string();
            tracing::warn!(error, "a statement has to be tried again");
        }
        // The database has answered, if only that it will not do it.
        Ok(_) | Err(_) => outage.answered(),
    }
}

/// A prepared statement that is there already, or is not: no session that we have to ourselves says so.
fn is_of_other_sessions(code: &SqlState) -> bool {
    [
        SqlState::DUPLICATE_PSTATEMENT,
        SqlState::INVALID_SQL_STATEMENT_NAME,
    ]
    .contains(code)
}

impl From<tokio_postgres::Error> for StatementError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(refused) if is_of_other_sessions(refused.code()) => {
                Self::Pooler(Box::new(refused.clone()))
            }
            Some(refused) => Self::Refused(Box::new(refused.clone())),
            None => Self::Connection(error),
        }
    }
}

impl From<LendError> for StatementError {
    fn from(error: LendError) -> Self {
        match error {
            LendError::TimedOut | LendError::Pool(PoolError::Timeout(_)) => Self::TimedOut,
            // Refused or not, there is no connection now and may be one later.
            LendError::Pool(PoolError::Backend(error)) => {
                Self::NoConnection(Box::new(Self::from(error)))
            }
            LendError::Pool(other) => Self::NoConnection(Box::new(other)),
            other => Self::NoConnection(Box::new(other)),
        }
    }
}

impl From<StatementError> for KeyStoreError {
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Rejected(reason) => reason,
            error @ StatementError::OutcomeUnknown(_) => Self::OutcomeUnknown(Box::new(error)),
            error if error.is_transient() => Self::Unavailable(error.with_reason()),
            error => Self::Failed(Box::new(error)),
        }
    }
}

impl From<StatementError> for ActivityError {
    fn from(error: StatementError) -> Self {
        match error {
            error @ StatementError::OutcomeUnknown(_) => Self::OutcomeUnknown(Box::new(error)),
            error if error.is_transient() => Self::Unavailable(error.with_reason()),
            error => Self::Failed(Box::new(error)),
        }
    }
}

impl From<StatementError> for LimitStoreError {
    fn from(error: StatementError) -> Self {
        match error.is_transient() {
            true => Self::Unavailable(error.with_reason()),
            false => Self::Failed(Box::new(error)),
        }
    }
}

impl From<StatementError> for WorkflowStoreError {
    fn from(error: StatementError) -> Self {
        match error.is_transient() {
            true => Self::Unavailable(error.with_reason()),
            false => Self::Failed(Box::new(error)),
        }
    }
}

impl From<StatementError> for SessionStoreError {
    fn from(error: StatementError) -> Self {
        match error.is_transient() {
            true => Self::Unavailable(error.with_reason()),
            false => Self::Failed(Box::new(error)),
        }
    }
}

impl From<StatementError> for LogStoreError {
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Declined(reason) => reason,
            error @ StatementError::OutcomeUnknown(_) => Self::OutcomeUnknown(Arc::new(error)),
            error if error.is_transient() => Self::Unavailable(error.with_reason().into()),
            error => Self::Failed(Arc::new(error)),
        }
    }
}
