use crate::key_limits::KeyLimits;
use central_logger_key_store::StoredKey;
use std::{
    any::Any,
    ops::Deref,
    sync::{Arc, OnceLock},
};

/// A stored key, and what a service keeps beside it for as long as it is in memory.
pub(crate) struct CachedKey {
    stored: StoredKey,
    limits: OnceLock<KeyLimits>,
    beside: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl CachedKey {
    pub(crate) fn new(stored: StoredKey) -> Arc<Self> {
        Arc::new(Self {
            stored,
            limits: OnceLock::new(),
            beside: OnceLock::new(),
        })
    }

    /// Returns the limits that the key shares with all servers, made now if they are not there yet.
    pub(crate) fn limits(&self, make: impl FnOnce() -> KeyLimits) -> &KeyLimits {
        self.limits.get_or_init(make)
    }

    /// Returns what is kept beside the key, made now if it is not there yet, or `None` if it is of
    /// another type.
    pub(crate) fn beside<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        let kept = self.beside.get_or_init(|| Box::new(make()));
        kept.downcast_ref()
    }
}

impl Deref for CachedKey {
    type Target = StoredKey;

    fn deref(&self) -> &StoredKey {
        &self.stored
    }
}
