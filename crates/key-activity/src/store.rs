use crate::{AlertStore, UsageStore, WatchStore};

/// Store of everything that is kept about the use of keys.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{ActivityStore, AlertQuery, MemoryActivity};
/// use central_logger_times::Timestamp;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store: Arc<dyn ActivityStore> = Arc::new(MemoryActivity::new());
/// let all = AlertQuery { client: None, since: Timestamp::MIN, before: None, limit: 10 };
/// assert!(store.alerts(&all).await?.is_empty());
/// # Ok(())
/// # }
/// ```
pub trait ActivityStore: UsageStore + WatchStore + AlertStore {}

impl<S: UsageStore + WatchStore + AlertStore> ActivityStore for S {}
