use crate::{BackupSummary, Database, DatabaseError};
use async_trait::async_trait;
use central_logger_database_move::RawTables;
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Opens databases of one kind.
///
/// # Examples
///
/// ```
/// use async_trait::async_trait;
/// use central_logger_database::{Database, DatabaseError, Driver, Drivers, OpenOptions};
/// use std::sync::Arc;
///
/// #[derive(Debug)]
/// struct Upstairs;
///
/// #[async_trait]
/// impl Driver for Upstairs {
///     fn name(&self) -> &'static str {
///         "Upstairs"
///     }
///     fn schemes(&self) -> &'static [&'static str] {
///         &["upstairs"]
///     }
///     fn url_form(&self) -> &'static str {
///         "upstairs:FLOOR"
///     }
///     async fn open(&self, url: &str, _: &OpenOptions) -> Result<Arc<dyn Database>, DatabaseError> {
///         Err(DatabaseError::Failed(format!("nobody is at {url}").into()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let url = Drivers::of_this_build().with(Upstairs).parse("upstairs:2")?;
/// let error = url.open(&OpenOptions::default()).await.unwrap_err();
/// assert_eq!(error.to_string(), "nobody is at upstairs:2");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Driver: fmt::Debug + Send + Sync {
    /// The name of this kind of database, for people.
    fn name(&self) -> &'static str;

    /// The schemes of its URLs, such as `sqlite`.
    fn schemes(&self) -> &'static [&'static str];

    /// How its URLs are written, such as `sqlite:PATH`.
    fn url_form(&self) -> &'static str;

    /// Returns whether `url`, of one of the schemes, is written as it should be.
    fn is_url(&self, _url: &str) -> bool {
        true
    }

    /// Returns the files on this machine in which the database of `url` is kept.
    fn files(&self, _url: &str) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Returns the file that opening `url` would create, if it does not exist yet.
    fn file_to_create(&self, _url: &str) -> Option<PathBuf> {
        None
    }

    /// Returns whether `url` holds a password.
    fn has_password(&self, _url: &str) -> bool {
        false
    }

    /// Copies the database of `url` into a folder, which is new or empty, while servers may go on writing, and
    /// checks the copy.
    ///
    /// # Errors
    /// When this kind of database has tools of its own for that, or the copy fails.
    async fn back_up(&self, _url: &str, _folder: &Path) -> Result<BackupSummary, DatabaseError> {
        Err(NO_BACKUP)
    }

    /// Puts a backup of a database of this kind where `url` says, if there is none yet.
    ///
    /// # Errors
    /// When this kind of database has tools of its own for that, what is in the folder is no good backup, or
    /// there is a database.
    async fn restore(&self, _url: &str, _folder: &Path) -> Result<BackupSummary, DatabaseError> {
        Err(NO_BACKUP)
    }

    /// Opens the tables of a database that was migrated, to move all that is in them.
    ///
    /// # Errors
    /// When this kind of database is not moved, or it cannot be opened.
    async fn open_tables(&self, _url: &str) -> Result<Box<dyn RawTables>, DatabaseError> {
        Err(DatabaseError::Unsupported(
            "only SQLite and PostgreSQL are moved by this program",
        ))
    }

    /// Opens the database and leaves its schema as it is. Errors must not repeat the URL.
    ///
    /// # Errors
    /// When it cannot be opened, or a newer program has changed its schema.
    async fn open(
        &self,
        url: &str,
        options: &OpenOptions,
    ) -> Result<Arc<dyn Database>, DatabaseError>;
}

/// What is answered where databases have backups of their own.
const NO_BACKUP: DatabaseError = DatabaseError::Unsupported(
    "only SQLite is copied by this program: PostgreSQL has pg_dump and pg_basebackup",
);

/// How a database is opened.
///
/// # Examples
///
/// ```
/// use central_logger_database::OpenOptions;
/// use std::time::Duration;
///
/// let options = OpenOptions::default().with_wait(Duration::from_secs(30));
/// assert_eq!((options.connections, options.wait), (16, Duration::from_secs(30)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenOptions {
    /// How many connections there may be at a time, beside the one for changes to keys. A database within
    /// the process has none.
    pub connections: usize,
    /// How long to try again while the database is not there yet, or lets nobody in at the moment.
    pub wait: Duration,
}

impl OpenOptions {
    /// Opens with at most so many connections.
    #[must_use]
    pub fn with_connections(self, connections: usize) -> Self {
        Self {
            connections,
            ..self
        }
    }

    /// Waits so long for a database that is not there yet.
    #[must_use]
    pub fn with_wait(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }
}

/// 16 connections, and no wait.
impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            connections: 16,
            wait: Duration::ZERO,
        }
    }
}
