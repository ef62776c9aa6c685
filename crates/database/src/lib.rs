#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod backup;
mod blocks;
mod database;
mod driver;
mod drivers;
mod error;
mod finding;
mod gauge;
mod moving;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod url;

pub use backup::BackupSummary;
pub use central_logger_database_move::{
    MoveError, MoveProgress, MoveSummary, MovedTable, RawTables,
};
pub use database::{Database, Grant};
pub use driver::{Driver, OpenOptions};
pub use drivers::Drivers;
pub use error::DatabaseError;
pub use finding::Finding;
pub use gauge::{Gauge, Sample};
#[cfg(feature = "postgres")]
pub use postgres::PostgresDriver;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteDriver;
pub use url::{DatabaseUrl, InvalidDatabaseUrl};

use std::sync::Arc;

/// Opens the database of this URL with a driver of this build, and leaves its schema as it is.
///
/// # Errors
/// When no driver knows the URL, or the database cannot be opened.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let files = tempfile::tempdir()?;
/// # let url = format!("sqlite:{}", files.path().join("keys.db").display());
/// let database = central_logger_database::open(&url).await?;
/// assert!(database.is_new().await?);
/// # Ok(())
/// # }
/// ```
pub async fn open(url: &str) -> Result<Arc<dyn Database>, DatabaseError> {
    let url: DatabaseUrl = url.parse()?;
    url.open(&OpenOptions::default()).await
}
