use super::{
    Arrived, ClientReads,
    feed::{Feed, Next, Step, arrived},
};
use central_logger_log_store::{
    entries::LogId,
    queries::LogSearch,
    store::{LogStoreError, Position},
};
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::time::Instant;

/// Follows a client's logs in the order in which they become visible, whichever server stores them
/// and whenever they were executed.
///
/// Each entry that becomes visible after it began is given out once. The tails of a client share what they read.
#[derive(Debug)]
pub struct Tail {
    logs: ClientReads,
    search: LogSearch,
    feed: Arc<Feed>,
    position: Position,
    /// Whether it reads for itself, since it is behind the others.
    is_alone: bool,
    /// What it has read for itself and others are about to read, until a step that was read after this time.
    ahead: Option<(HashSet<LogId>, Instant)>,
    /// The last time at which it was asked what had come.
    asked: Option<Duration>,
    has_more: bool,
    /// Entries that have come and have not been read yet.
    waiting: Waiting,
    /// The entry that was given out before this began.
    last: Option<LogId>,
}

/// Ids of entries, as far as they were read.
#[derive(Debug, Default)]
struct Waiting {
    ids: Vec<LogId>,
    begin: usize,
    /// The step that they are of, if it is shared.
    step: Option<Arc<Step>>,
}

/// Some entries that have not been given out before.
#[derive(Debug)]
pub struct Tailed {
    /// The entries; perhaps none.
    pub logs: Vec<Arc<Arrived>>,
    /// Whether there may be more at this moment.
    pub has_more: bool,
}

/// Error returned when nothing can be given out.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum TailError {
    /// The store does not answer, or fails.
    #[error(transparent)]
    Store(#[from] LogStoreError),
    /// It has not been asked for so long that the order of what came is no longer known.
    #[error("the tail has fallen too far behind")]
    Behind,
}

impl Tail {
    /// The time for which the order in which entries became visible is kept. A store that is told to
    /// delete it earlier lets tails lose entries.
    pub const REMEMBERED: Duration = Duration::from_secs(300);

    /// The most entries that are read at a time: each may have 256 KiB.
    const PART: usize = 64;

    /// As [`TenantLogs::tail`](crate::TenantLogs::tail).
    pub(crate) async fn from_now(
        logs: ClientReads,
        search: LogSearch,
    ) -> Result<Self, LogStoreError> {
        let feed = logs.feed();
        let position = feed.join(&logs).await?;
        Ok(Self {
            is_alone: false,
            ..Self::at(logs, search, feed, position, None)
        })
    }

    /// As [`TenantLogs::tail_after`](crate::TenantLogs::tail_after).
    pub(crate) async fn after(
        logs: ClientReads,
        search: LogSearch,
        last: LogId,
    ) -> Result<Self, LogStoreError> {
        let position = logs.position_before(last).await?;
        let feed = logs.feed();
        Ok(Self::at(logs, search, feed, position, Some(last)))
    }

    fn at(
        logs: ClientReads,
        search: LogSearch,
        feed: Arc<Feed>,
        position: Position,
        last: Option<LogId>,
    ) -> Self {
        Self {
            logs,
            search,
            feed,
            position,
            is_alone: true,
            ahead: None,
            asked: None,
            has_more: false,
            waiting: Waiting::default(),
            last,
        }
    }

    /// Returns what has come since the last call, at `now` on a monotonic clock. Nothing is lost
    /// when this fails or is given up.
    ///
    /// # Errors
    /// When the store is not available or fails, or this has not been asked for too long.
    pub async fn next(&mut self, now: Duration) -> Result<Tailed, TailError> {
        let asked = self.asked.unwrap_or(now);
        // The other half is for those who make the store delete it.
        if now.saturating_sub(asked) > Self::REMEMBERED / 2 {
            return Err(TailError::Behind);
        }
        if self.waiting.is_empty() {
            match self.is_alone {
                true => self.go_on_alone().await?,
                false => self.go_on().await?,
            }
            self.asked = Some(now);
        }
        let logs = self.waiting.next(&self.logs).await?;
        let search = &self.search;
        Ok(Tailed {
            logs: logs
                .iter()
                .filter(|log| search.matches(&log.candidate()))
                .cloned()
                .collect(),
            has_more: self.has_more || !self.waiting.is_empty(),
        })
    }

    /// Takes the next step of all tails of the client.
    async fn go_on(&mut self) -> Result<(), LogStoreError> {
        let (step, is_followed) = match self.feed.next(&self.logs, &self.position).await? {
            Next::Step(step, is_followed) => (step, is_followed),
            Next::Behind => {
                self.is_alone = true;
                return self.go_on_alone().await;
            }
        };
        self.position = step.arrivals.position.clone();
        self.has_more = step.arrivals.has_more || is_followed;
        let ids = &step.arrivals.ids;
        self.waiting = match &self.ahead {
            None => Waiting {
                ids: ids.clone(),
                begin: 0,
                step: Some(Arc::clone(&step)),
            },
            Some((known, _)) => {
                let unknown = ids.iter().filter(|id| !known.contains(id));
                Waiting::of(unknown.copied().collect())
            }
        };
        let is_behind = |read_at| step.read_at > read_at && !step.arrivals.has_more;
        if self.ahead.as_ref().is_some_and(|(_, at)| is_behind(*at)) {
            self.ahead = None;
        }
        Ok(())
    }

    /// Reads for itself, and joins the others when there is no more.
    async fn go_on_alone(&mut self) -> Result<(), LogStoreError> {
        let come = self.logs.arrivals(&self.position).await?;
        if come.has_more {
            (self.position, self.has_more) = (come.position, true);
            self.waiting = Waiting::of(self.without_last(come.ids));
            return Ok(());
        }
        // What comes from there on is read by all. What came before was read by this one, then, or is read now.
        let joined = self.feed.join(&self.logs).await?;
        let rest = self.logs.arrivals(&come.position).await?;
        let known: HashSet<_> = rest.ids.iter().copied().collect();
        let ids = come.ids.into_iter().chain(rest.ids);
        self.waiting = Waiting::of(self.without_last(ids.collect()));
        self.has_more = rest.has_more;
        match rest.has_more {
            true => self.position = rest.position,
            false => {
                (self.position, self.is_alone) = (joined, false);
                self.ahead = Some((known, Instant::now()));
            }
        }
        Ok(())
    }

    fn without_last(&self, mut ids: Vec<LogId>) -> Vec<LogId> {
        ids.retain(|id| self.last != Some(*id));
        ids
    }
}

impl Waiting {
    fn of(ids: Vec<LogId>) -> Self {
        Self {
            ids,
            begin: 0,
            step: None,
        }
    }

    fn is_empty(&self) -> bool {
        self.begin == self.ids.len()
    }

    /// Reads some of the entries, in their order.
    async fn next(&mut self, reads: &ClientReads) -> Result<Arc<[Arc<Arrived>]>, LogStoreError> {
        let end = self.ids.len().min(self.begin + Tail::PART);
        let part = &self.ids[self.begin..end];
        if part.is_empty() {
            return Ok(Arc::default());
        }
        let logs = match &self.step {
            Some(step) => step.part(reads, self.begin, part).await?,
            None => arrived(reads, part).await?,
        };
        self.begin = end;
        Ok(logs)
    }
}
