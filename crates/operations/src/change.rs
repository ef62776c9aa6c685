use crate::OperationError;
use central_logger_key_store::Head;
use central_logger_keyring::Keyring;
use serde::Serialize;
use std::time::Duration;

/// A committed change. Servers may apply what was before until [`everywhere`](Self::everywhere) returns.
#[derive(Debug, Serialize)]
#[must_use = "wait until it applies `everywhere`, or say that nobody waits by `not_waiting`"]
pub struct Change<T> {
    /// The result of the change.
    #[serde(flatten)]
    pub result: T,
    /// The end of the audit trail with the change, or `None` when there was nothing to change, and for
    /// clients.
    pub audit: Option<Head>,
    #[serde(skip)]
    keyring: Keyring,
}

/// A [`Change`] and how long it took until all servers applied it.
#[derive(Debug, Serialize)]
pub struct Applied<T> {
    /// The change.
    #[serde(flatten)]
    pub change: Change<T>,
    /// The milliseconds that all servers took to apply it; 0 when nobody waited.
    pub waited_ms: u64,
}

impl<T> Change<T> {
    pub(crate) fn new(result: T, keyring: &Keyring) -> Self {
        Self {
            result,
            audit: keyring.noted(),
            keyring: keyring.clone(),
        }
    }

    pub(crate) fn map<U>(self, view: impl FnOnce(T) -> U) -> Change<U> {
        Change {
            result: view(self.result),
            audit: self.audit,
            keyring: self.keyring,
        }
    }

    /// Leaves out the end of the audit trail.
    pub(crate) fn without_audit(self) -> Self {
        Self {
            audit: None,
            ..self
        }
    }

    /// Waits until every server applies the change, and returns how long that took.
    ///
    /// # Errors
    /// Returns [`OperationError::NotSeenEverywhere`] when the store cannot be asked. The change is
    /// made all the same, and applies everywhere once the longest lease has run out.
    pub async fn everywhere(&self) -> Result<Duration, OperationError> {
        let waited = self.keyring.everywhere().await;
        waited.map_err(OperationError::NotSeenEverywhere)
    }

    /// Adds how long all servers took to apply the change.
    #[must_use]
    pub fn waited(self, waited: Duration) -> Applied<T> {
        Applied {
            change: self,
            waited_ms: u64::try_from(waited.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Accepts that servers apply the change in their own time.
    pub fn not_waiting(self) -> Applied<T> {
        self.waited(Duration::ZERO)
    }
}
