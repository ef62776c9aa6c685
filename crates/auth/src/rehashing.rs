use central_logger_keyring::Keyring;
use central_logger_keys::{KeyHash, KeyId};
use central_logger_text::Report;
use std::{sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::timeout};

/// Where keys are hashed anew that were hashed with another pepper or other costs than today's, if
/// anywhere. One at a time, since each is a change of the store that moves its head.
#[derive(Clone, Default)]
pub(crate) struct Rehashing(Option<Rehasher>);

#[derive(Clone)]
struct Rehasher {
    keyring: Keyring,
    turn: Arc<Semaphore>,
}

/// How long a request may be held up by it.
const PATIENCE: Duration = Duration::from_secs(1);

impl Rehashing {
    pub(crate) fn by(keyring: Keyring) -> Self {
        let turn = Arc::new(Semaphore::new(1));
        Self(Some(Rehasher { keyring, turn }))
    }

    pub(crate) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// The key is good whether or not this succeeds; if not, its next use tries again.
    pub(crate) async fn replace(&self, id: &KeyId, old: &KeyHash, new: &KeyHash) {
        let Some(Rehasher { keyring, turn }) = &self.0 else {
            return;
        };
        let replace = async {
            // The semaphore is never closed.
            let _turn = turn.acquire().await;
            keyring.rehash(id, old, new).await
        };
        let error = match timeout(PATIENCE, replace).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => Report(&error).to_string(),
            Err(_) => "it takes too long".to_owned(),
        };
        tracing::warn!(key_id = %id, error, "the key could not be hashed anew");
    }
}
