use crate::LimitStoreError;
use std::time::Duration;

/// What was taken from a limit.
///
/// # Examples
///
/// ```
/// use central_logger_limits::Taken;
///
/// fn is_last(taken: &Taken) -> bool {
///     taken.remaining == 0
/// }
/// # let _ = is_last;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Taken {
    /// What is left of the limit, as far as this server knows: other servers may hold more, or have used
    /// some of it.
    pub remaining: u64,
    /// The period of the quota, as the server counts them.
    pub(crate) epoch: u64,
}

/// Error returned when nothing was taken from a limit.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{LimitId, MemoryLimits, NotTaken, Period, Rule, SharedLimits};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = Arc::new(SystemClock);
/// let limits = SharedLimits::new(Arc::new(MemoryLimits::new(clock.clone())), clock);
/// let id = LimitId::entries_per_day(&"acme_corp".parse()?);
/// let limit = limits.limit(&id, Rule::quota(10, Period::Day));
/// let refused = limits.take(&limit, 11).await.unwrap_err();
/// assert!(matches!(refused, NotTaken::Reached { remaining: 10, .. }));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotTaken {
    /// The limit is reached.
    #[error("the limit is reached")]
    Reached {
        /// What is left of it and does not suffice.
        remaining: u64,
        /// The time until there is more.
        wait: Duration,
    },
    /// Nothing is held here, and the store cannot be asked.
    #[error(transparent)]
    Unavailable(#[from] LimitStoreError),
}
