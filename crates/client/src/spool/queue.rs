use super::{
    folder,
    held::{self, Mark},
    owner::Owner,
    segment::Segment,
    writer::{Writer, make_folder},
};
use crate::{
    batch::{Batch, BatchLimits},
    clock,
    counters::Counters,
    draft::Draft,
    queue::{Moment, NotQueued, Queue, Waiting},
    report::Reporter,
};
use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

const LOOK_EVERY: Duration = Duration::from_secs(30);

/// A queue in segments on disk.
#[derive(Debug)]
pub(crate) struct SpoolQueue {
    folder: PathBuf,
    owner: Owner,
    limits: BatchLimits,
    fsync: bool,
    max_bytes: u64,
    counters: Arc<Counters>,
    reporter: Reporter,
    writer: Mutex<Writer>,
    /// What the sender holds.
    held: Mutex<Held>,
    settled_own: AtomicU64,
    queued_taken: AtomicU64,
    settled_taken: AtomicU64,
    /// How many segments the first look at the folder has found.
    found_first: OnceLock<u64>,
}

#[derive(Debug, Default)]
struct Held {
    /// All segments in order of time, the active one included.
    segments: BTreeMap<(u64, u64), HeldSegment>,
    /// How far the batch reaches that was taken.
    marks: Vec<Mark>,
    looked: Option<Duration>,
    closed: bool,
}

#[derive(Debug)]
struct HeldSegment {
    segment: Arc<Segment>,
    is_taken: bool,
}

impl Held {
    fn hold(&mut self, segment: Arc<Segment>, is_taken: bool) {
        let id = segment.name.id();
        self.segments.insert(id, HeldSegment { segment, is_taken });
    }
}

impl SpoolQueue {
    /// Opens a folder, and makes it if it is not there.
    pub(crate) fn open(
        folder: PathBuf,
        limits: BatchLimits,
        fsync: bool,
        max_bytes: u64,
        counters: Arc<Counters>,
        reporter: Reporter,
    ) -> io::Result<Self> {
        make_folder(&folder)?;
        let owner = Owner::this();
        Ok(Self {
            writer: Mutex::new(Writer::new(folder.clone(), owner, fsync)),
            held: Mutex::default(),
            settled_own: AtomicU64::new(0),
            queued_taken: AtomicU64::new(0),
            settled_taken: AtomicU64::new(0),
            found_first: OnceLock::new(),
            folder,
            owner,
            limits,
            fsync,
            max_bytes,
            counters,
            reporter,
        })
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        for segment in self.writer().take_started() {
            held.hold(segment, false);
        }
        held
    }

    /// Removes a segment that needs no delivery, and counts what is left in it as settled.
    fn forget(&self, held: &mut Held, id: (u64, u64)) {
        let Some(HeldSegment { segment, is_taken }) = held.segments.remove(&id) else {
            return;
        };
        if segment.is_lost() {
            // What was left of it stands in the active segment.
            return;
        }
        self.counters.queued.subtract(segment.left());
        self.counters.spooled_bytes.subtract(segment.size());
        if is_taken {
            self.settled_taken.fetch_add(1, Ordering::AcqRel);
        } else {
            self.settled_own.fetch_add(segment.left(), Ordering::AcqRel);
        }
    }

    fn touch(&self, held: &mut Held) {
        {
            let mut writer = self.writer();
            if let Err(error) = writer.replace_if_lost() {
                self.reporter.report(&NotQueued::Disk(error).to_string());
            }
            writer.touch();
        }
        let is_gone = |held: &HeldSegment| held.segment.is_lost() || !held.segment.is_there();
        let gone = held
            .segments
            .iter()
            .filter(|(_, held)| is_gone(held))
            .map(|(id, _)| *id);
        for id in gone.collect::<Vec<_>>() {
            self.forget(held, id);
        }
        held.segments.values().for_each(|held| held.segment.touch());
    }

    fn look(&self, held: &mut Held) {
        let found = folder::take_over(&self.folder, self.owner, |name| {
            held.segments
                .get(&name.id())
                .is_some_and(|held| held.segment.name == *name)
        });
        if let Some(name) = found.unknown.first() {
            let advice = "use a newer central-logger-client to deliver it";
            let folder = self.folder.display();
            self.reporter.report(&format!(
                "the segment {name} in {folder} is of a newer version: {advice}"
            ));
        }
        for segment in found.taken {
            self.counters.queued.add(segment.left());
            self.counters.spooled_bytes.add(segment.size());
            self.queued_taken.fetch_add(1, Ordering::AcqRel);
            held.hold(Arc::new(segment), true);
        }
        self.found_first
            .get_or_init(|| self.queued_taken.load(Ordering::Acquire));
    }

    fn settle_mark(&self, held: &mut Held, mark: &Mark) {
        let segment = &mark.segment;
        segment.advance(mark.position, mark.records);
        let lost_records = mark.cut + mark.damaged;
        self.counters.queued.subtract(lost_records);
        if mark.damaged > 0 {
            self.counters.rejected.add(mark.damaged);
            let count = mark.damaged;
            self.reporter.report(&format!(
                "{count} lines of the spool are damaged and are left out"
            ));
        }
        let id = segment.name.id();
        let Some(HeldSegment { is_taken, .. }) = held.segments.get(&id) else {
            return;
        };
        if segment.is_lost() {
            return;
        }
        if !is_taken {
            self.settled_own.fetch_add(mark.records, Ordering::AcqRel);
        }
        let writer = self.writer();
        if segment.has_more() {
            return;
        }
        if writer.is_active(segment) {
            self.counters.spooled_bytes.subtract(segment.size());
            if let Err(error) = segment.truncate() {
                self.reporter.report(&NotQueued::Disk(error).to_string());
            }
        } else {
            drop(writer);
            segment.delete();
            self.forget(held, id);
        }
    }
}

impl Queue for SpoolQueue {
    fn append(&self, draft: &mut Draft) -> Result<bool, NotQueued> {
        let size = draft.line().len() as u64;
        let mut writer = self.writer();
        if self.counters.spooled_bytes.get() + size > self.max_bytes {
            return Err(NotQueued::Full);
        }
        draft.finish();
        let segment = writer.append(draft.line()).map_err(NotQueued::Disk)?;
        self.counters.spooled_bytes.add(size);
        let left = segment.left();
        let bytes = segment.length().saturating_sub(segment.position());
        drop(writer);
        if self.fsync {
            segment.sync().map_err(NotQueued::Disk)?;
        }
        let limit = self.limits.bytes as u64;
        let fills = bytes >= limit && bytes - size < limit;
        Ok(left == 1 || left == self.limits.entries as u64 || fills)
    }

    fn waiting(&self) -> Waiting {
        if self.found_first.get().is_none() {
            // What others have left behind goes first.
            return Waiting::default();
        }
        let held = self.held();
        let mut waiting = Waiting {
            since: self.writer().since,
            ..Waiting::default()
        };
        for HeldSegment { segment, is_taken } in held.segments.values() {
            if *is_taken {
                waiting.is_due = true;
            } else if !segment.is_lost() {
                waiting.entries += segment.left();
                waiting.bytes += segment.length().saturating_sub(segment.position());
            }
        }
        waiting
    }

    fn take(&self) -> Batch {
        let mut held = self.held();
        let mut batch = Batch::default();
        let now = Instant::now();
        let mut marks = Vec::new();
        let mut unreadable = Vec::new();
        let mut is_drained = true;
        for (id, HeldSegment { segment, .. }) in &held.segments {
            match held::read(segment, &mut batch, self.limits) {
                Ok(mark) => {
                    is_drained = mark.is_whole;
                    marks.push(mark);
                }
                Err(error) => unreadable.push((*id, error)),
            }
            if !is_drained {
                break;
            }
        }
        for (id, error) in unreadable {
            self.reporter
                .report(&format!("a segment of the spool cannot be read: {error}"));
            self.forget(&mut held, id);
        }
        held.marks = marks;
        if is_drained {
            self.writer().since = Some(now);
        }
        batch
    }

    fn settle(&self) {
        let mut held = self.held();
        for mark in std::mem::take(&mut held.marks) {
            self.settle_mark(&mut held, &mark);
        }
    }

    fn queued(&self) -> Moment {
        let own = self.writer().appended;
        Moment {
            own,
            taken: self.queued_taken.load(Ordering::Acquire),
        }
    }

    fn has_settled(&self, moment: Moment) -> bool {
        // What was found at the start was queued before any call.
        let Some(found_first) = self.found_first.get() else {
            return false;
        };
        let taken = moment.taken.max(*found_first);
        self.settled_own.load(Ordering::Acquire) >= moment.own
            && self.settled_taken.load(Ordering::Acquire) >= taken
    }

    fn tend(&self) {
        let now = clock::uptime();
        let is_due = |looked| now.saturating_sub(looked) >= LOOK_EVERY;
        let mut held = self.held();
        if held.closed {
            return;
        }
        self.touch(&mut held);
        if held.looked.is_none_or(is_due) {
            self.look(&mut held);
            held.looked = Some(now);
        }
    }

    fn close(&self) {
        let mut held = self.held();
        held.closed = true;
        self.writer().close();
        for (_, HeldSegment { segment, .. }) in std::mem::take(&mut held.segments) {
            if segment.has_more() {
                segment.leave();
            } else {
                segment.delete();
            }
        }
    }
}
