//! Whether the server can do its work, and if not, why.

use central_logger_auth::{CacheStatus, KeyCache};
use central_logger_health::Conditions;
use central_logger_key_store::KeyAdmin;
use central_logger_log_store::LogStore;
use central_logger_times::Clock;
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

const INTERVAL: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(crate) struct Readiness {
    pub(crate) keys: Arc<dyn KeyAdmin>,
    pub(crate) logs: Arc<dyn LogStore>,
    pub(crate) cache: Arc<KeyCache>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What others have found out.
    pub(crate) conditions: Conditions,
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Readiness {
    /// Looks now.
    ///
    /// # Errors
    /// The reasons why the server is not ready, without anything secret.
    pub(crate) async fn look(&self) -> Result<CacheStatus, Vec<&'static str>> {
        let (keys, logs) = tokio::join!(self.keys.ready(), self.logs.ready());
        let unusable = "The database cannot be used at the moment";
        self.conditions
            .note("key store", unusable, keys.as_ref().err());
        self.conditions
            .note("log store", unusable, logs.as_ref().err());
        let cache = self.cache.status(self.clock.elapsed());
        match cache.lease_left.is_zero() {
            true => {
                let reason = "Changes of keys cannot be followed at the moment";
                self.conditions.hold("lease", reason, "it has run out");
            }
            false => self.conditions.lift("lease"),
        }
        let mut reasons = self.conditions.reasons();
        if *self.stopping.borrow() {
            reasons.insert(0, "The server is stopping");
        }
        match reasons.is_empty() {
            true => Ok(cache),
            false => Err(reasons),
        }
    }

    /// Looks every second until it is dropped, so that the log tells although `readyz` is not asked.
    pub(crate) async fn watch(self) {
        loop {
            // What has changed is in the log by now.
            let _ = self.look().await;
            tokio::time::sleep(INTERVAL).await;
        }
    }
}
