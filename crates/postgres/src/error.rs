use central_logger_key_store::{KeyStoreError, Outage, Report};
use central_logger_log_store::LogStoreError;
use deadpool_postgres::PoolError;
use std::{error::Error, io, path::PathBuf, sync::Arc};
use tokio_postgres::{
    Row,
    error::{DbError, SqlState},
};

/// Why a database cannot be worked with. No message repeats the URL, which holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL cannot be understood.
    #[error(
        "this is no URL of a PostgreSQL database: write \
         postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password as \
         %XX"
    )]
    Url,
    /// The certificates to trust cannot be read.
    #[error("sslrootcert: {} cannot be read as PEM certificates", .0.display())]
    RootCertificate(PathBuf, #[source] Box<dyn Error + Send + Sync>),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
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
        "the database has the schema version {found}, newer than this program's {known}: run a \
         newer version of this program"
    )]
    TooNew {
        /// The version found.
        found: i32,
        /// The latest version that this program knows.
        known: i32,
    },
    /// The schema cannot be read or changed.
    #[error("the schema of the database cannot be brought up to date")]
    Schema(#[source] Box<dyn Error + Send + Sync>),
}

/// Why a statement did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StatementError {
    #[error("{} (SQLSTATE {})", .0.message(), .0.code().code())]
    Refused(Box<DbError>),
    #[error(transparent)]
    Connection(tokio_postgres::Error),
    #[error("no connection")]
    NoConnection(#[source] Box<dyn Error + Send + Sync>),
    #[error("no answer in time")]
    TimedOut,
    /// The logs are well; what was asked of them is too much.
    #[error(transparent)]
    Declined(#[from] LogStoreError),
    #[error("the row of {id} cannot be read: {reason}")]
    Unreadable { id: String, reason: String },
    #[error("a row of the logs cannot be read: {0}")]
    Damaged(&'static str),
    /// The database is well; what it was asked does not fit.
    #[error(transparent)]
    Rejected(KeyStoreError),
    #[error("the schema is not up to date: run `central-logger-admin migrate`")]
    Outdated,
    #[error(transparent)]
    TooNew(Box<OpenError>),
}

impl StatementError {
    /// Whether the limit of time for a statement ended it.
    pub(crate) fn is_cancelled(&self) -> bool {
        matches!(self, Self::Refused(error) if *error.code() == SqlState::QUERY_CANCELED)
    }

    /// Whether it is of the database as a whole, and not of what this statement met.
    fn is_outage(&self) -> bool {
        let is_of_statement =
            |code: &SqlState| code.code().starts_with("40") || *code == SqlState::QUERY_CANCELED;
        match self {
            Self::Refused(error) => is_passing(error.code()) && !is_of_statement(error.code()),
            error => error.is_passing(),
        }
    }

    /// Whether a row has a key that another one has.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, Self::Refused(error) if *error.code() == SqlState::UNIQUE_VIOLATION)
    }

    /// Whether trying again may help.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Refused(error) => is_passing(error.code()),
            Self::Connection(error) => {
                let cause = error.source();
                error.is_closed() || cause.is_some_and(|cause| cause.is::<io::Error>())
            }
            Self::NoConnection(_) | Self::TimedOut | Self::Outdated => true,
            Self::Declined(_)
            | Self::Rejected(_)
            | Self::Unreadable { .. }
            | Self::Damaged(_)
            | Self::TooNew(_) => false,
        }
    }
}

/// Tells the log of outages once, and of what else may pass each time.
pub(crate) fn tell<T>(outage: &Outage, done: &Result<T, StatementError>) {
    match done {
        Err(error) if error.is_outage() => outage.failed(error),
        Err(error) if error.is_passing() => {
            let error = Report(error).to_string();
            tracing::warn!(error, "a statement has to be tried again");
        }
        // The database has answered, if only that it will not do it.
        Ok(_) | Err(_) => outage.answered(),
    }
}

/// By class of PostgreSQL's appendix A: lost connections, want of room, the operator's doing,
/// deadlocks, and writing to a server that has become a replica.
fn is_passing(code: &SqlState) -> bool {
    let class = code.code().get(..2);
    matches!(class, Some("08" | "40" | "53" | "57")) || *code == SqlState::READ_ONLY_SQL_TRANSACTION
}

impl From<tokio_postgres::Error> for StatementError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(refused) => Self::Refused(Box::new(refused.clone())),
            None => Self::Connection(error),
        }
    }
}

impl From<PoolError> for StatementError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Timeout(_) => Self::TimedOut,
            // Refused or not, there is no connection now and may be one later.
            PoolError::Backend(error) => Self::NoConnection(Box::new(Self::from(error))),
            other => Self::NoConnection(Box::new(other)),
        }
    }
}

impl From<StatementError> for KeyStoreError {
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Rejected(reason) => reason,
            error if error.is_passing() => Self::Unavailable(Box::new(error)),
            error => Self::Failed(Box::new(error)),
        }
    }
}

impl From<StatementError> for LogStoreError {
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::Declined(reason) => reason,
            error if error.is_passing() => Self::Unavailable(Arc::new(error)),
            error => Self::Failed(Arc::new(error)),
        }
    }
}

/// The rows that can be read; the log tells of the others, which hide none of these.
pub(crate) fn readable<'a, T, C: FromIterator<T>>(
    rows: &'a [Row],
    read: impl Fn(&'a Row) -> Result<T, StatementError>,
) -> C {
    rows.iter().filter_map(|row| or_log(read(row))).collect()
}

pub(crate) fn or_log<T>(row: Result<T, StatementError>) -> Option<T> {
    row.inspect_err(|error| tracing::error!(%error, "a row is left out"))
        .ok()
}
