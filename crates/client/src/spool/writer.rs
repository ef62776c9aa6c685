use super::{name::SegmentName, owner::Owner, record, segment::Segment};
use crate::clock;
use std::{
    fs::DirBuilder,
    io::{self, ErrorKind},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// The size at which a new segment is begun.
const FULL: u64 = 1024 * 1024;
/// After this long without a sign of life, others may have taken the segment.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// Where entries of this process are appended.
#[derive(Debug)]
pub(super) struct Writer {
    folder: PathBuf,
    owner: Owner,
    fsync: bool,
    active: Option<Arc<Segment>>,
    /// Segments that the sender does not know yet.
    started: Vec<Arc<Segment>>,
    touched: Duration,
    /// When the oldest entry was appended that waits, or before.
    pub(super) since: Option<Instant>,
    pub(super) appended: u64,
}

impl Writer {
    pub(super) fn new(folder: PathBuf, owner: Owner, fsync: bool) -> Self {
        Self {
            folder,
            owner,
            fsync,
            active: None,
            started: Vec::new(),
            touched: clock::uptime(),
            since: None,
            appended: 0,
        }
    }

    /// Appends a line, and returns the segment that has it now.
    pub(super) fn append(&mut self, line: &[u8]) -> io::Result<Arc<Segment>> {
        if clock::uptime().saturating_sub(self.touched) > SIGN_OF_LIFE {
            self.replace_if_lost()?;
            self.touched = clock::uptime();
        }
        let segment = match &self.active {
            Some(active) if active.length() < FULL => Arc::clone(active),
            _ => self.start()?,
        };
        if segment.left() == 0 {
            self.since = Some(Instant::now());
        }
        segment.append(line)?;
        self.appended += 1;
        Ok(segment)
    }

    fn start(&mut self) -> io::Result<Arc<Segment>> {
        let name = SegmentName::new(clock::rising_micros(), self.owner);
        let segment = match Segment::create(&self.folder, name.clone(), self.fsync) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make_folder(&self.folder)?;
                Segment::create(&self.folder, name, self.fsync)?
            }
            created => created?,
        };
        let segment = Arc::new(segment);
        self.active = Some(Arc::clone(&segment));
        self.started.push(Arc::clone(&segment));
        Ok(segment)
    }

    /// Begins a new segment when another process has taken the active one, and appends again what was
    /// not delivered: the other may not have seen the last entries. The server stores each once.
    pub(super) fn replace_if_lost(&mut self) -> io::Result<()> {
        let Some(lost) = self.active.take_if(|active| !active.is_there()) else {
            return Ok(());
        };
        lost.lose();
        let size = lost.length().saturating_sub(lost.position());
        let mut lines = vec![0; usize::try_from(size).unwrap_or(0)];
        let count = lost.read_at(&mut lines, lost.position())?;
        let lines = lines.get(..count).unwrap_or_default();
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            if record::check(line.strip_suffix(b"\n").unwrap_or_default()).is_some() {
                let segment = match &self.active {
                    Some(active) => Arc::clone(active),
                    None => self.start()?,
                };
                segment.append(line)?;
            }
        }
        Ok(())
    }

    /// Says that the process is alive.
    pub(super) fn touch(&mut self) {
        self.touched = clock::uptime();
    }

    pub(super) fn take_started(&mut self) -> Vec<Arc<Segment>> {
        std::mem::take(&mut self.started)
    }

    pub(super) fn is_active(&self, segment: &Segment) -> bool {
        self.active
            .as_ref()
            .is_some_and(|active| active.name == segment.name)
    }

    /// Ends the writing.
    pub(super) fn close(&mut self) {
        self.active = None;
    }
}

/// Makes the folder of a spool, which only this user may read.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
