use crate::{BackupSummary, Database, DatabaseError, Driver, Finding, OpenOptions, blocks};
use async_trait::async_trait;
use central_logger_block_store::BlockStore;
use central_logger_database_move::{RawTables, SqliteTables};
use central_logger_key_activity::ActivityStore;
use central_logger_key_store::{KeyAdmin, KeyFeed};
use central_logger_limits::LimitStore;
use central_logger_log_store::{LogPruner, LogStore};
use central_logger_sessions::SessionStore;
use central_logger_sqlite::{OpenError, Sqlite};
use central_logger_sqlite_backup::{Backup, BackupError, Pair};
use central_logger_times::{Clock, SystemClock};
use central_logger_workflows::WorkflowStore;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::task::spawn_blocking;

/// Opens `sqlite:PATH`: files beside the program, nothing to install.
///
/// # Examples
///
/// ```
/// use central_logger_database::{Driver, SqliteDriver};
///
/// assert!(SqliteDriver.is_url("sqlite:/var/lib/central-logger/keys.db"));
/// assert!(!SqliteDriver.is_url("sqlite::memory:"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct SqliteDriver;

/// `sqlite:///var/x.db` is an absolute path in the way of URLs, `sqlite://x.db` not.
fn path(url: &str) -> &Path {
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    Path::new(path.strip_prefix("//").unwrap_or(path))
}

fn pair(url: &str) -> Pair {
    let keys = path(url);
    Pair {
        keys: keys.to_owned(),
        logs: Sqlite::logs_file(keys),
    }
}

/// SQLite blocks.
async fn blocking(
    work: impl FnOnce() -> Result<Backup, BackupError> + Send + 'static,
) -> Result<BackupSummary, DatabaseError> {
    let done = spawn_blocking(work).await;
    let done = done.map_err(|error| DatabaseError::Failed(error.into()))?;
    let backup = done.map_err(|error| DatabaseError::Failed(error.into()))?;
    Ok(BackupSummary {
        taken_at: backup.taken_at,
        sequence: backup.sequence,
        bytes: backup.bytes(),
        seal: backup.seal,
        keys: backup.keys,
        entries: backup.entries,
    })
}

#[async_trait]
impl Driver for SqliteDriver {
    fn name(&self) -> &'static str {
        "SQLite"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["sqlite"]
    }

    fn url_form(&self) -> &'static str {
        "sqlite:PATH"
    }

    fn is_url(&self, url: &str) -> bool {
        let path = path(url).as_os_str();
        !path.is_empty() && path != ":memory:" && !url.contains('?')
    }

    fn files(&self, url: &str) -> Vec<PathBuf> {
        Sqlite::files(path(url))
    }

    fn file_to_create(&self, url: &str) -> Option<PathBuf> {
        let path = path(url);
        (!path.exists()).then(|| path.to_owned())
    }

    async fn back_up(&self, url: &str, folder: &Path) -> Result<BackupSummary, DatabaseError> {
        let (pair, folder, now) = (pair(url), folder.to_owned(), SystemClock.now());
        blocking(move || pair.back_up(&folder, now)).await
    }

    async fn restore(&self, url: &str, folder: &Path) -> Result<BackupSummary, DatabaseError> {
        let (pair, folder) = (pair(url), folder.to_owned());
        blocking(move || pair.restore(&folder)).await
    }

    async fn open_tables(&self, url: &str) -> Result<Box<dyn RawTables>, DatabaseError> {
        let Pair { keys, logs } = pair(url);
        let opened = SqliteTables::open(&keys, &logs);
        Ok(Box::new(opened.map_err(DatabaseError::Failed)?))
    }

    async fn open(&self, url: &str, _: &OpenOptions) -> Result<Arc<dyn Database>, DatabaseError> {
        Ok(Arc::new(Sqlite::open(path(url)).await?))
    }
}

#[async_trait]
impl Database for Sqlite {
    fn keys(&self) -> Arc<dyn KeyAdmin> {
        Arc::new(self.keys())
    }

    fn activity(&self) -> Arc<dyn ActivityStore> {
        Arc::new(self.keys())
    }

    fn feed(&self) -> Arc<dyn KeyFeed> {
        Arc::new(self.feed())
    }

    fn limits(&self) -> Option<Arc<dyn LimitStore>> {
        Some(Arc::new(self.limits()))
    }

    fn sessions(&self) -> Arc<dyn SessionStore> {
        Arc::new(self.sessions())
    }

    fn workflows(&self) -> Arc<dyn WorkflowStore> {
        Arc::new(self.workflows())
    }

    fn logs(&self) -> Arc<dyn LogStore> {
        Arc::new(self.logs())
    }

    fn log_pruner(&self) -> Arc<dyn LogPruner> {
        Arc::new(self.logs())
    }

    fn block_store(&self) -> Option<Arc<dyn BlockStore>> {
        Some(Arc::new(self.logs()))
    }

    async fn pending_migrations(&self) -> Result<Vec<&'static str>, DatabaseError> {
        Ok(self.pending().await?)
    }

    async fn is_new(&self) -> Result<bool, DatabaseError> {
        Ok(self.is_new().await?)
    }

    async fn migrate(&self) -> Result<Vec<&'static str>, DatabaseError> {
        Ok(self.migrate().await?)
    }

    async fn findings(&self) -> Vec<Finding> {
        let isolation = "the servers keep clients apart; SQLite has no row-level security";
        vec![
            Finding::ok("isolation", isolation),
            Finding::ok("partitions", "SQLite keeps all logs together"),
            removal(self).await,
            blocks::finding(&self.logs()).await,
        ]
    }

    async fn reserve_space(&self) -> io::Result<()> {
        self.keep_room().await
    }

    async fn accept_clock(&self) -> Result<(), DatabaseError> {
        let failed = |error| DatabaseError::Failed(Box::new(error));
        match self.clock_jump().await.map_err(failed)? {
            Some(_) => self.accept_clock().await.map_err(failed),
            None => Ok(()),
        }
    }
}

/// Whether the clock can be relied on when something is removed by its age.
async fn removal(sqlite: &Sqlite) -> Finding {
    const CHECK: &str = "removal";
    match sqlite.clock_jump().await {
        Err(error) => Finding::failed(CHECK, &error),
        Ok(None) => Finding::ok(CHECK, "by the clock of this machine, which has not jumped"),
        Ok(Some(by)) => Finding::problem(
            CHECK,
            format!(
                "the clock is {} s ahead of what it should show, so nothing is removed by its age: \
                 set it right, or if it is right, run `central-logger-admin doctor --accept-clock`",
                by.whole_seconds()
            ),
        ),
    }
}

impl From<OpenError> for DatabaseError {
    fn from(error: OpenError) -> Self {
        Self::Failed(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_from_any_spelling() {
        for (url, expected) in [
            ("sqlite:data/x.db", "data/x.db"),
            ("sqlite:/var/x.db", "/var/x.db"),
            ("sqlite:///var/x.db", "/var/x.db"),
            ("sqlite://x.db", "x.db"),
            ("sqlite:a:b@c", "a:b@c"),
        ] {
            assert!(SqliteDriver.is_url(url), "{url}");
            assert!(!SqliteDriver.has_password(url), "{url}");
            assert_eq!(path(url), Path::new(expected));
        }
        for wrong in [
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite:x?mode=ro",
        ] {
            assert!(!SqliteDriver.is_url(wrong), "{wrong}");
        }
    }
}
