#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod error;
mod files;
mod manifest;

pub use error::BackupError;
pub use manifest::Backup;

use files::{create, digest, need_empty, sync_folder, with_end};
use manifest::{Copied, FORMAT, read_manifest, write_manifest};
use rusqlite::{Connection, OpenFlags};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use time::OffsetDateTime;

/// How the file of keys is called in a backup, as by default.
const KEYS: &str = "central-logger.db";
/// How the file of logs is called, so that the folder can be opened as a database.
const LOGS: &str = "central-logger-logs.db";
/// How long to wait for a server that is writing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Both files of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The file of keys.
    pub keys: PathBuf,
    /// The file of logs.
    pub logs: PathBuf,
}

impl Pair {
    /// Copies both files into a folder, which is new or empty, and checks the copies. Servers may go on
    /// writing: each copy is of one moment, and that of the keys is of the later one, so that every entry has
    /// its key.
    ///
    /// # Errors
    /// When there is something in the folder, it cannot be written, or a copy is damaged.
    pub fn back_up(&self, folder: &Path, taken_at: OffsetDateTime) -> Result<Backup, BackupError> {
        need_empty(folder)?;
        let copies = Self {
            keys: folder.join(KEYS),
            logs: folder.join(LOGS),
        };
        let logs_file = copy(&self.logs, &copies.logs)?;
        let keys_file = copy(&self.keys, &copies.keys)?;
        let backup = copies.contents(taken_at, keys_file, logs_file)?;
        write_manifest(folder, &backup)?;
        Ok(backup)
    }

    /// Puts the files of a backup in the place of these, of which there must be none, once both are as they
    /// were taken. No server may be started before this returns.
    ///
    /// # Errors
    /// When the folder is no backup, one of its files is not as it was taken, or there is a database.
    pub fn restore(&self, folder: &Path) -> Result<Backup, BackupError> {
        let backup = read_manifest(folder)?;
        for file in [&self.keys, &self.logs] {
            // The log of writes of another file would be taken for one of this.
            let there = ["", "-wal", "-shm"].map(|end| with_end(file, end));
            if let Some(present) = there.into_iter().find(|file| file.exists()) {
                return Err(BackupError::InTheWay(present));
            }
        }
        let logs = fetch(&folder.join(LOGS), &self.logs, &backup.logs_file)?;
        let keys = fetch(&folder.join(KEYS), &self.keys, &backup.keys_file)?;
        // The keys last: without them there is no database.
        for (part, place) in [(logs, &self.logs), (keys, &self.keys)] {
            fs::rename(&part, place).map_err(|error| BackupError::Io(place.clone(), error))?;
            sync_folder(place)?;
        }
        Ok(backup)
    }

    fn contents(
        &self,
        taken_at: OffsetDateTime,
        keys_file: Copied,
        logs_file: Copied,
    ) -> Result<Backup, BackupError> {
        let failed = |error| BackupError::Sqlite(self.keys.clone(), error);
        let sql = "SELECT store_identity.id, sequence, head, (SELECT count(*) FROM api_keys)
                   FROM key_store_state, store_identity";
        let keys = open_to_read(&self.keys).map_err(failed)?;
        let known = keys.query_row(sql, [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        });
        let (store, sequence, seal, keys) = known.map_err(failed)?;
        let sql = "SELECT (SELECT count(*) FROM workflow_logs)
                        + (SELECT coalesce(sum(entries), 0) FROM log_blocks)";
        let failed = |error| BackupError::Sqlite(self.logs.clone(), error);
        let logs = open_to_read(&self.logs).map_err(failed)?;
        Ok(Backup {
            format: FORMAT,
            taken_at,
            store,
            sequence,
            seal,
            keys,
            entries: logs.query_row(sql, [], |row| row.get(0)).map_err(failed)?,
            keys_file,
            logs_file,
        })
    }
}

/// Copies a file as it is at one moment, without the pages that nothing uses any more.
fn copy(file: &Path, to: &Path) -> Result<Copied, BackupError> {
    let failed = |error| BackupError::Sqlite(file.to_owned(), error);
    create(to)?;
    let name = to
        .to_str()
        .ok_or_else(|| BackupError::Name(to.to_owned()))?;
    // As servers open it: to read a log of writes, SQLite has to write beside it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(failed)?;
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    let copied = connection.execute("VACUUM INTO ?1", [name]);
    copied.map_err(failed)?;
    check(to)?;
    // SQLite leaves it to the operating system when the copy is on the disk.
    let written = fs::File::open(to).and_then(|file| file.sync_all());
    written.map_err(|error| BackupError::Io(to.to_owned(), error))?;
    sync_folder(to)?;
    digest(to)
}

fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

/// Has SQLite look at each page and each index of a file.
fn check(path: &Path) -> Result<(), BackupError> {
    let found = open_to_read(path).and_then(|connection| {
        connection.query_row("PRAGMA integrity_check(1)", [], |row| {
            row.get::<_, String>(0)
        })
    });
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(BackupError::Damaged(path.to_owned(), found)),
        Err(error) => Err(BackupError::Damaged(path.to_owned(), error.to_string())),
    }
}

/// Copies a file of a backup beside its place, and compares it with what was taken.
fn fetch(from: &Path, place: &Path, expected: &Copied) -> Result<PathBuf, BackupError> {
    let part = with_end(place, ".part");
    let failed = |error| BackupError::Io(part.clone(), error);
    // Of an attempt that was interrupted.
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let source = fs::File::open(from).map_err(|error| BackupError::Io(from.to_owned(), error))?;
    let mut target = create(&part)?;
    io::copy(&mut &source, &mut target).map_err(failed)?;
    target.sync_all().map_err(failed)?;
    let is_as_taken = digest(&part)? == *expected;
    let checked = match is_as_taken {
        true => check(&part),
        false => Err(BackupError::Changed(from.to_owned())),
    };
    if let Err(error) = checked {
        fs::remove_file(&part).map_err(failed)?;
        return Err(error);
    }
    Ok(part)
}
