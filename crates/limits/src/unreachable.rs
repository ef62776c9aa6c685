use crate::{
    LimitStore, LimitStoreError,
    exchange::{Exchange, Granted},
};
use async_trait::async_trait;
use time::OffsetDateTime;

/// A store that never answers, for tests of what stands on one.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{LimitStore, LimitStoreError, UnreachableLimits};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let outage = UnreachableLimits.exchange(&[]).await;
/// assert!(matches!(outage, Err(LimitStoreError::Unavailable(_))));
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct UnreachableLimits;

fn unavailable<T>() -> Result<T, LimitStoreError> {
    Err(LimitStoreError::Unavailable("connection refused".into()))
}

#[async_trait]
impl LimitStore for UnreachableLimits {
    async fn exchange(&self, _: &[Exchange]) -> Result<Vec<Granted>, LimitStoreError> {
        unavailable()
    }

    async fn purge(&self, _: OffsetDateTime) -> Result<(), LimitStoreError> {
        unavailable()
    }
}
