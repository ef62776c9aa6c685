//! What the callers and the sender of one process share.

use crate::{
    counters::Counters,
    draft::{Defaults, Draft},
    entry::Entry,
    queue::Queue,
    report::Reporter,
    sender,
};
use std::{
    fmt::Display,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) defaults: Defaults,
    pub(crate) queue: Box<dyn Queue>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) reporter: Arc<Reporter>,
    /// Whether the queue outlives the process.
    pub(crate) is_spooled: bool,
    pub(crate) orders: Mutex<Orders>,
    wake: Condvar,
    progress: Condvar,
    /// Ends the pauses of the keeper.
    end: Condvar,
    closed: AtomicBool,
}

/// What the sender is told.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    /// Something was queued, or ordered, since the sender looked.
    is_news: bool,
    /// Callers that wait for their entries to be delivered.
    pub(crate) flushes: u32,
    /// A pending retry is to happen now.
    pub(crate) hurry: bool,
    pub(crate) stop: bool,
    /// When the client has to be closed.
    pub(crate) deadline: Option<Instant>,
    /// The sender has ended.
    stopped: bool,
}

impl Pipeline {
    pub(crate) fn new(
        defaults: Defaults,
        queue: Box<dyn Queue>,
        counters: Arc<Counters>,
        reporter: Arc<Reporter>,
        is_spooled: bool,
    ) -> Self {
        Self {
            defaults,
            queue,
            counters,
            reporter,
            is_spooled,
            orders: Mutex::default(),
            wake: Condvar::new(),
            progress: Condvar::new(),
            end: Condvar::new(),
            closed: AtomicBool::new(false),
        }
    }

    pub(crate) fn log(&self, entry: &Entry) {
        if sender::is_this_thread() {
            // An entry about a delivery would cause the next one.
            return;
        }
        if self.closed.load(Ordering::Acquire) {
            return self.drop_one(&"an entry was logged after the client was closed");
        }
        let mut draft = match Draft::of(entry, &self.defaults) {
            Ok(draft) => draft,
            Err(refusal) => return self.drop_one(&refusal),
        };
        self.counters.queued.add(1);
        match self.queue.append(&mut draft) {
            Ok(true) => self.order(|_| {}),
            Ok(false) => {}
            Err(reason) => {
                self.counters.queued.subtract(1);
                self.drop_one(&reason);
            }
        }
    }

    fn drop_one(&self, reason: &dyn Display) {
        self.counters.dropped.add(1);
        let dropped = self.counters.dropped.get();
        self.reporter
            .report(&format!("{reason}; entries dropped so far: {dropped}"));
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn order(&self, change: impl FnOnce(&mut Orders)) {
        let mut orders = self.lock();
        change(&mut orders);
        orders.is_news = true;
        self.wake.notify_one();
    }

    /// Waits until everything that is queued now is settled. Returns whether it was in time.
    pub(crate) fn flush(&self, limit: Duration) -> bool {
        let target = self.queue.queued();
        let until = Instant::now() + limit;
        let is_settled = || self.queue.has_settled(target);
        self.order(|orders| {
            orders.flushes += 1;
            orders.hurry = true;
        });
        let mut orders = self.lock();
        while !is_settled() && !orders.stopped {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.progress.wait_timeout(orders, left);
            orders = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        orders.flushes -= 1;
        drop(orders);
        is_settled()
    }

    /// Flushes and ends the sender. Returns whether everything was settled in time.
    pub(crate) fn close(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        if self.closed.swap(true, Ordering::AcqRel) {
            return self.counters.queued.get() == 0;
        }
        self.order(|orders| orders.deadline = Some(deadline));
        let is_settled = self.flush(limit);
        self.order(|orders| orders.stop = true);
        self.end.notify_all();
        self.await_sender(deadline);
        let left = self.counters.queued.get();
        if !self.is_spooled && left > 0 {
            self.counters.queued.subtract(left);
            self.counters.dropped.add(left);
            let advice = "the server did not take them in time: set a spool folder to keep them";
            self.reporter
                .report(&format!("{left} entries are lost; {advice}"));
        }
        is_settled
    }

    /// A request that is under way is not waited for beyond the deadline, but long enough for a sender
    /// that has nothing to do.
    fn await_sender(&self, deadline: Instant) {
        let until = deadline.max(Instant::now() + Duration::from_millis(100));
        let mut orders = self.lock();
        while !orders.stopped {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.progress.wait_timeout(orders, left);
            orders = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Lets the keeper pause. Returns whether the client goes on.
    pub(crate) fn pause(&self, pause: Duration) -> bool {
        let goes_on = |orders: &mut Orders| !orders.stop;
        let waited = self.end.wait_timeout_while(self.lock(), pause, goes_on);
        !waited.unwrap_or_else(PoisonError::into_inner).0.stop
    }

    /// Lets the sender sleep until there is news.
    pub(crate) fn sleep(&self, until: Option<Instant>) {
        let mut orders = self.lock();
        while !orders.is_news {
            let Some(until) = until else {
                orders = self
                    .wake
                    .wait(orders)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.wake.wait_timeout(orders, left);
            orders = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        orders.is_news = false;
    }

    /// Tells those who wait that something was settled.
    pub(crate) fn tell_progress(&self) {
        drop(self.lock());
        self.progress.notify_all();
    }

    pub(crate) fn tell_stopped(&self) {
        self.lock().stopped = true;
        self.progress.notify_all();
    }
}
