use super::{name::SegmentName, record::HEADER};
use crate::clock;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};
use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

/// The size of the first line.
pub(super) const START: u64 = HEADER.len() as u64;

/// A file of records that belongs to this process.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) name: SegmentName,
    path: PathBuf,
    file: File,
    /// Where its records end.
    length: AtomicU64,
    /// Where the records begin that are still to be delivered.
    position: AtomicU64,
    /// Records between `position` and `length`.
    left: AtomicU64,
    /// Whether another process has taken it over.
    lost: AtomicBool,
}

impl Segment {
    /// Makes an empty segment.
    pub(super) fn create(folder: &Path, name: SegmentName, fsync: bool) -> io::Result<Self> {
        let path = folder.join(name.to_string());
        let mut options = OpenOptions::new();
        options.read(true).append(true).create_new(true).mode(0o600);
        let mut file = options.open(&path)?;
        // Without a lock, its age and its owner still guard it.
        let _ = file.try_lock();
        if let Err(error) = file.write_all(HEADER) {
            let _ = std::fs::remove_file(&path);
            return Err(error);
        }
        if fsync {
            file.sync_all()?;
            File::open(folder)?.sync_all()?;
        }
        Ok(Self::of(name, path, file, START, 0))
    }

    /// Holds the segment of another that was renamed to `name`.
    pub(super) fn taken(folder: &Path, name: SegmentName, file: File) -> io::Result<Self> {
        let path = folder.join(name.to_string());
        let length = file.metadata()?.len();
        let records = count_lines(&file)?.saturating_sub(1);
        Ok(Self::of(name, path, file, length, records))
    }

    fn of(name: SegmentName, path: PathBuf, file: File, length: u64, left: u64) -> Self {
        Self {
            name,
            path,
            file,
            length: AtomicU64::new(length),
            position: AtomicU64::new(START),
            left: AtomicU64::new(left),
            lost: AtomicBool::new(false),
        }
    }

    pub(super) fn length(&self) -> u64 {
        self.length.load(Ordering::Acquire)
    }

    pub(super) fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    pub(super) fn left(&self) -> u64 {
        self.left.load(Ordering::Acquire)
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Acquire)
    }

    pub(super) fn lose(&self) {
        self.lost.store(true, Ordering::Release);
    }

    /// The bytes of its records.
    pub(super) fn size(&self) -> u64 {
        self.length().saturating_sub(START)
    }

    pub(super) fn has_more(&self) -> bool {
        self.position() < self.length()
    }

    /// Appends a line with one write. After a failure the file is as it was before.
    pub(super) fn append(&self, line: &[u8]) -> io::Result<()> {
        let written = match (&self.file).write(line) {
            Err(error) if error.kind() == ErrorKind::Interrupted => (&self.file).write(line),
            written => written,
        };
        match written {
            Ok(count) if count == line.len() => {
                self.left.fetch_add(1, Ordering::AcqRel);
                self.length.fetch_add(count as u64, Ordering::AcqRel);
                Ok(())
            }
            Ok(0) => Err(ErrorKind::WriteZero.into()),
            Ok(_) => {
                self.file.set_len(self.length())?;
                Err(ErrorKind::StorageFull.into())
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    pub(super) fn read_at(&self, buffer: &mut [u8], position: u64) -> io::Result<usize> {
        self.file.read_at(buffer, position)
    }

    /// Notes that everything before `position`, of `records`, needs no delivery any more.
    pub(super) fn advance(&self, position: u64, records: u64) {
        self.position.fetch_max(position, Ordering::AcqRel);
        let less = |left: u64| Some(left.saturating_sub(records));
        let _ = self
            .left
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }

    /// Removes all records. Nobody may append meanwhile.
    pub(super) fn truncate(&self) -> io::Result<()> {
        self.file.set_len(START)?;
        self.length.store(START, Ordering::Release);
        self.position.store(START, Ordering::Release);
        Ok(())
    }

    /// Deletes the file, unless it belongs to another by now.
    pub(super) fn delete(&self) {
        if self.is_there() {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    /// Whether the file still has its name, so that nobody has taken it over.
    pub(super) fn is_there(&self) -> bool {
        let (Ok(named), Ok(held)) = (std::fs::metadata(&self.path), self.file.metadata()) else {
            return false;
        };
        (named.dev(), named.ino()) == (held.dev(), held.ino())
    }

    /// Leaves it to others, who take what looks old.
    pub(super) fn leave(&self) {
        set_times(&self.file, 0);
    }

    /// Shows others that its owner lives.
    pub(super) fn touch(&self) {
        touch(&self.file);
    }
}

pub(super) fn touch(file: &File) {
    set_times(file, UTIME_NOW);
}

fn set_times(file: &File, tv_nsec: i64) {
    let time = || Timespec { tv_sec: 0, tv_nsec };
    let times = Timestamps {
        last_access: time(),
        last_modification: time(),
    };
    let _ = futimens(file, &times);
}

/// Whether a file was not written or touched for `seconds`.
pub(super) fn is_older_than(path: &Path, seconds: u64) -> bool {
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    let age = modified
        .ok()
        .and_then(|modified| clock::now().duration_since(modified).ok());
    age.is_some_and(|age| age.as_secs() > seconds)
}

fn count_lines(file: &File) -> io::Result<u64> {
    let mut buffer = vec![0; 64 * 1024];
    let (mut lines, mut position) = (0, 0);
    loop {
        let count = file.read_at(&mut buffer, position)?;
        if count == 0 {
            return Ok(lines);
        }
        position += count as u64;
        lines += buffer
            .iter()
            .take(count)
            .filter(|byte| **byte == b'\n')
            .count() as u64;
    }
}

/// The beginning of a file, enough for the first line.
pub(super) fn beginning(file: &File) -> io::Result<Vec<u8>> {
    let mut beginning = Vec::new();
    file.take(64).read_to_end(&mut beginning)?;
    Ok(beginning)
}
