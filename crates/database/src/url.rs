use crate::{BackupSummary, Database, DatabaseError, Driver, Drivers, OpenOptions, RawTables};
use central_logger_text::Report;
use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Where keys and logs are kept: a URL with the driver that opens it.
///
/// # Examples
///
/// ```
/// use central_logger_database::DatabaseUrl;
///
/// let file: DatabaseUrl = "sqlite:data/central-logger.db".parse()?;
/// assert!(!file.has_password());
/// let server: DatabaseUrl = "postgres://logger:secret@db/logger".parse()?;
/// assert_eq!(format!("{server:?}"), "DatabaseUrl(postgres:..)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct DatabaseUrl {
    text: String,
    driver: Arc<dyn Driver>,
}

/// Error returned when a text names no database that this build can open. It is not repeated, since it
/// may hold a password.
///
/// # Examples
///
/// ```
/// use central_logger_database::{DatabaseUrl, InvalidDatabaseUrl};
///
/// let error = "sqlite:".parse::<DatabaseUrl>().unwrap_err();
/// assert_eq!(error, InvalidDatabaseUrl::Malformed { form: "sqlite:PATH" });
/// assert_eq!(error.to_string(), "such a database URL is written sqlite:PATH");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDatabaseUrl {
    /// No driver has this scheme.
    #[error("unknown scheme: this build opens {known}")]
    UnknownScheme {
        /// The URLs that this build opens.
        known: String,
    },
    /// The scheme is known, and what follows it is wrong.
    #[error("such a database URL is written {form}")]
    Malformed {
        /// How it should be written.
        form: &'static str,
    },
}

/// How long to wait before a database is tried again.
const PAUSE: Duration = Duration::from_secs(2);

impl DatabaseUrl {
    pub(crate) fn new(text: &str, driver: Arc<dyn Driver>) -> Self {
        Self {
            text: text.to_owned(),
            driver,
        }
    }

    /// Opens the database and leaves its schema as it is. While it is not there yet, or lets nobody in at
    /// the moment, this tells the log and tries again, as long as `options` say.
    ///
    /// # Errors
    /// When it cannot be opened, or a newer program has changed its schema.
    pub async fn open(&self, options: &OpenOptions) -> Result<Arc<dyn Database>, DatabaseError> {
        let began = Instant::now();
        loop {
            match self.driver.open(&self.text, options).await {
                Err(error) if error.is_transient() && began.elapsed() < options.wait => {
                    let left = options.wait.saturating_sub(began.elapsed()).as_secs();
                    let error = Report(&error).to_string();
                    tracing::warn!(error, left_s = left, "waiting for the database");
                    sleep(PAUSE).await;
                }
                opened => return opened,
            }
        }
    }

    /// Copies the database into a folder, which is new or empty.
    ///
    /// # Errors
    /// As [`Driver::back_up`](crate::Driver::back_up).
    pub async fn back_up(&self, folder: &Path) -> Result<BackupSummary, DatabaseError> {
        self.driver.back_up(&self.text, folder).await
    }

    /// Puts a backup where this says, if there is no database yet.
    ///
    /// # Errors
    /// As [`Driver::restore`](crate::Driver::restore).
    pub async fn restore(&self, folder: &Path) -> Result<BackupSummary, DatabaseError> {
        self.driver.restore(&self.text, folder).await
    }

    pub(crate) async fn open_tables(&self) -> Result<Box<dyn RawTables>, DatabaseError> {
        self.driver.open_tables(&self.text).await
    }

    /// Returns the files on this machine in which the database is kept.
    pub fn files(&self) -> Vec<PathBuf> {
        self.driver.files(&self.text)
    }

    /// Returns the file that opening it would create, if it does not exist yet.
    pub fn file_to_create(&self) -> Option<PathBuf> {
        self.driver.file_to_create(&self.text)
    }

    /// Returns whether it holds a password.
    pub fn has_password(&self) -> bool {
        self.driver.has_password(&self.text)
    }
}

/// A URL of a driver of this build.
impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Drivers::of_this_build().parse(text)
    }
}

impl PartialEq for DatabaseUrl {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for DatabaseUrl {}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.text.split(':').next().unwrap_or_default();
        f.debug_tuple("DatabaseUrl")
            .field(&format_args!("{scheme}:.."))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_a_driver_is_told_what_there_is_and_not_repeated() {
        for text in ["", "mysql://u:hunter2@h/d", "data/x.db", "hunter2"] {
            let refusal = text.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(!refusal.contains("hunter2"), "{refusal}");
            #[cfg(feature = "sqlite")]
            assert!(refusal.contains("sqlite:PATH"), "{refusal}");
            #[cfg(feature = "postgres")]
            assert!(refusal.contains("postgres://USER"), "{refusal}");
        }
        let none = Drivers::default().parse("sqlite:x.db").unwrap_err();
        assert_eq!(
            none.to_string(),
            "unknown scheme: this build opens no scheme at all"
        );
    }
}
