use super::{
    AppendError, Commit, CommitSink, QueueStatus,
    placing::{Placing, Wanted},
    queue::{Group, Held, Queue, Waiting},
};
use crate::{
    quotas::QuotaUsage,
    reading::{Feeds, ReadTurns},
};
use central_logger_log_store::{
    entries::LogId,
    store::{Append, Appended, LogStore, LogStoreError},
};
use futures_util::FutureExt;
use std::{
    fmt, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{Notify, oneshot},
    time::Instant,
};

/// Gathers the appends of many requests into few commits, and gives their entries their places.
///
/// While the store is busy with commits, appends gather, and the next commit takes them all; when it
/// is idle, an append is committed at once. Clients take turns. What was begun is carried to its end,
/// whether or not somebody still waits for the answer.
#[derive(Clone)]
pub struct Ingestor(Arc<Inner>);

struct Inner {
    store: Arc<dyn LogStore>,
    sink: Option<Arc<dyn CommitSink>>,
    /// Commits outlive the requests, and the runtimes on which these are served.
    runtime: Handle,
    queue: Mutex<Queue<Ticket>>,
    quota_usage: QuotaUsage,
    placing: Mutex<Placing>,
    /// Told of the end of each commit.
    ended: Notify,
    /// The turns of those who read the same store.
    read_turns: ReadTurns,
    /// What tails of the same store share.
    feeds: Feeds,
}

/// The outcome of an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ingested {
    /// It is durable, and these are the names of its entries, in the order in which they were sent.
    Stored(Vec<LogId>),
    /// Its idempotency key had been used before, so nothing of it was stored.
    Repeated,
}

type Answer = Result<Ingested, AppendError>;
type Ticket = oneshot::Sender<Answer>;

/// The interval of the search for appends that have waited for too long.
const SWEEP: Duration = Duration::from_millis(250);
/// The most times that entries are given other places when theirs turn out to be taken.
const ATTEMPTS: u32 = 20;

impl Ingestor {
    /// Begins to commit into `store`, on the runtime on which this is called.
    ///
    /// # Panics
    /// When it is not called on a tokio runtime.
    pub fn new(store: Arc<dyn LogStore>) -> Self {
        Self::start(store, None)
    }

    /// As [`new`](Self::new), and tells `sink` of each commit.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn recorded_by(sink: Arc<dyn CommitSink>, store: Arc<dyn LogStore>) -> Self {
        Self::start(store, Some(sink))
    }

    fn start(store: Arc<dyn LogStore>, sink: Option<Arc<dyn CommitSink>>) -> Self {
        let inner = Arc::new(Inner {
            queue: Mutex::new(Queue::new(store.commit_style())),
            runtime: Handle::current(),
            quota_usage: QuotaUsage::default(),
            placing: Mutex::new(Placing::new()),
            ended: Notify::new(),
            read_turns: ReadTurns::new(store.reads_at_once()),
            feeds: Feeds::default(),
            store,
            sink,
        });
        inner
            .runtime
            .spawn(refuse_what_is_late(Arc::downgrade(&inner)));
        Self(inner)
    }

    /// Returns the store that it commits into.
    pub fn store(&self) -> &Arc<dyn LogStore> {
        &self.0.store
    }

    /// Returns what waits to be stored at the moment, and what was not taken.
    pub fn queue(&self) -> QueueStatus {
        self.0.lock().status()
    }

    pub(crate) fn read_turns(&self) -> &ReadTurns {
        &self.0.read_turns
    }

    pub(crate) fn feeds(&self) -> &Feeds {
        &self.0.feeds
    }

    pub(crate) fn quota_usage(&self) -> &QuotaUsage {
        &self.0.quota_usage
    }

    /// Returns when all that was begun has been carried to its end, if nothing new is begun.
    pub async fn finish(&self) {
        loop {
            let mut ended = pin!(self.0.ended.notified());
            ended.as_mut().enable();
            if self.0.lock().is_idle() {
                return;
            }
            ended.await;
        }
    }

    /// Stores an append together with others, and returns when it is durable.
    ///
    /// # Errors
    /// When it was not stored, or is not known to be.
    pub async fn append(&self, append: Append) -> Answer {
        let (ticket, answer) = oneshot::channel();
        if !self.0.lock().admit(append, ticket, Instant::now()) {
            return Err(AppendError::Full);
        }
        self.0.begin_commits();
        answer.await.unwrap_or(Err(AppendError::Ending))
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, Queue<Ticket>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins all commits that may be under way now.
    fn begin_commits(self: &Arc<Self>) {
        loop {
            let Some(group) = self.lock().next_group() else {
                return;
            };
            let group = UnderWay::new(Arc::clone(self), group);
            self.runtime.spawn(commit(group));
        }
    }

    /// Stores `appends` in one commit, with places of their own.
    async fn store_together(
        &self,
        mut appends: Vec<Append>,
    ) -> (Arc<[Append]>, Result<Vec<Appended>, LogStoreError>) {
        let mut taken = 0;
        loop {
            let placed = self.place(&mut appends, taken).await;
            let group: Arc<[Append]> = appends.into();
            if let Err(error) = placed {
                return (group, Err(error));
            }
            match self.store_group(Arc::clone(&group)).await {
                Err(LogStoreError::IdTaken) if taken < ATTEMPTS => {
                    taken += 1;
                    appends = group.to_vec();
                }
                stored => return (group, stored),
            }
        }
    }

    /// Several may be lent places at a time, so that none waits for a store that does not answer another.
    async fn place(&self, appends: &mut [Append], taken: u32) -> Result<(), LogStoreError> {
        for _ in 0..ATTEMPTS {
            let placed = self.lock_placing().place(appends, taken);
            let Err(Wanted { holder, from, now }) = placed else {
                return Ok(());
            };
            let lot = self.store.lend_places(holder, from, now).await?;
            self.lock_placing().lend(lot);
        }
        // The store lends none that would do.
        Err(LogStoreError::IdTaken)
    }

    fn lock_placing(&self) -> MutexGuard<'_, Placing> {
        self.placing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn store_group(&self, appends: Arc<[Append]>) -> Result<Vec<Appended>, LogStoreError> {
        let entries = appends.iter().map(|append| append.entries.len()).sum();
        let began = Instant::now();
        let stored = AssertUnwindSafe(self.store.append_group(appends));
        let stored = stored.catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!("a commit panicked");
            Err(LogStoreError::Failed(Arc::new(Panicked)))
        });
        if let Some(sink) = &self.sink {
            sink.record(&Commit {
                entries,
                took: began.elapsed(),
                error: stored.as_ref().err(),
            });
        }
        stored
    }
}

/// In the place of an answer of the store. The panic itself was reported when it began.
#[derive(Debug, thiserror::Error)]
#[error("the store panicked")]
struct Panicked;

async fn commit(mut group: UnderWay) {
    let appends = mem::take(&mut group.appends);
    let (appends, stored) = group.ingestor.store_together(appends).await;
    let answers = match stored {
        Ok(appended) => ingested(&appends, appended).map(Ok).collect(),
        // One of them may be at fault; the others have nothing to do with it.
        Err(LogStoreError::Failed(_)) if appends.len() > 1 => {
            one_by_one(&group.ingestor, &appends).await
        }
        Err(error) => vec![Err(error); appends.len()],
    };
    group.answer(answers);
}

fn ingested(appends: &[Append], appended: Vec<Appended>) -> impl Iterator<Item = Ingested> {
    let ingested = |(append, appended): (&Append, _)| match appended {
        Appended::Stored => Ingested::Stored(append.ids()),
        Appended::Repeated => Ingested::Repeated,
    };
    appends.iter().zip(appended).map(ingested)
}

async fn one_by_one(ingestor: &Inner, appends: &[Append]) -> Vec<Result<Ingested, LogStoreError>> {
    let mut answers = Vec::with_capacity(appends.len());
    for append in appends {
        let (alone, stored) = ingestor.store_together(vec![append.clone()]).await;
        answers.extend(match stored {
            Ok(appended) => ingested(&alone, appended).map(Ok).next(),
            Err(error) => Some(Err(error)),
        });
    }
    answers
}

/// A group that is being committed. Its room in the queue becomes free when this is dropped, also by
/// a panic in the store.
struct UnderWay {
    ingestor: Arc<Inner>,
    held: Held,
    tickets: Vec<Ticket>,
    appends: Vec<Append>,
}

impl UnderWay {
    fn new(ingestor: Arc<Inner>, group: Group<Ticket>) -> Self {
        let Group { waiting, held } = group;
        let (appends, tickets): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .map(|waiting| (waiting.append, waiting.ticket))
            .unzip();
        Self {
            ingestor,
            held,
            tickets,
            appends,
        }
    }

    fn answer(mut self, answers: Vec<Result<Ingested, LogStoreError>>) {
        for (ticket, answer) in self.tickets.drain(..).zip(answers) {
            // The client may have gone.
            let _ = ticket.send(answer.map_err(AppendError::from));
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.ingestor.lock().release(&self.held);
        self.ingestor.begin_commits();
        self.ingestor.ended.notify_waiters();
    }
}

/// Goes on until the ingestor is gone.
async fn refuse_what_is_late(ingestor: Weak<Inner>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let Some(ingestor) = ingestor.upgrade() else {
            return;
        };
        let refuse = || {
            let late = ingestor.lock().expire(Instant::now());
            for Waiting { ticket, .. } in late {
                // The client may have gone.
                let _ = ticket.send(Err(AppendError::Late));
            }
        };
        if catch_unwind(AssertUnwindSafe(refuse)).is_err() {
            tracing::error!("looking for appends that have waited for too long panicked");
        }
    }
}

impl fmt::Debug for Ingestor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ingestor").finish_non_exhaustive()
    }
}
