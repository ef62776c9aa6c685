mod alerts;
mod usage;
mod watch;

use crate::{Alert, AlertId, KeyUse, UsageBatch};
use central_logger_keys::{ClientId, KeyId};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Activity kept in memory, for tests and for services that need no more.
///
/// It knows the keys that it was told of by [`add_key`](Self::add_key), as a database knows those in its
/// table of keys: it notes their last use, and counts what happens to them under their clients.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::MemoryActivity;
/// use central_logger_keys::KeyId;
///
/// let (activity, id) = (MemoryActivity::new(), KeyId::generate()?);
/// activity.add_key(&id, &"acme_corp".parse()?);
/// assert_eq!(activity.last_use(&id), None, "it was not used yet");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryActivity(Mutex<Content>);

#[derive(Debug, Default)]
struct Content {
    keys: BTreeMap<KeyId, KnownKey>,
    usage: UsageBatch,
    alerts: BTreeMap<AlertId, Alert>,
    /// The elected watcher, and until when it is the leader.
    leader: Option<(String, OffsetDateTime)>,
}

#[derive(Debug)]
struct KnownKey {
    client_id: ClientId,
    last_use: Option<KeyUse>,
}

impl MemoryActivity {
    /// Returns an empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a key known. A key that is known already keeps its last use.
    pub fn add_key(&self, id: &KeyId, client: &ClientId) {
        let mut content = self.lock();
        let known = content.keys.entry(id.clone());
        known.or_insert_with(|| KnownKey {
            client_id: client.clone(),
            last_use: None,
        });
    }

    /// Returns when and from where a known key was last used.
    pub fn last_use(&self, id: &KeyId) -> Option<KeyUse> {
        self.lock().keys.get(id)?.last_use.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        // Nothing below panics between two steps of a change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
