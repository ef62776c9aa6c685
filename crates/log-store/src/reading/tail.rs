use super::ClientReads;
use crate::{
    entries::{LogId, StoredLog},
    queries::LogSearch,
    store::{Arrivals, LogStoreError, Position},
};
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

/// Follows a client's logs in the order in which they become visible, whichever server stores them
/// and whenever they were executed.
///
/// Each entry that becomes visible after it began is given out once.
#[derive(Debug)]
pub struct Tail {
    logs: ClientReads,
    search: LogSearch,
    position: Position,
    /// The last time at which it was asked what had come.
    asked: Option<Duration>,
    has_more: bool,
    /// Entries that have come and have not been read yet.
    waiting: VecDeque<LogId>,
    /// The entry that was given out before this began.
    last: Option<LogId>,
}

/// Some entries that have not been given out before.
#[derive(Debug)]
pub struct Tailed {
    /// The entries; perhaps none.
    pub logs: Vec<StoredLog>,
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
        let position = logs.position().await?;
        Ok(Self::at(logs, search, position, None))
    }

    /// As [`TenantLogs::tail_after`](crate::TenantLogs::tail_after).
    pub(crate) async fn after(
        logs: ClientReads,
        search: LogSearch,
        last: LogId,
    ) -> Result<Self, LogStoreError> {
        let position = logs.position_before(last).await?;
        Ok(Self::at(logs, search, position, Some(last)))
    }

    fn at(logs: ClientReads, search: LogSearch, position: Position, last: Option<LogId>) -> Self {
        Self {
            logs,
            search,
            position,
            asked: None,
            has_more: false,
            waiting: VecDeque::new(),
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
            let Arrivals {
                ids,
                position,
                has_more,
            } = self.logs.arrivals(&self.position).await?;
            (self.position, self.has_more, self.asked) = (position, has_more, Some(now));
            let last = self.last;
            self.waiting
                .extend(ids.into_iter().filter(|id| last != Some(*id)));
        }
        let part: Vec<_> = self.waiting.iter().copied().take(Self::PART).collect();
        let mut found = HashMap::new();
        if !part.is_empty() {
            let logs = self.logs.get_many(&part).await?;
            found.extend(logs.into_iter().map(|log| (log.id, log)));
        }
        self.waiting.drain(..part.len());
        let logs = part.iter().filter_map(|id| found.remove(id));
        let search = &self.search;
        Ok(Tailed {
            logs: logs
                .filter(|log| search.matches(&log.candidate()))
                .collect(),
            has_more: self.has_more || !self.waiting.is_empty(),
        })
    }
}
