use crate::{
    LimitStore, LimitStoreError,
    exchange::{Exchange, Granted},
    settling::Settling,
};
use async_trait::async_trait;
use central_logger_times::Clock;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use time::OffsetDateTime;

/// Limits in the memory of this process.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{MemoryLimits, SharedLimits};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// let store = Arc::new(MemoryLimits::new(Arc::new(SystemClock)));
/// let limits = SharedLimits::new(store, Arc::new(SystemClock));
/// assert_eq!(limits.status().rates, 0);
/// ```
pub struct MemoryLimits {
    clock: Arc<dyn Clock>,
    texts: Mutex<HashMap<String, String>>,
}

impl MemoryLimits {
    /// An empty store, whose time is that of `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            texts: Mutex::default(),
        }
    }
}

#[async_trait]
impl LimitStore for MemoryLimits {
    async fn exchange(&self, asked: &[Exchange]) -> Result<Vec<Granted>, LimitStoreError> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut settling = Settling::new(asked);
        let changes = settling.settle(&texts, self.clock.now());
        let changes = changes.map_err(|error| LimitStoreError::Failed(Box::new(error)))?;
        texts.extend(changes.into_iter().map(|change| (change.id, change.after)));
        Ok(settling.finish())
    }

    /// Keeps all: there are as many as there are keys and clients.
    async fn purge(&self, _: OffsetDateTime) -> Result<(), LimitStoreError> {
        Ok(())
    }
}

impl fmt::Debug for MemoryLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLimits").finish_non_exhaustive()
    }
}
