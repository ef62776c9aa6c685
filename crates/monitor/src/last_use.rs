use central_logger_auth::{AuthEvent, EventSink};
use central_logger_key_store::{KeyAdmin, KeyStoreError, KeyUse, Report};
use central_logger_keys::KeyId;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use time::OffsetDateTime;
use tokio::time::{MissedTickBehavior, interval};

/// When keys were last used: noted in memory, stored every so often in one statement.
#[derive(Debug, Default)]
pub struct LastUse(Mutex<HashMap<KeyId, OffsetDateTime>>);

impl LastUse {
    /// Notes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores what was noted since the last time. What cannot be stored is kept for the next.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn flush(&self, store: &dyn KeyAdmin) -> Result<(), KeyStoreError> {
        let noted = std::mem::take(&mut *self.lock());
        if noted.is_empty() {
            return Ok(());
        }
        let uses: Vec<_> = noted
            .into_iter()
            .map(|(id, at)| KeyUse { id, at })
            .collect();
        let stored = store.record_use(&uses).await;
        if stored.is_err() {
            for KeyUse { id, at } in uses {
                self.note(id, at);
            }
        }
        stored
    }

    /// [Flushes](Self::flush) for ever, and writes failures to the log.
    pub async fn flush_every(&self, period: Duration, store: &dyn KeyAdmin) {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.flush(store).await {
                let error = Report(&error).to_string();
                tracing::warn!(error, "last uses of keys are not stored yet");
            }
        }
    }

    fn note(&self, id: KeyId, at: OffsetDateTime) {
        let mut noted = self.lock();
        let newest = noted.entry(id).or_insert(at);
        *newest = at.max(*newest);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<KeyId, OffsetDateTime>> {
        // Every change is a single step, so a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventSink for LastUse {
    fn record(&self, event: &AuthEvent<'_>) {
        if let Ok(principal) = event.outcome {
            self.note(principal.key_id().clone(), event.at);
        }
    }
}
