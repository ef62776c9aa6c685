use crate::{
    batch::{Batch, BatchLimits},
    draft::Draft,
    queue::{Moment, NotQueued, Queue, Waiting},
};
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// A queue in memory, which ends with the process.
#[derive(Debug)]
pub(crate) struct MemoryQueue {
    limits: BatchLimits,
    max_bytes: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: VecDeque<Box<[u8]>>,
    /// The entries at the front that were taken.
    taken: usize,
    bytes: usize,
    since: Option<Instant>,
    appended: u64,
}

/// What an entry takes up besides its text.
const OVERHEAD: usize = size_of::<Box<[u8]>>();

impl MemoryQueue {
    pub(crate) fn new(limits: BatchLimits, max_bytes: usize) -> Self {
        Self {
            limits,
            max_bytes,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue for MemoryQueue {
    fn append(&self, draft: &mut Draft) -> Result<bool, NotQueued> {
        let mut state = self.lock();
        let size = draft.json().len() + OVERHEAD;
        if state.bytes + size > self.max_bytes {
            return Err(NotQueued::Full);
        }
        draft.finish();
        if state.entries.is_empty() {
            state.since = Some(Instant::now());
        }
        state.entries.push_back(draft.json().into());
        state.appended += 1;
        let before = state.bytes;
        state.bytes += size;
        let fills = before < self.limits.bytes && state.bytes >= self.limits.bytes;
        Ok(state.entries.len() == 1 || state.entries.len() == self.limits.entries || fills)
    }

    fn waiting(&self) -> Waiting {
        let state = self.lock();
        Waiting {
            entries: state.entries.len() as u64,
            bytes: state.bytes as u64,
            since: state.since,
            is_due: false,
        }
    }

    fn take(&self) -> Batch {
        let mut state = self.lock();
        let mut batch = Batch::default();
        for entry in &state.entries {
            if !batch.has_room(entry.len(), self.limits) {
                break;
            }
            batch.push(entry);
        }
        state.taken = batch.len();
        if state.taken == state.entries.len() {
            state.since = Some(Instant::now());
        }
        batch
    }

    fn settle(&self) {
        let mut state = self.lock();
        let taken = std::mem::take(&mut state.taken);
        let bytes: usize = state
            .entries
            .drain(..taken)
            .map(|entry| entry.len() + OVERHEAD)
            .sum();
        state.bytes -= bytes;
    }

    fn queued(&self) -> Moment {
        Moment {
            own: self.lock().appended,
            taken: 0,
        }
    }

    fn has_settled(&self, moment: Moment) -> bool {
        let state = self.lock();
        state.appended - state.entries.len() as u64 >= moment.own
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Entry, draft::Defaults};

    fn queue(max_bytes: usize) -> MemoryQueue {
        MemoryQueue::new(
            BatchLimits {
                entries: 3,
                bytes: 1 << 20,
            },
            max_bytes,
        )
    }

    fn append(queue: &MemoryQueue, message: &str) -> Result<bool, NotQueued> {
        let defaults = Defaults {
            environment: "test".to_owned(),
            workflow: None,
        };
        queue.append(&mut Draft::of(&Entry::new(message), &defaults).unwrap())
    }

    #[test]
    fn entries_stay_until_they_are_settled() {
        let queue = queue(1 << 20);
        assert!(append(&queue, "a").unwrap(), "the first sets the time");
        assert!(!append(&queue, "b").unwrap());
        assert!(append(&queue, "c").unwrap(), "a batch is full");
        assert!(!append(&queue, "d").unwrap());
        let then = queue.queued();
        assert_eq!(queue.take().len(), 3);
        assert_eq!(queue.waiting().entries, 4);
        queue.settle();
        assert_eq!(queue.waiting().entries, 1);
        assert!(!queue.has_settled(then));
        queue.take();
        queue.settle();
        assert!(queue.has_settled(then));
        assert_eq!(queue.waiting().bytes, 0);
    }

    #[test]
    fn an_hour_without_the_server_takes_no_more_than_its_bound() {
        let queue = queue(1 << 20);
        let queued = (0..3_600_000 / 100)
            .filter(|_| append(&queue, "a line of a log").is_ok())
            .count();
        assert!(queue.waiting().bytes <= 1 << 20);
        assert_eq!(queued as u64, queue.waiting().entries);
        let batch = queue.take();
        let first = String::from_utf8(batch.lines(0..1).to_vec()).unwrap();
        assert!(first.contains("a line"), "what was queued first stays");
    }
}
