use super::LogStoreError;
use crate::{
    entries::{LogEntry, LogId},
    idempotency::{Claim, Receipt},
};
use central_logger_keys::ClientId;
use central_logger_times::{InvalidTimestamp, Timestamp};
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// The entries that one request adds to the logs of one client: stored as a whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// The client that they belong to.
    pub client: ClientId,
    /// The time at which the request was received.
    pub received_at: OffsetDateTime,
    /// The entries; none of what is only claimed.
    pub entries: Vec<LogEntry>,
    /// The claim of its idempotency key, if it has one.
    pub claim: Option<Claim>,
}

/// The outcome of an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is durable.
    Stored,
    /// Its idempotency key had been used before, so nothing of it was stored.
    Repeated,
}

/// The way in which commits into a store are best made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitStyle {
    /// The most commits that may be under way at once.
    pub in_flight: usize,
    /// Whether each commit is to be of one client.
    pub one_client: bool,
}

impl Append {
    /// Checks that every time of `group` is a [`Timestamp`], so that any store can store and read it.
    ///
    /// # Errors
    /// [`LogStoreError::Failed`] for one that is none.
    pub fn check_times(group: &[Self]) -> Result<(), LogStoreError> {
        let failed = |error: InvalidTimestamp| LogStoreError::Failed(Arc::new(error));
        for append in group {
            let received_at = Timestamp::try_from(append.received_at).map_err(failed)?;
            let claim = append.claim.as_ref();
            let remembered = claim.map_or(Duration::ZERO, |claim| claim.remembered);
            let until = received_at.checked_add(remembered);
            until.ok_or(InvalidTimestamp::TooLate).map_err(failed)?;
        }
        Ok(())
    }

    /// Returns about how many bytes it takes, in memory and in a store.
    pub fn weight(&self) -> usize {
        self.entries.iter().map(LogEntry::weight).sum()
    }

    /// Returns what is to be remembered of it, if it is claimed.
    pub fn receipt(&self) -> Option<Receipt> {
        let claim = self.claim.as_ref()?;
        Some(Receipt {
            received_at: self.received_at,
            ids: self.ids(),
            body: claim.body,
        })
    }

    /// Returns the ids of its entries, in the order in which they were sent, once they have their places.
    pub fn ids(&self) -> Vec<LogId> {
        self.entries.iter().map(LogEntry::id).collect()
    }
}
