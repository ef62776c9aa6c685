use serde::Serialize;
use time::OffsetDateTime;

/// What a backup has.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let files = tempfile::tempdir()?;
/// # let url = format!("sqlite:{}", files.path().join("keys.db").display());
/// # central_logger_database::open(&url).await?.migrate().await?;
/// let url: central_logger_database::DatabaseUrl = url.parse()?;
/// let folder = files.path().join("backup");
/// let backup = url.back_up(&folder).await?;
/// assert_eq!((backup.keys, backup.entries), (0, 0));
/// assert!(folder.join("backup.json").exists());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupSummary {
    /// When it was taken.
    #[serde(with = "time::serde::rfc3339")]
    pub taken_at: OffsetDateTime,
    /// The number of the last entry of the audit trail.
    pub sequence: i64,
    /// The seal of that entry, as `audit --verify --at-least` takes it.
    pub seal: Option<String>,
    /// How many keys there are, whatever their status.
    pub keys: i64,
    /// How many entries of logs there are.
    pub entries: i64,
    /// How long its files are together, in bytes.
    pub bytes: u64,
}
