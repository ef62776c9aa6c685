use crate::{Claim, LogEntry, LogId};
use central_logger_keys::ClientId;
use time::OffsetDateTime;

/// What one request adds to the logs of one client: stored whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Whose logs these are.
    pub client: ClientId,
    /// When the request was taken in.
    pub received_at: OffsetDateTime,
    /// At least one.
    pub entries: Vec<LogEntry>,
    /// Under which idempotency key, if it has one.
    pub claim: Option<Claim>,
}

/// What became of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is durable.
    Stored,
    /// Its idempotency key had been used before, so nothing of it was stored.
    Repeated,
}

impl Append {
    /// About how many bytes it takes, in memory and in a store.
    pub fn weight(&self) -> usize {
        self.entries.iter().map(LogEntry::weight).sum()
    }

    /// The names of its entries, in the order in which they were sent, once they have their places.
    pub fn ids(&self) -> Vec<LogId> {
        self.entries.iter().map(LogEntry::id).collect()
    }
}
