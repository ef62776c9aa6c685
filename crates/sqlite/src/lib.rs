#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerts;
mod clients;
mod connect;
mod error;
mod feed;
mod file;
mod in_place;
mod key_change;
mod keys;
mod limits;
mod logs;
mod migrations;
mod receipts;
mod reserve;
mod retention;
mod reveal_links;
mod row;
mod sessions;
mod store_clock;
mod usage;
mod watching;
mod workflows;
mod write_ahead_log;

pub use error::OpenError;
pub use feed::SqliteFeed;
pub use keys::SqliteKeys;
pub use limits::SqliteLimits;
pub use logs::SqliteLogs;
pub use sessions::SqliteSessions;
pub use workflows::SqliteWorkflows;

use central_logger_key_store::KeyStoreError;
use central_logger_times::{Clock, SystemClock};
use file::File;
use reserve::Reserve;
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::task::spawn_blocking;

/// Both stores in SQLite files.
#[derive(Debug, Clone)]
pub struct Sqlite {
    keys: File,
    logs: File,
    reserve: Arc<Reserve>,
    clock: Arc<dyn Clock>,
}

impl Sqlite {
    /// Opens the file of keys at `path` and the file of logs beside it, and makes those that are
    /// missing. Their schema is left as it is.
    ///
    /// # Errors
    /// When a file cannot be made or opened, is no database, or is newer than this program.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        let reserve = Arc::new(Reserve::beside(path));
        let keys = File::open(path.to_owned(), migrations::KEYS, Arc::clone(&reserve));
        let keys = keys.await?;
        let logs = File::open(logs_path(path), migrations::LOGS, Arc::clone(&reserve));
        Ok(Self {
            keys,
            logs: logs.await?,
            reserve,
            clock: Arc::new(SystemClock),
        })
    }

    /// The files in which all is kept when the keys are in the one at `path`, those too that are there
    /// only while the database is open.
    pub fn files(path: &Path) -> Vec<PathBuf> {
        let beside = |file: &Path, end: &str| {
            let mut name = file.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        };
        let databases = [path.to_owned(), logs_path(path)];
        let files = databases.iter().flat_map(|file| {
            let ends = ["", "-wal", "-shm"];
            ends.map(|end| beside(file, end))
        });
        files.collect()
    }

    /// The file of logs, when the keys are in the one at `path`.
    pub fn logs_file(path: &Path) -> PathBuf {
        logs_path(path)
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// Keeps room back on the disk, in a file beside the database, so that keys can be revoked when it is
    /// full. To be called again and again by a server that takes entries, which are refused from then
    /// on before that room is needed.
    ///
    /// # Errors
    /// When the file system does not allow it, for another reason than want of room.
    pub async fn keep_room(&self) -> io::Result<()> {
        let reserve = Arc::clone(&self.reserve);
        spawn_blocking(move || reserve.keep()).await?
    }

    /// How far the clock is ahead of what it should show, if it has jumped since the last lease. Then
    /// nothing is removed by its age.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn clock_jump(&self) -> Result<Option<time::Duration>, KeyStoreError> {
        let clock = Arc::clone(&self.clock);
        let jump = self
            .keys
            .read(move |connection| store_clock::jump(connection, &*clock));
        Ok(jump.await?)
    }

    /// Believes the clock from now on, whatever it showed before.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn accept_clock(&self) -> Result<(), KeyStoreError> {
        let clock = Arc::clone(&self.clock);
        let accepted = self
            .keys
            .write(move |transaction| store_clock::accept(transaction, &*clock));
        Ok(accepted.await?)
    }

    /// The migrations that have not been applied yet, by name.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn pending(&self) -> Result<Vec<&'static str>, OpenError> {
        let mut pending = self.keys.pending().await?;
        pending.extend(self.logs.pending().await?);
        Ok(pending)
    }

    /// Whether nothing was ever migrated here.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub async fn is_new(&self) -> Result<bool, OpenError> {
        let pending = self.keys.pending().await?.len();
        Ok(pending == migrations::KEYS.0.len())
    }

    /// Brings both schemas up to date and gives the names of what was applied. Several processes
    /// may do so at once.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, OpenError> {
        let mut applied = self.keys.migrate().await?;
        applied.extend(self.logs.migrate().await?);
        Ok(applied)
    }

    /// The keys.
    pub fn keys(&self) -> SqliteKeys {
        SqliteKeys::new(self.keys.clone(), Arc::clone(&self.clock))
    }

    /// The changes of keys.
    pub fn feed(&self) -> SqliteFeed {
        SqliteFeed::new(
            self.keys.clone(),
            self.logs.clone(),
            Arc::clone(&self.clock),
        )
    }

    /// The limits that all servers share.
    pub fn limits(&self) -> SqliteLimits {
        SqliteLimits::new(self.keys.clone(), Arc::clone(&self.clock))
    }

    /// The sessions of people who have signed in.
    pub fn sessions(&self) -> SqliteSessions {
        let file = self.keys.clone();
        SqliteSessions { file }
    }

    /// The workflows of clients, beside their logs.
    pub fn workflows(&self) -> SqliteWorkflows {
        let file = self.logs.clone();
        SqliteWorkflows { file }
    }

    /// The logs.
    pub fn logs(&self) -> SqliteLogs {
        SqliteLogs::new(
            self.logs.clone(),
            self.keys.clone(),
            Arc::clone(&self.clock),
        )
    }
}

/// `data/central-logger.db` has its logs in `data/central-logger-logs.db`.
fn logs_path(keys: &Path) -> PathBuf {
    let mut name = keys.file_stem().unwrap_or_default().to_owned();
    name.push("-logs");
    if let Some(extension) = keys.extension() {
        name.push(".");
        name.push(extension);
    }
    keys.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_stand_beside_the_keys() {
        for (keys, logs) in [
            ("data/central-logger.db", "data/central-logger-logs.db"),
            ("/var/x", "/var/x-logs"),
            ("a.b.sqlite", "a.b-logs.sqlite"),
        ] {
            assert_eq!(logs_path(Path::new(keys)), Path::new(logs));
        }
    }
}
