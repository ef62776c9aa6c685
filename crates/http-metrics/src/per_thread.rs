//! Counting on many threads without one waiting for another.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// A value of its own for each thread, to be added up by the reader.
#[derive(Debug, Default)]
pub(crate) struct PerThread<T>([Part<T>; PARTS]);

/// As many threads as serve requests on a large machine; more share parts.
const PARTS: usize = 32;

/// Apart by two cache lines, which some processors fetch together.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Part<T>(Mutex<T>);

impl<T> PerThread<T> {
    /// That of this thread.
    pub(crate) fn mine(&self) -> MutexGuard<'_, T> {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static PART: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PARTS;
        }
        self.0[PART.with(|part| *part)].lock()
    }

    /// Shows those of all threads, one after the other.
    pub(crate) fn each(&self, mut see: impl FnMut(&T)) {
        self.0.iter().for_each(|part| see(&part.lock()));
    }
}

impl<T> Part<T> {
    fn lock(&self) -> MutexGuard<'_, T> {
        // Nothing panics between two steps of a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
