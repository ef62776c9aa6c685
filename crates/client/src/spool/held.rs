//! Reading the records of a segment into a batch.

use super::{record, segment::Segment};
use crate::batch::{Batch, BatchLimits};
use std::{io, sync::Arc};

/// More than the longest record.
const CHUNK: u64 = 512 * 1024;

/// How far a batch reaches into a segment.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) segment: Arc<Segment>,
    pub(super) position: u64,
    /// The records before `position`, whole or not.
    pub(super) records: u64,
    /// The records among them that a crash has cut.
    pub(super) cut: u64,
    /// The records among them that are damaged.
    pub(super) damaged: u64,
    /// Whether the batch took in all records.
    pub(super) is_whole: bool,
}

/// Reads records while the batch has room.
pub(super) fn read(
    segment: &Arc<Segment>,
    batch: &mut Batch,
    limits: BatchLimits,
) -> io::Result<Mark> {
    let mut mark = Mark {
        segment: Arc::clone(segment),
        position: segment.position(),
        records: 0,
        cut: 0,
        damaged: 0,
        is_whole: false,
    };
    let mut chunk = Vec::new();
    loop {
        let end = segment.length();
        if mark.position >= end {
            mark.is_whole = true;
            return Ok(mark);
        }
        let size = (end - mark.position).min(CHUNK);
        chunk.resize(usize::try_from(size).unwrap_or(usize::MAX), 0);
        let count = segment.read_at(&mut chunk, mark.position)?;
        chunk.truncate(count);
        let began = mark.position;
        for line in chunk.split_inclusive(|byte| *byte == b'\n') {
            let Some(line) = line.strip_suffix(b"\n") else {
                break;
            };
            if !mark.take(line, end, batch, limits) {
                return Ok(mark);
            }
        }
        if mark.position == began {
            // No line ends here: a crash has cut the last one, or this is damage.
            let is_last = began + count as u64 >= end || count == 0;
            mark.damaged += u64::from(!is_last);
            mark.position = if is_last { end } else { began + count as u64 };
        }
    }
}

impl Mark {
    /// Takes a line, unless the batch has no room for it.
    fn take(&mut self, line: &[u8], end: u64, batch: &mut Batch, limits: BatchLimits) -> bool {
        let next = self.position + line.len() as u64 + 1;
        match record::check(line) {
            Some(json) if batch.has_room(json.len(), limits) => batch.push(json),
            Some(_) => return false,
            None if next == end => self.cut += 1,
            None => self.damaged += 1,
        }
        self.position = next;
        self.records += 1;
        true
    }
}
