//! What the callers and the sender of one process share.

use crate::{
    counters::Counters,
    draft::{Defaults, Draft},
    entry::Entry,
    not_logged::NotLogged,
    queue::Queue,
    report::Reporter,
    sender,
};
use std::{
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
    pub(crate) reporter: Reporter,
    /// Why an entry was lost or refused, the last time.
    loss: Mutex<String>,
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
        reporter: Reporter,
        is_spooled: bool,
    ) -> Self {
        Self {
            defaults,
            queue,
            counters,
            reporter,
            loss: Mutex::default(),
            is_spooled,
            orders: Mutex::default(),
            wake: Condvar::new(),
            progress: Condvar::new(),
            end: Condvar::new(),
            closed: AtomicBool::new(false),
        }
    }

    /// Queues an entry, or counts and reports that it is lost. Returns whether it was queued.
    pub(crate) fn log(&self, entry: &Entry) -> bool {
        if sender::is_this_thread() {
            // An entry about a delivery would cause the next one.
            return false;
        }
        let queued = self.append(entry);
        if let Err(refusal) = &queued {
            self.lose_one(refusal);
        }
        queued.is_ok()
    }

    /// Queues an entry, or counts and reports that it is lost, unless there may be room for it later.
    pub(crate) fn try_log(&self, entry: &Entry) -> Result<(), NotLogged> {
        if sender::is_this_thread() {
            let reason = "an entry about a delivery would cause the next one";
            return Err(NotLogged::for_good(reason));
        }
        let queued = self.append(entry);
        if let Err(refusal) = &queued
            && refusal.is_final()
        {
            self.lose_one(refusal);
        }
        queued
    }

    fn append(&self, entry: &Entry) -> Result<(), NotLogged> {
        if self.closed.load(Ordering::Acquire) {
            let reason = "an entry was logged after the client was closed";
            return Err(NotLogged::for_good(reason));
        }
        let mut draft = Draft::of(entry, &self.defaults).map_err(NotLogged::for_good)?;
        self.counters.queued.add(1);
        match self.queue.append(&mut draft) {
            Ok(true) => self.order(|_| {}),
            Ok(false) => {}
            Err(reason) => {
                self.counters.queued.subtract(1);
                return Err(NotLogged::for_now(reason));
            }
        }
        Ok(())
    }

    fn lose_one(&self, reason: &NotLogged) {
        self.counters.dropped.add(1);
        self.report_loss(reason.to_string());
    }

    /// Reports why entries are lost or refused, which is said once more at the end.
    pub(crate) fn report_loss(&self, reason: String) {
        self.reporter.report_loss(&reason, &self.counters);
        *self.lock_loss() = reason;
    }

    fn lock_loss(&self) -> MutexGuard<'_, String> {
        self.loss.lock().unwrap_or_else(PoisonError::into_inner)
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
        let is_settled = || self.queue.has_settled(target);
        self.order(|orders| {
            orders.flushes += 1;
            orders.hurry = true;
        });
        self.await_progress(limit, |orders| is_settled() || orders.stopped)
            .flushes -= 1;
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
            let reason =
                "the server did not take all entries in time: set a spool folder to keep them";
            *self.lock_loss() = reason.to_owned();
        }
        self.tell_losses();
        is_settled
    }

    /// Says what was lost, since earlier reports may have been held back.
    fn tell_losses(&self) {
        let stats = self.counters.stats();
        if stats.dropped + stats.rejected == 0 {
            return;
        }
        let loss = std::mem::take(&mut *self.lock_loss());
        let loss = match loss.is_empty() {
            true => "lines of the spool were damaged",
            false => loss.as_str(),
        };
        self.reporter.report_last(loss, &self.counters);
    }

    /// A request that is under way is not waited for beyond the deadline, but long enough for a sender
    /// that has nothing to do.
    fn await_sender(&self, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        let limit = left.max(Duration::from_millis(100));
        drop(self.await_progress(limit, |orders| orders.stopped));
    }

    /// Waits until the progress is such, or for so long.
    fn await_progress(
        &self,
        limit: Duration,
        is_such: impl Fn(&Orders) -> bool,
    ) -> MutexGuard<'_, Orders> {
        let waits = |orders: &mut Orders| !is_such(orders);
        let waited = self.progress.wait_timeout_while(self.lock(), limit, waits);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Lets the keeper pause. Returns whether the client goes on.
    pub(crate) fn pause(&self, pause: Duration) -> bool {
        let goes_on = |orders: &mut Orders| !orders.stop;
        let waited = self.end.wait_timeout_while(self.lock(), pause, goes_on);
        !waited.unwrap_or_else(PoisonError::into_inner).0.stop
    }

    /// Lets the sender sleep until there is news.
    pub(crate) fn sleep(&self, until: Option<Instant>) {
        let now = Instant::now();
        let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(now));
        let waits = |orders: &mut Orders| !orders.is_news;
        let waited = self.wake.wait_timeout_while(self.lock(), left, waits);
        let mut orders = waited.unwrap_or_else(PoisonError::into_inner).0;
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
