//! Room on the disk that is kept back for changes of keys, so that a key can be revoked while its client
//! fills the disk.
//!
//! It is a file beside the database. When a change of keys finds the disk full, it removes the file and
//! tries again. The server makes it again when there is room, and takes no entries while it is small.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

#[derive(Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
    /// Whether this program keeps it.
    is_kept: AtomicBool,
}

const MOST: u64 = 64 << 20;
/// Of the disk.
const SHARE: u64 = 20;
/// The part of the reserve below which entries are refused, and the part of it that is left free beside
/// it for what is written all the time, such as leases.
const QUARTER: u64 = 4;

/// How large the disk of a file is and how much of it is free, in bytes.
struct Disk {
    size: u64,
    free: u64,
}

impl Reserve {
    pub(crate) fn beside(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-reserve");
        Self {
            path: path.into(),
            is_kept: AtomicBool::new(false),
        }
    }

    /// Makes it as large as it should be, or as there is room for.
    pub(crate) fn keep(&self) -> io::Result<()> {
        let disk = self.disk()?;
        let (wanted, present) = (disk.wanted(), self.len());
        let room = disk.free.saturating_sub(wanted / QUARTER);
        let affordable = wanted.min(present + room);
        // Not for every few bytes that become free.
        if affordable >= present + wanted / (QUARTER * QUARTER) {
            match self.grow(affordable) {
                Err(error) if error.kind() != io::ErrorKind::StorageFull => return Err(error),
                _ => {}
            }
        }
        self.is_kept.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Gives the room back to the disk, and tells whether there was any.
    pub(crate) fn give_up(&self) -> bool {
        let was_there = self.len() > 0 && fs::remove_file(&self.path).is_ok();
        if was_there {
            tracing::warn!("the disk is full: room that was kept back is used for this change");
        }
        was_there
    }

    /// Whether entries can be taken without touching what is kept back. `unused` bytes are free within
    /// the database.
    pub(crate) fn has_room_beside(&self, unused: impl FnOnce() -> u64) -> bool {
        if !self.is_kept.load(Ordering::Relaxed) {
            return true;
        }
        let Ok(disk) = self.disk() else {
            return true;
        };
        let least = disk.wanted() / QUARTER;
        self.len() >= least && (disk.free >= least || unused() >= least)
    }

    /// Whether what is deleted can be overwritten, which takes as much room in the log of writes.
    pub(crate) fn has_room_to_overwrite(&self) -> bool {
        self.disk().map_or(true, |disk| disk.free >= disk.wanted())
    }

    fn len(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |found| found.len())
    }

    #[cfg(unix)]
    fn disk(&self) -> io::Result<Disk> {
        let directory = self
            .path
            .parent()
            .filter(|path| !path.as_os_str().is_empty());
        let found = rustix::fs::statvfs(directory.unwrap_or(Path::new(".")))?;
        Ok(Disk {
            size: found.f_blocks * found.f_frsize,
            free: found.f_bavail * found.f_frsize,
        })
    }

    #[cfg(not(unix))]
    fn disk(&self) -> io::Result<Disk> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn grow(&self, length: u64) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&self.path)?;
        allocate(file, length)
    }
}

impl Disk {
    fn wanted(&self) -> u64 {
        MOST.min(self.size / SHARE)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn allocate(mut file: fs::File, length: u64) -> io::Result<()> {
    use rustix::{fs::FallocateFlags, io::Errno};
    match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, length) {
        Err(Errno::OPNOTSUPP) => fill(&mut file, length),
        done => Ok(done?),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn allocate(mut file: fs::File, length: u64) -> io::Result<()> {
    fill(&mut file, length)
}

/// Writes it out, where a file system cannot promise room.
fn fill(file: &mut fs::File, length: u64) -> io::Result<()> {
    let missing = length.saturating_sub(file.metadata()?.len());
    io::copy(&mut io::Read::take(io::repeat(0x5a), missing), file)?;
    file.sync_all()
}
