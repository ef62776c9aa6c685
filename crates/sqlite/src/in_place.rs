//! Whether the files of a database are still those that were opened.
//!
//! SQLite goes on with files that somebody has removed or put others in the place of, and whatever it
//! commits then is lost.

use crate::error::FileError;
use std::{
    io,
    path::{Path, PathBuf},
};

/// The files as they were found after they were opened.
pub(crate) struct InPlace(Vec<(PathBuf, Identity)>);

type Identity = (u64, u64);

impl InPlace {
    /// The database at `path`, its log of writes and the index of that, as far as they exist.
    pub(crate) fn of(path: &Path) -> Self {
        let side_file = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let files = [path.to_owned(), side_file("-wal"), side_file("-shm")];
        let found = files.into_iter().filter_map(|file| {
            let identity = identity(&file).ok()?;
            Some((file, identity))
        });
        Self(found.collect())
    }

    /// Fails when one of them is not what it was.
    pub(crate) fn check(&self) -> Result<(), FileError> {
        for (file, then) in &self.0 {
            match identity(file) {
                Ok(now) if now == *then => {}
                _ => return Err(FileError::Replaced(file.clone())),
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> io::Result<Identity> {
    use std::os::unix::fs::MetadataExt;
    let found = path.metadata()?;
    Ok((found.dev(), found.ino()))
}

/// An open file cannot be removed.
#[cfg(not(unix))]
fn identity(_: &Path) -> io::Result<Identity> {
    Ok((0, 0))
}
