use central_logger_keys::ClientId;
use central_logger_log_store::{LogEntry, LogId, StoredLog, entries::Candidate};
use time::{Duration, OffsetDateTime};

/// An entry as it goes into a block or comes out of it, without its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// As of a [`StoredLog`].
    pub id: LogId,
    /// As of a [`StoredLog`].
    pub received_at: OffsetDateTime,
    /// As of a [`StoredLog`].
    pub environment: &'a str,
    /// As of a [`StoredLog`].
    pub executed_at: &'a str,
    /// As of a [`StoredLog`].
    pub status: &'a str,
    /// As of a [`StoredLog`].
    pub workflow: Option<&'a str>,
    /// As of a [`StoredLog`].
    pub message: Option<&'a str>,
    /// As of a [`StoredLog`].
    pub event_id: Option<&'a str>,
    /// As of a [`StoredLog`].
    pub extra: Option<&'a str>,
}

impl<'a> Entry<'a> {
    /// Returns an entry that was received at `received_at`.
    pub fn received(entry: &'a LogEntry, received_at: OffsetDateTime) -> Self {
        Self {
            id: entry.id(),
            received_at,
            environment: entry.environment(),
            executed_at: entry.executed_at().as_str(),
            status: entry.status(),
            workflow: entry.workflow(),
            message: entry.message(),
            event_id: entry.event_id(),
            extra: entry.extra(),
        }
    }

    /// Returns how long its texts are together, in bytes.
    pub fn text_len(&self) -> usize {
        let optional = [self.workflow, self.message, self.event_id, self.extra];
        let optional: usize = optional.into_iter().flatten().map(str::len).sum();
        self.environment.len() + self.executed_at.len() + self.status.len() + optional
    }

    /// Returns it as an entry of `client`.
    pub fn of_client(&self, client: &ClientId) -> StoredLog {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        StoredLog {
            id: self.id,
            client_id: client.clone(),
            received_at: self.received_at,
            environment: self.environment.to_owned(),
            executed_at: self.executed_at.to_owned(),
            status: self.status.to_owned(),
            workflow: owned(self.workflow),
            message: owned(self.message),
            event_id: owned(self.event_id),
            extra: owned(self.extra),
        }
    }

    /// Returns the fields that decide whether a search asks for it.
    pub(crate) fn candidate(&self) -> Candidate<'a> {
        Candidate {
            environment: self.environment,
            status: self.status,
            workflow: self.workflow,
            message: self.message,
            extra: self.extra,
        }
    }

    /// Returns when it was received, in Unix milliseconds.
    pub(crate) fn received_ms(&self) -> i64 {
        let since = self.received_at - OffsetDateTime::UNIX_EPOCH;
        i64::try_from(since.whole_milliseconds()).unwrap_or(i64::MAX)
    }
}

/// Returns the time of a number of Unix milliseconds.
pub(crate) fn time_of(unix_ms: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::UNIX_EPOCH.checked_add(Duration::milliseconds(unix_ms))
}

impl<'a> From<&'a StoredLog> for Entry<'a> {
    fn from(log: &'a StoredLog) -> Self {
        Self {
            id: log.id,
            received_at: log.received_at,
            environment: &log.environment,
            executed_at: &log.executed_at,
            status: &log.status,
            workflow: log.workflow.as_deref(),
            message: log.message.as_deref(),
            event_id: log.event_id.as_deref(),
            extra: log.extra.as_deref(),
        }
    }
}
