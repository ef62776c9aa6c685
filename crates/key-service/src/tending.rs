//! Keeping the store turned to the right pepper, while a service runs.

use central_logger_auth::KeyCache;
use central_logger_hash_pool::HashPool;
use central_logger_health::Conditions;
use central_logger_keyring::{Keyring, KeyringError, WrongPepper};
use central_logger_keys::PepperId;
use central_logger_text::Report;
use std::{sync::Arc, time::Duration};

/// How often to look.
const INTERVAL: Duration = Duration::from_secs(1);
/// How many keys are forgotten at a time that were hashed with another pepper: each is hashed anew when
/// it is next used, and that is a change of the store.
const FORGOTTEN_AT_ONCE: usize = 20;

pub(crate) struct Tending {
    pub(crate) keyring: Keyring,
    pub(crate) hashes: HashPool,
    pub(crate) cache: Arc<KeyCache>,
    pub(crate) conditions: Conditions,
}

impl Tending {
    /// Looks now.
    pub(crate) async fn tend(&self) {
        const NAME: &str = "pepper";
        match self.keyring.tend().await {
            Ok(()) => self.conditions.lift(NAME),
            Err(KeyringError::WrongPepper(error)) => {
                self.conditions.hold(NAME, WrongPepper::TEXT, error);
            }
            // The follower of the store logs that it does not answer.
            Err(error) => {
                let error = Report(&error).to_string();
                tracing::debug!(error, "the store could not be tended");
            }
        }
    }

    /// Looks every second, without end.
    pub(crate) async fn run(&self) {
        let mut present: Option<PepperId> = self.hashes.hasher().pepper();
        let mut has_outdated = false;
        loop {
            tokio::time::sleep(INTERVAL).await;
            self.tend().await;
            let hasher = self.hashes.hasher();
            if present != hasher.pepper() {
                present = hasher.pepper();
                has_outdated = true;
            }
            if has_outdated {
                let forgotten = self.cache.forget_outdated(&hasher, FORGOTTEN_AT_ONCE);
                has_outdated = forgotten > 0;
            }
        }
    }
}
