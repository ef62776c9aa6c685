//! One file that is followed, past its rotation.

use super::{
    chunk::Chunk,
    position::{FileId, Position, PositionFile},
};
use crate::{error::SendError, say};
use central_logger_client::Client;
use central_logger_times::{Clock, SystemClock};
use std::{
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime},
};

/// A program may write to a file for this long after it was renamed.
const AFTER_ROTATION: Duration = Duration::from_secs(2);
/// What rotation makes of files that are not read any more.
const COMPRESSED: [&str; 5] = ["gz", "xz", "zst", "bz2", "zip"];

pub(super) struct Follower {
    path: PathBuf,
    kept: PositionFile,
    position: Position,
    /// The file that is read, perhaps under another name by now.
    file: Option<File>,
    rotated: Option<Instant>,
    from_end: bool,
    once: bool,
}

impl Follower {
    /// Goes on where the last one has ended.
    pub(super) fn open(
        path: &Path,
        folder: &Path,
        from_end: bool,
        once: bool,
    ) -> Result<Self, SendError> {
        let path =
            std::path::absolute(path).map_err(|error| SendError::Read(path.to_owned(), error))?;
        let (kept, position) = PositionFile::open(folder, &path)?;
        let from_end = from_end && position.is_none() && path.exists();
        let mut follower = Self {
            path,
            kept,
            position: position.unwrap_or_else(Position::new),
            file: None,
            rotated: None,
            from_end,
            once,
        };
        follower.file = follower.resume();
        Ok(follower)
    }

    /// The file that was read last, under whatever name.
    fn resume(&self) -> Option<File> {
        self.position.file?;
        let names = std::iter::once(self.path.clone()).chain(self.rotated_names());
        let found = names
            .filter_map(|name| File::open(name).ok())
            .find(|file| self.position.is_in(file));
        if found.is_none() {
            say(&format!(
                "{} was rotated, and what it held last is not found",
                self.path.display()
            ));
        }
        found
    }

    /// Queues the next lines. Returns whether there is something new. After an error it goes on where it was.
    pub(super) fn read(&mut self, client: &Client) -> Result<bool, SendError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => match self.begin(self.path.clone())? {
                Some(file) => file,
                None => return Ok(false),
            },
        };
        let is_news = self.read_on(&file, client);
        // Unless it has gone on to the next file.
        self.file.get_or_insert(file);
        is_news
    }

    fn read_on(&mut self, file: &File, client: &Client) -> Result<bool, SendError> {
        let metadata = file.metadata().map_err(|error| self.fault(error))?;
        let is_other = self.position.has_other_head(file);
        let is_other = is_other.map_err(|error| self.fault(error))?;
        if is_other || metadata.len() < self.position.offset {
            self.position.begin(FileId::of(&metadata));
        }
        let is_over = self.is_over();
        let chunk = Chunk::read(file, self.position.offset, is_over || self.once);
        let chunk = chunk.map_err(|error| self.fault(error))?;
        if chunk.len() > 0 {
            self.log(client, &chunk, file)?;
        } else if is_over {
            return self.next(file);
        }
        Ok(chunk.len() > 0)
    }

    fn log(&mut self, client: &Client, chunk: &Chunk, file: &File) -> Result<(), SendError> {
        let nanos = SystemClock.now().unix_timestamp_nanos();
        let now = i64::try_from(nanos / 1000).unwrap_or(i64::MAX);
        // Lines that were queued before the program ended keep their times.
        if !self.position.is_pending {
            let mut position = self.position.clone();
            position.time = position.time.max(now);
            position.is_pending = true;
            // Without this, nothing may be queued.
            self.kept.keep(&position)?;
            self.position = position;
        }
        let logged = chunk.log(client, self.position.time, self.position.source);
        if logged.lines > 0 {
            self.position.offset = logged.end;
            self.position.time += i64::try_from(logged.lines).unwrap_or(0);
            // Lines that have to wait keep their times, too.
            self.position.is_pending = logged.refusal.is_some();
            self.position.note_head(file);
            self.kept.keep(&self.position)?;
        }
        match logged.refusal {
            Some(refusal) => Err(SendError::NoRoom(self.path.clone(), refusal)),
            None => Ok(()),
        }
    }

    fn begin(&mut self, path: PathBuf) -> Result<Option<File>, SendError> {
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(SendError::Read(path, error)),
        };
        let metadata = file.metadata().map_err(|error| self.fault(error))?;
        let mut position = self.position.clone();
        position.begin(FileId::of(&metadata));
        if self.from_end {
            position.offset = metadata.len();
            position.note_head(&file);
        }
        self.kept.keep(&position)?;
        self.position = position;
        self.from_end = false;
        Ok(Some(file))
    }

    /// Whether the file has another name, and nothing is written to it any more.
    fn is_over(&mut self) -> bool {
        let named = fs::metadata(&self.path).map(|metadata| FileId::of(&metadata));
        if named.is_err() || named.ok() == self.position.file {
            // The next file is not there yet.
            self.rotated = None;
            return false;
        }
        let rotated = *self.rotated.get_or_insert_with(Instant::now);
        self.once || rotated.elapsed() >= AFTER_ROTATION
    }

    /// Goes on to the file that was begun after this one.
    fn next(&mut self, file: &File) -> Result<bool, SendError> {
        self.rotated = None;
        let modified = |file: &File| {
            file.metadata()
                .and_then(|metadata| metadata.modified())
                .ok()
        };
        let ended = modified(file).unwrap_or(SystemTime::UNIX_EPOCH);
        let later = self.rotated_names().into_iter().filter_map(|name| {
            let other = File::open(&name).ok()?;
            let is_later = modified(&other)? > ended && !self.position.is_in(&other);
            is_later.then_some((modified(&other)?, name))
        });
        let next = later
            .min()
            .map_or_else(|| self.path.clone(), |(_, name)| name);
        self.file = self.begin(next)?;
        Ok(self.file.is_some())
    }

    /// The names that rotation has given to earlier files.
    fn rotated_names(&self) -> Vec<PathBuf> {
        let Some((folder, name)) = self.path.parent().zip(self.path.file_name()) else {
            return Vec::new();
        };
        let name = name.as_encoded_bytes();
        let siblings = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|sibling| sibling.path());
        let is_rotated = |path: &PathBuf| {
            let sibling = path.file_name().map(|sibling| sibling.as_encoded_bytes());
            let rest = sibling.and_then(|sibling| sibling.strip_prefix(name));
            let is_compressed = path
                .extension()
                .is_some_and(|extension| COMPRESSED.iter().any(|known| extension == *known));
            matches!(rest, Some([b'.' | b'-', ..])) && !is_compressed
        };
        siblings.filter(is_rotated).collect()
    }

    fn fault(&self, error: std::io::Error) -> SendError {
        SendError::Read(self.path.clone(), error)
    }
}
