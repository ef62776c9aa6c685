use crate::quotas::{NotShared, QuotaReached};
use central_logger_log_store::{store::LogStoreError, validation::ValidationErrors};

/// Error returned when an append was not stored, or is not known to be.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Too much is waiting already. Nothing was stored.
    #[error("too many entries are waiting to be stored")]
    Full,
    /// It waited for too long. Nothing was stored.
    #[error("the entries waited for too long and were not stored")]
    Late,
    /// Its idempotency key was used for another request. Nothing was stored.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Entries are older than any is kept. Nothing was stored.
    #[error("{} entries are older than any is kept", .0.len() + .0.more())]
    TooOld(ValidationErrors),
    /// The client may not store so much on this day. Nothing was stored.
    #[error(transparent)]
    QuotaReached(#[from] QuotaReached),
    /// The store did not do it, or did not say so.
    #[error(transparent)]
    Store(#[from] LogStoreError),
    /// The program is ending.
    #[error("the program is ending")]
    Ending,
}

impl From<NotShared> for AppendError {
    fn from(error: NotShared) -> Self {
        match error {
            NotShared::Reached(quota) => Self::QuotaReached(quota),
            NotShared::Store(error) => Self::Store(error),
        }
    }
}
