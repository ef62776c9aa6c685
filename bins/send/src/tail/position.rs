//! The position in a file that is followed, kept past the end of the program.

use crate::{error::SendError, say};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// How much of the beginning of a file tells it from another with the same number.
const HEAD: u64 = 256;

/// Which file it is, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileId {
    device: u64,
    inode: u64,
}

impl FileId {
    pub(super) fn of(metadata: &fs::Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        }
    }
}

/// How far a file is read. The lines from `offset` on get times from `time` on: a program that ends between
/// the queuing of lines and the keeping of their position queues them again with the same times and ids,
/// and the server stores them once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    pub(super) file: Option<FileId>,
    pub(super) offset: u64,
    /// In microseconds since 1970.
    pub(super) time: i64,
    /// Whether lines from `offset` on may have been queued.
    pub(super) is_pending: bool,
    /// A part of the ids of entries.
    pub(super) source: u64,
    head_size: u64,
    head: u32,
}

impl Position {
    pub(super) fn new() -> Self {
        Self {
            source: RandomState::new().build_hasher().finish(),
            ..Self::default()
        }
    }

    /// Begins at the start of another file.
    pub(super) fn begin(&mut self, file: FileId) {
        self.file = Some(file);
        self.offset = 0;
        self.is_pending = false;
        self.head_size = 0;
        self.head = 0;
    }

    /// Notes the beginning of the file, as far as it is read.
    pub(super) fn note_head(&mut self, file: &File) {
        if self.head_size < HEAD.min(self.offset) {
            let size = HEAD.min(self.offset);
            if let Ok(head) = checksum(file, size) {
                (self.head_size, self.head) = (size, head);
            }
        }
    }

    /// Whether the file does not begin as it did: it was cut, and has grown since.
    pub(super) fn has_other_head(&self, file: &File) -> io::Result<bool> {
        match checksum(file, self.head_size) {
            Ok(head) => Ok(head != self.head),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether it is a position in this file.
    pub(super) fn is_in(&self, file: &File) -> bool {
        let Ok(metadata) = file.metadata() else {
            return false;
        };
        self.file == Some(FileId::of(&metadata))
            && checksum(file, self.head_size).is_ok_and(|head| head == self.head)
    }
}

fn checksum(file: &File, size: u64) -> io::Result<u32> {
    let mut head = vec![0; usize::try_from(size).unwrap_or(0)];
    file.read_exact_at(&mut head, 0)?;
    Ok(crc32fast::hash(&head))
}

/// Where a position is kept. Only one process follows a file.
#[derive(Debug)]
pub(super) struct PositionFile {
    path: PathBuf,
    followed: PathBuf,
    _lock: File,
}

impl PositionFile {
    /// The position in a file; nothing when it was not followed before.
    pub(super) fn open(
        folder: &Path,
        followed: &Path,
    ) -> Result<(Self, Option<Position>), SendError> {
        let fault = |error| SendError::Position(followed.to_owned(), error);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(fault)?;
        let name = format!("tail-{:016x}", hash(followed));
        let lock = folder.join(format!("{name}.lock"));
        let mut options = OpenOptions::new();
        let lock = options
            .append(true)
            .create(true)
            .mode(0o600)
            .open(lock)
            .map_err(fault)?;
        lock.try_lock()
            .map_err(|_| SendError::Followed(followed.to_owned()))?;
        let path = folder.join(format!("{name}.json"));
        let position = match fs::read(&path) {
            Ok(text) => Some(serde_json::from_slice(&text).unwrap_or_else(|error| {
                say(&format!(
                    "the position in {} is damaged ({error}): it is read from its start, and lines that were sent \
                     before are sent again",
                    followed.display()
                ));
                Position::new()
            })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(fault(error)),
        };
        Ok((
            Self {
                path,
                followed: followed.to_owned(),
                _lock: lock,
            },
            position,
        ))
    }

    /// Keeps a position: this one or the last, whenever the program ends.
    pub(super) fn keep(&self, position: &Position) -> Result<(), SendError> {
        let keep = || -> io::Result<()> {
            let next = self.path.with_extension("next");
            let mut options = OpenOptions::new();
            let mut file = options
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&next)?;
            file.write_all(&serde_json::to_vec(position)?)?;
            // Otherwise a power cut may leave an empty file under the name.
            file.sync_all()?;
            fs::rename(next, &self.path)
        };
        keep().map_err(|error| SendError::Position(self.followed.clone(), error))
    }
}

/// FNV-1a, which is the same in every version.
fn hash(path: &Path) -> u64 {
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(folder: &Path) -> (PositionFile, Option<Position>) {
        PositionFile::open(folder, Path::new("/var/log/shop.log")).unwrap()
    }

    #[test]
    fn a_position_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (kept, none) = open(folder.path());
        assert_eq!(none, None);
        let position = Position {
            offset: 7,
            ..Position::new()
        };
        kept.keep(&position).unwrap();
        drop(kept);
        assert_eq!(open(folder.path()).1, Some(position));
    }

    #[test]
    fn a_damaged_position_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        for damaged in ["", "{\"file\":", "[]", "\0\0\0"] {
            let (kept, _) = open(folder.path());
            fs::write(&kept.path, damaged).unwrap();
            drop(kept);
            let (_, position) = open(folder.path());
            let position = position.unwrap();
            assert_eq!((position.file, position.offset), (None, 0), "{damaged}");
        }
    }

    #[test]
    fn a_file_that_was_cut_and_has_grown_has_another_head() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.log");
        fs::write(&path, "first\n").unwrap();
        let file = File::open(&path).unwrap();
        let mut position = Position::new();
        assert!(!position.has_other_head(&file).unwrap(), "nothing is read");
        position.offset = 6;
        position.note_head(&file);
        fs::write(&path, "first\nsecond\n").unwrap();
        assert!(!position.has_other_head(&file).unwrap(), "it has grown");
        fs::write(&path, "other, and longer\n").unwrap();
        assert!(position.has_other_head(&file).unwrap());
        fs::write(&path, "").unwrap();
        assert!(position.has_other_head(&file).unwrap());
    }
}
