use crate::InvalidDatabaseUrl;
use std::error::Error;

/// Error returned when a database cannot be worked with. No message repeats its URL.
///
/// # Examples
///
/// ```
/// use central_logger_text::Report;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let files = tempfile::tempdir()?;
/// # let path = files.path().join("letter.db");
/// std::fs::write(&path, "Dear Sir or Madam, this is a letter and no database.")?;
/// let url = format!("sqlite:{}", path.display());
/// let error = central_logger_database::open(&url).await.unwrap_err();
/// assert!(!error.is_transient());
/// assert!(Report(&error).to_string().contains("letter.db"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// No driver knows the URL.
    #[error(transparent)]
    Url(#[from] InvalidDatabaseUrl),
    /// The database may be there, or let us in, in a moment.
    #[error(transparent)]
    Unavailable(Box<dyn Error + Send + Sync>),
    /// Something is wrong that does not pass by itself.
    #[error(transparent)]
    Failed(Box<dyn Error + Send + Sync>),
    /// This kind of database has no such thing.
    #[error("{0}")]
    Unsupported(&'static str),
}

impl DatabaseError {
    /// Returns whether the database may be there in a moment.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}
