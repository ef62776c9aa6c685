use central_logger_key_store::{KeyAdmin, Report};
use central_logger_keys::{KeyHash, KeyId};
use std::sync::Arc;

/// Where keys are hashed anew that were hashed with another pepper or other costs than today's, if
/// anywhere.
#[derive(Clone, Default)]
pub(crate) struct Rehashing(pub(crate) Option<Arc<dyn KeyAdmin>>);

impl Rehashing {
    pub(crate) fn is_wanted(&self) -> bool {
        self.0.is_some()
    }

    /// The key is good whether or not this succeeds; if not, its next use tries again.
    pub(crate) async fn replace(&self, id: &KeyId, old: &KeyHash, new: &KeyHash) {
        let Some(store) = &self.0 else {
            return;
        };
        if let Err(error) = store.replace_hash(id, old, new).await {
            let error = Report(&error).to_string();
            tracing::warn!(key_id = %id, error, "the key could not be hashed anew");
        }
    }
}
