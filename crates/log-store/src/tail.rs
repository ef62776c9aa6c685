use crate::{Arrivals, LogId, LogSearch, LogStoreError, Position, StoredLog, TenantLogs};
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
    logs: TenantLogs,
    search: LogSearch,
    position: Position,
    /// When it was last asked what had come.
    asked: Option<Duration>,
    has_more: bool,
    /// What has come and has not been read yet.
    waiting: VecDeque<LogId>,
    /// Was given out before this began.
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

/// Why nothing can be given out.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TailError {
    /// The store does not answer, or fails.
    #[error(transparent)]
    Store(#[from] LogStoreError),
    /// It has not been asked for so long that the order of what came is no longer known.
    #[error("the tail has fallen too far behind")]
    Behind,
}

impl Tail {
    /// How long it is known in which order entries became visible. A store that is told to forget it
    /// earlier lets tails lose entries.
    pub const REMEMBERED: Duration = Duration::from_secs(300);

    /// How many entries are read at a time: each may have 256 KiB.
    const PART: usize = 64;

    /// Follows what becomes visible from now on.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn from_now(logs: TenantLogs, search: LogSearch) -> Result<Self, LogStoreError> {
        let position = logs.position().await?;
        Ok(Self::at(logs, search, position, None))
    }

    /// Goes on after the entry `last`, which was given out by another tail, as far as the order in which
    /// entries became visible is remembered. What became visible at about the time of `last` may be
    /// given out again.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn after(
        logs: TenantLogs,
        search: LogSearch,
        last: LogId,
    ) -> Result<Self, LogStoreError> {
        let position = logs.position_before(last).await?;
        Ok(Self::at(logs, search, position, Some(last)))
    }

    fn at(logs: TenantLogs, search: LogSearch, position: Position, last: Option<LogId>) -> Self {
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

    /// What has come since it was last asked, at `now` on a clock that is never set. Nothing is lost
    /// when this fails or is given up.
    ///
    /// # Errors
    /// When the store is not available or fails, or this has not been asked for too long.
    pub async fn next(&mut self, now: Duration) -> Result<Tailed, TailError> {
        let asked = self.asked.unwrap_or(now);
        // The other half is for those who make the store forget.
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
            let logs = self.logs.several(&part).await?;
            found.extend(logs.into_iter().map(|log| (log.id, log)));
        }
        self.waiting.drain(..part.len());
        let logs = part.iter().filter_map(|id| found.remove(id));
        let search = &self.search;
        Ok(Tailed {
            logs: logs
                .filter(|log| search.lets_through(&log.candidate()))
                .collect(),
            has_more: self.has_more || !self.waiting.is_empty(),
        })
    }
}
