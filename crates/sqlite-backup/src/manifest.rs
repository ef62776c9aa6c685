use crate::{
    BackupError,
    files::{create, sync_folder},
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{Read, Write},
    path::Path,
};
use time::OffsetDateTime;

/// What a backup is known by, in its folder beside the files.
const MANIFEST: &str = "backup.json";
/// The one form of backups so far.
pub(crate) const FORMAT: u32 = 1;
/// A manifest is no longer than this, in bytes.
const MOST_MANIFEST: u64 = 64 << 10;

/// A backup: a folder with a copy of both files and what is in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    pub(crate) format: u32,
    /// When it was taken.
    #[serde(with = "time::serde::rfc3339")]
    pub taken_at: OffsetDateTime,
    /// The identity of the store.
    pub store: String,
    /// The number of the last entry of the audit trail.
    pub sequence: i64,
    /// The seal of that entry.
    pub seal: Option<String>,
    /// How many keys there are, whatever their status.
    pub keys: i64,
    /// How many entries of logs there are.
    pub entries: i64,
    /// The file of keys.
    pub(crate) keys_file: Copied,
    /// The file of logs.
    pub(crate) logs_file: Copied,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Copied {
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
}

impl Backup {
    /// How long both files are together, in bytes.
    pub fn bytes(&self) -> u64 {
        self.keys_file.bytes + self.logs_file.bytes
    }
}

/// Last, so that what has no manifest is no backup.
pub(crate) fn write_manifest(folder: &Path, backup: &Backup) -> Result<(), BackupError> {
    let path = folder.join(MANIFEST);
    let failed = |error| BackupError::Io(path.clone(), error);
    let text = serde_json::to_string_pretty(backup).map_err(|error| failed(error.into()))?;
    let mut file = create(&path)?;
    file.write_all((text + "\n").as_bytes()).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    sync_folder(&path)
}

pub(crate) fn read_manifest(folder: &Path) -> Result<Backup, BackupError> {
    let path = folder.join(MANIFEST);
    let file = fs::File::open(&path).map_err(|error| BackupError::NoBackup(path.clone(), error))?;
    let mut text = String::new();
    let read = file.take(MOST_MANIFEST).read_to_string(&mut text);
    read.map_err(|error| BackupError::NoBackup(path.clone(), error))?;
    let backup: Backup = serde_json::from_str(&text)
        .map_err(|error| BackupError::NoBackup(path.clone(), error.into()))?;
    match backup.format {
        FORMAT => Ok(backup),
        _ => Err(BackupError::Newer(path)),
    }
}
