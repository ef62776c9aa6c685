//! The write-ahead log of a database file, and its size.

use crate::connect::BUSY_TIMEOUT;
use rusqlite::Connection;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The size in bytes from which on the log is to begin anew.
pub(crate) const LARGE: u64 = 16 << 20;
/// The size from which on writers wait for readers.
pub(crate) const LARGEST: u64 = 4 * LARGE;
/// Longer than any read may take.
const LONGEST_READ: Duration = Duration::from_secs(6);

/// The log of one file.
pub(crate) struct WriteAheadLog {
    path: PathBuf,
    /// The size from which on it is to begin anew.
    next_checkpoint: AtomicU64,
}

impl WriteAheadLog {
    pub(crate) fn of(database: &Path) -> Self {
        let mut name = database.as_os_str().to_owned();
        name.push("-wal");
        Self {
            path: name.into(),
            next_checkpoint: AtomicU64::new(LARGE),
        }
    }

    /// How many bytes it has.
    pub(crate) fn size(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |file| file.len())
    }

    /// SQLite begins the write-ahead log anew when nobody reads from it any more, which never comes
    /// while readers overlap. So when it is large, all of it is brought into the file, after which new
    /// readers need it no more, and those that are there are waited for.
    pub(crate) fn bound(&self, writer: &Connection) {
        let size = self.size();
        if size < self.next_checkpoint.load(Ordering::Relaxed) {
            return;
        }
        let patience = match size < LARGEST {
            true => Duration::from_millis(100),
            false => LONGEST_READ,
        };
        // When it fails, it is tried again when the log has grown further.
        let done = writer.busy_timeout(patience).and_then(|()| {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            writer.query_row(sql, [], |row| Ok(row.get::<_, i64>(0)? == 0))
        });
        let next = match done {
            Ok(true) => LARGE,
            Ok(false) | Err(_) => size + LARGE,
        };
        self.next_checkpoint.store(next, Ordering::Relaxed);
        // As every connection has it from its beginning.
        drop(writer.busy_timeout(BUSY_TIMEOUT));
    }
}
