use crate::{
    failing_networks::FailingNetworks,
    usage_accumulator::{KeyCounts, UsageAccumulator, Work},
};
use central_logger_auth::{AuthEvent, EventSink, InvalidReason, Principal, Refusal};
use central_logger_key_activity::{ActivityError, UsageBatch, UsageStore};
use central_logger_key_store::KeyRecord;
use central_logger_text::Report;
use std::{
    pin::pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use time::OffsetDateTime;
use tokio::{
    sync::Notify,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

/// Counts what is done with each key, and when and from where it was last used: in memory, and stored
/// every few seconds in one statement; within a second where a key was used that has a successor, so that
/// nobody takes it for one that is used no more.
///
/// Each thread counts in a part of its own, so that threads that serve requests do not wait for each
/// other.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authenticator, Origin, PresentedCredential, VerificationRequest};
/// use central_logger_key_activity::{MemoryActivity, UsagePer, UsageQuery, UsageStore};
/// use central_logger_key_store::MemoryKeys;
/// use central_logger_monitor::UsageCounter;
/// use central_logger_times::{Clock, SystemClock, Timestamp};
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (keys, usage) = (Arc::new(MemoryKeys::new()), Arc::new(UsageCounter::new()));
/// let authenticator = Authenticator::new(keys).with_events(usage.clone());
///
/// let began = SystemClock.now();
/// let presented = PresentedCredential::Key(b"nobody_has_this_key");
/// let request = VerificationRequest { presented, origin: Origin::Unknown, required: None };
/// assert!(authenticator.authenticate(request).await.is_err());
///
/// let store = MemoryActivity::new();
/// usage.flush(&store).await?; // or `flush_until`, every few seconds
/// let query = UsageQuery { client: None, since: Timestamp::clamped(began), per: UsagePer::Key };
/// assert_eq!(store.usage(&query).await?[0].refused["unknown"], 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct UsageCounter {
    parts: [Part; PARTS],
    /// The batch that the store did not take when it was last asked to.
    unsent: Mutex<UsageBatch>,
    failures: AtomicU64,
    /// The networks whose failures are counted in this hour.
    failing: Mutex<FailingNetworks>,
    /// Told when a key was used that has a successor.
    replaced_is_used: Notify,
}

/// The least time between two flushes for the sake of keys that have successors.
const BETWEEN: Duration = Duration::from_secs(1);

/// The number of parts: as many as threads that serve requests on a large machine; more threads share them.
const PARTS: usize = 32;

/// A part, two cache lines apart from the next, which some processors fetch together.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Part(Mutex<UsageAccumulator>);

impl UsageCounter {
    /// Returns a counter that has counted nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts entries that were stored, and the bytes of the body that they came in.
    pub fn count_stored(&self, caller: &Principal, at: OffsetDateTime, entries: u64, bytes: u64) {
        let work = Work {
            entries,
            bytes,
            ..Work::default()
        };
        self.count_work(caller, at, work);
    }

    /// Counts an answer, by the time that it took.
    pub fn count_answer(&self, caller: &Principal, at: OffsetDateTime, latency: Duration) {
        let work = Work {
            latency,
            ..Work::default()
        };
        self.count_work(caller, at, work);
    }

    fn count_work(&self, caller: &Principal, at: OffsetDateTime, work: Work) {
        let (id, client) = (caller.key_id(), caller.client_id());
        let mut counts = self.part().lock();
        counts.of_key(at, id, Some(client), |counts| counts.work(at, work));
    }

    /// Stores what was counted since the last time. What cannot be stored is kept for the next.
    ///
    /// When the store has taken the counts, but its answer is lost, they are counted twice. The counts
    /// of a flush whose future is dropped are lost, unless the store has taken them.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn flush(&self, store: &dyn UsageStore) -> Result<(), ActivityError> {
        let batch = self.take();
        if batch.is_empty() {
            return Ok(());
        }
        let stored = store.add_usage(&batch).await;
        if stored.is_err() {
            self.failures.fetch_add(1, Ordering::Relaxed);
            lock(&self.unsent).add(batch);
        }
        stored
    }

    /// Returns how many times the store did not take what was counted.
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// [Flushes](Self::flush) until `ended`, and then once more, and writes failures to the log.
    pub async fn flush_until(
        &self,
        ended: impl Future<Output = ()>,
        period: Duration,
        store: &dyn UsageStore,
    ) {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ended = pin!(ended);
        let mut earliest = Instant::now();
        loop {
            let replaced_is_used = async {
                sleep_until(earliest).await;
                self.replaced_is_used.notified().await;
            };
            // A flush that has begun is never given up.
            let has_ended = tokio::select! {
                () = &mut ended => true,
                _ = ticks.tick() => false,
                () = replaced_is_used => false,
            };
            earliest = Instant::now() + BETWEEN;
            match self.flush(store).await {
                Ok(()) => {}
                Err(error) if has_ended => {
                    let error = Report(&error).to_string();
                    tracing::warn!(error, "counts and last uses of keys are lost");
                }
                // Of an outage the store tells by itself.
                Err(error) if error.is_transient() => {}
                Err(error) => {
                    let error = Report(&error).to_string();
                    tracing::warn!(error, "counts and last uses of keys are not stored yet");
                }
            }
            if has_ended {
                return;
            }
        }
    }

    /// Takes all that was counted and is not stored.
    fn take(&self) -> UsageBatch {
        let mut batch = std::mem::take(&mut *lock(&self.unsent));
        for part in &self.parts {
            let counted = std::mem::take(&mut *part.lock());
            counted.add_to(&mut batch);
        }
        lock(&self.failing).bound(&mut batch);
        batch
    }

    /// Returns the part of this thread.
    fn part(&self) -> &Part {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static PART: usize = THREADS.fetch_add(1, Ordering::Relaxed) % PARTS;
        }
        &self.parts[PART.with(|part| *part)]
    }
}

impl Part {
    fn lock(&self) -> MutexGuard<'_, UsageAccumulator> {
        lock(&self.0)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics between two steps of a change.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl EventSink for UsageCounter {
    fn record(&self, event: &AuthEvent<'_>) {
        let (at, from) = (event.at, event.address);
        let count = |counts: &mut KeyCounts| match event.outcome {
            Ok(_) => counts.accept(at, from),
            Err(refusal) => counts.refuse(refusal.reason(), at, from),
        };
        let mut counts = self.part().lock();
        if let (Err(refusal), Some(address)) = (event.outcome, from)
            && refusal.reason().is_guess()
        {
            counts.fail(at, address);
        }
        match (event.key, event.outcome) {
            (Some(key), _) => counts.of_key(at, &key.id, key.client(), count),
            // Then the id exists; others are made up by anybody.
            (None, Err(Refusal::Invalid(InvalidReason::WrongSecret))) => match event.claimed_id {
                Some(id) => counts.of_key(at, id, None, count),
                None => count(counts.keyless(at)),
            },
            (None, _) => count(counts.keyless(at)),
        }
        drop(counts);
        let is_replaced = |key: &KeyRecord| key.grace_ends_at.is_some();
        if event.outcome.is_ok() && event.key.is_some_and(is_replaced) {
            self.replaced_is_used.notify_one();
        }
    }
}
