use crate::{
    LimitStoreError,
    exchange::{Exchange, Granted},
};
use async_trait::async_trait;
use time::OffsetDateTime;

/// Keeps what is left of limits.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{LimitId, LimitStore, MemoryLimits, Period, QuotaRule, exchange::{Exchange, Terms}};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryLimits::new(Arc::new(SystemClock));
/// let rule = QuotaRule { most: 5, period: Period::Day };
/// let ask = Exchange {
///     id: LimitId::requests_per_day(&"acme_corp".parse()?),
///     needed: 2,
///     least: 1,
///     returned: 0,
///     terms: Terms::Quota { rule, period: 0, wanted: 0 },
/// };
/// let granted = store.exchange(&[ask]).await?;
/// assert_eq!((granted[0].needed, granted[0].left), (2, 3));
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait LimitStore: Send + Sync {
    /// Settles each exchange and returns what was granted, in the order of `asked`.
    ///
    /// Each is applied once or not at all, and is durable when this returns. Exchanges of one limit are
    /// applied one after the other, those of several servers too. The time is that of the store.
    ///
    /// # Errors
    /// When the store is not available or fails. Some exchanges may have been applied.
    async fn exchange(&self, asked: &[Exchange]) -> Result<Vec<Granted>, LimitStoreError>;

    /// Forgets limits that were not used since `before`. That is to be so long ago that nothing of them
    /// matters.
    ///
    /// # Errors
    /// When the store is not available or fails.
    async fn purge(&self, before: OffsetDateTime) -> Result<(), LimitStoreError>;
}
