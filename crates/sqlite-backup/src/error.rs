use std::{io, path::PathBuf};

/// Why a backup was not taken or not restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is something in the folder.
    #[error("{} is not empty: name a folder that does not exist yet", .0.display())]
    NotEmpty(PathBuf),
    /// SQLite takes names in UTF-8 only.
    #[error("{} is no name in UTF-8", .0.display())]
    Name(PathBuf),
    /// A file or folder cannot be read or written.
    #[error("{} cannot be read or written", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// A file cannot be copied or counted.
    #[error("{} cannot be copied", .0.display())]
    Sqlite(PathBuf, #[source] rusqlite::Error),
    /// SQLite has found something wrong in a copy.
    #[error("{} is damaged: {}", .0.display(), .1)]
    Damaged(PathBuf, String),
    /// There is no manifest, or it cannot be read.
    #[error("{} cannot be read, so the folder is no backup, or one that was interrupted", .0.display())]
    NoBackup(PathBuf, #[source] io::Error),
    /// A newer program has made the backup.
    #[error("{} is of a newer version of this program", .0.display())]
    Newer(PathBuf),
    /// A file of a backup is not the one that was taken.
    #[error("{} is not as it was when the backup was taken", .0.display())]
    Changed(PathBuf),
    /// A database is where the backup is to go.
    #[error("{} exists: stop the servers and move the database away first", .0.display())]
    InTheWay(PathBuf),
}
