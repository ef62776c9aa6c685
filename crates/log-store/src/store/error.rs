use std::{error::Error, sync::Arc};

/// Error returned when a store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LogStoreError {
    /// The store cannot be reached or does not answer in time; trying again may help.
    #[error("the log store is not available")]
    Unavailable(#[source] Arc<dyn Error + Send + Sync>),
    /// The change was handed over and not confirmed: it may have been made, or may be made yet.
    #[error(
        "whether logs were removed is not known: the database has not confirmed it in time. Repeat \
         the command when it answers again"
    )]
    OutcomeUnknown(#[source] Arc<dyn Error + Send + Sync>),
    /// An entry has an id that another one has. Nothing of the group was stored, and with new places it
    /// can be.
    #[error("the id of an entry is taken")]
    IdTaken,
    /// What was asked takes longer than a store reads for one answer.
    #[error("the log store would have to read for too long")]
    TooSlow,
    /// Too many reads of this client wait already; trying again later may help.
    #[error("too many requests of this client wait to read")]
    Busy,
    /// What was asked has more different values than one answer tells apart.
    #[error("there are too many different values to count them apart")]
    TooManyValues,
    /// Anything else: trying again will not help.
    #[error("the log store failed")]
    Failed(#[source] Arc<dyn Error + Send + Sync>),
}

impl LogStoreError {
    /// Returns whether trying again may help. The store has told the log why it did not answer.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::OutcomeUnknown(_))
    }
}
