use crate::{Cursor, LogId, LogQuery, LogSearch, LogStoreError, Order, StoredLog, TenantLogs};
use std::collections::BTreeMap;
use time::{Duration, OffsetDateTime};

/// Follows a client's logs as they are stored, by whichever server.
///
/// An entry is given out when it was executed within [`WINDOW`](Self::WINDOW) before it was stored:
/// soon after that, at least once, and by one `Tail` rarely more than once.
#[derive(Debug)]
pub struct Tail {
    logs: TenantLogs,
    search: LogSearch,
    /// All that was taken in before has been given out. In whole milliseconds, as stores keep times.
    since: OffsetDateTime,
    /// What was taken in after that and has been given out, with when it was taken in.
    given: BTreeMap<LogId, OffsetDateTime>,
    pass: Option<Pass>,
}

/// One way through what may be new, in the order of ids.
#[derive(Debug, Clone, Copy)]
struct Pass {
    began: OffsetDateTime,
    cursor: Option<Cursor>,
}

/// Some entries that have not been given out before.
#[derive(Debug)]
pub struct Tailed {
    /// The entries; perhaps none.
    pub logs: Vec<StoredLog>,
    /// Whether there may be more at this moment.
    pub has_more: bool,
}

impl Tail {
    /// How long before an entry is stored it may have been executed to be given out.
    pub const WINDOW: Duration = Duration::minutes(5);

    /// How much later than by its time of receipt an entry may become visible: for waiting to be
    /// stored, and for clocks of servers that differ.
    const SLACK: Duration = Duration::seconds(30);

    /// How many entries are remembered at most. Beyond that some may be given out again.
    const MEMORY: usize = 100_000;

    /// Follows what is stored from now on.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn from_now(
        logs: TenantLogs,
        search: LogSearch,
        now: OffsetDateTime,
    ) -> Result<Self, LogStoreError> {
        let mut tail = Self::since(logs, search, now - Self::SLACK);
        while tail.next(now).await?.has_more {}
        Ok(tail)
    }

    /// Goes on after the entry `last`, as far as that lies within [`WINDOW`](Self::WINDOW). What was
    /// taken in shortly before it is given out again, since it may have been stored after it.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn after(
        logs: TenantLogs,
        search: LogSearch,
        last: LogId,
        now: OffsetDateTime,
    ) -> Result<Self, LogStoreError> {
        let earliest = now - Self::WINDOW;
        let last = logs.get(last).await?;
        let since = last.as_ref().map_or(earliest, |log| log.received_at);
        let mut tail = Self::since(logs, search, since.max(earliest) - Self::SLACK);
        tail.given.extend(last.map(|log| (log.id, log.received_at)));
        Ok(tail)
    }

    fn since(logs: TenantLogs, search: LogSearch, since: OffsetDateTime) -> Self {
        Self {
            logs,
            search,
            since: since.truncate_to_millisecond(),
            given: BTreeMap::new(),
            pass: None,
        }
    }

    /// What has come since it was last asked. Nothing is lost when this fails or is given up.
    ///
    /// # Errors
    /// When the store is not available or fails, or there is too much to look through.
    pub async fn next(&mut self, now: OffsetDateTime) -> Result<Tailed, LogStoreError> {
        let pass = self.pass.unwrap_or(Pass {
            began: now,
            cursor: None,
        });
        let page = self.logs.page(&self.search_of(pass)).await?;
        let mut logs = page.logs;
        logs.retain(|log| !self.given.contains_key(&log.id));
        self.given
            .extend(logs.iter().map(|log| (log.id, log.received_at)));
        self.pass = page.next_cursor.map(|cursor| Pass {
            cursor: Some(cursor),
            ..pass
        });
        if self.pass.is_none() {
            let since = (pass.began - Self::SLACK).truncate_to_millisecond();
            self.since = self.since.max(since);
            self.given
                .retain(|_, received_at| *received_at >= self.since);
        }
        while self.given.len() > Self::MEMORY {
            self.given.pop_first();
        }
        Ok(Tailed {
            logs,
            has_more: self.pass.is_some(),
        })
    }

    fn search_of(&self, pass: Pass) -> LogSearch {
        let from = (self.since - Self::WINDOW).unix_timestamp_nanos() / 1_000_000;
        LogSearch {
            query: LogQuery {
                from: Some(u64::try_from(from).unwrap_or(0)),
                received_from: Some(self.since),
                order: Order::Asc,
                limit: LogQuery::MAX_LIMIT,
                cursor: pass.cursor,
                ..self.search.query.clone()
            },
            content: self.search.content.clone(),
        }
    }
}
