use deadpool_postgres::PoolError;
use std::{error::Error, path::PathBuf};

/// Error returned when a URL cannot be used. No message repeats the URL, which holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// The URL cannot be understood.
    #[error(
        "this is no URL of a PostgreSQL database: write \
         postgres://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of the password as \
         %XX"
    )]
    Url,
    /// A parameter of the URL that is not known, or not with its value, which is not repeated.
    #[error("the URL's parameter {name}: {reason}")]
    Parameter {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file with certificates or a key cannot be read.
    #[error("{parameter}: {} cannot be read as PEM", .path.display())]
    TlsFile {
        /// The parameter of the URL that names it.
        parameter: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

/// Error returned when the pool has no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LendError {
    /// None was there in time.
    #[error("no answer in time")]
    TimedOut,
    /// None could be made.
    #[error(transparent)]
    Pool(#[from] PoolError),
}
