use central_logger_key_activity::WatchedKey;
use central_logger_key_store::{
    Head, KeyAdmin, KeyRecord, KeyStoreError, Owners, record::UnreadableKey,
};
use central_logger_keys::KeyId;
use std::collections::BTreeMap;

/// The keys in the database, as they were at a state of the store.
#[derive(Debug, Default)]
pub(crate) struct KeyRecords {
    head: Option<Head>,
    of_keys: BTreeMap<WatchedKey, KeyRecord>,
    /// The successors, by the key that each replaces.
    successors: BTreeMap<KeyId, WatchedKey>,
}

impl KeyRecords {
    /// Reads all keys, if any was changed.
    pub(crate) async fn look_up(&mut self, store: &dyn KeyAdmin) -> Result<(), KeyStoreError> {
        let head = store.head().await?;
        if self.head == Some(head) {
            return Ok(());
        }
        let mut read = Self {
            head: Some(head),
            ..Self::default()
        };
        let keys = store.list(Owners::All).await?;
        for UnreadableKey { id, reason, .. } in &keys.unreadable {
            tracing::error!(key_id = id, reason, "a key cannot be read: revoke it");
        }
        for record in keys.records {
            // Usage is watched of each client.
            let Some(client) = record.client() else {
                continue;
            };
            let key = (client.clone(), record.id.clone());
            if let Some(predecessor) = &record.predecessor {
                read.successors.insert(predecessor.clone(), key.clone());
            }
            read.of_keys.insert(key, record);
        }
        *self = read;
        Ok(())
    }

    /// Returns what the database knows of a key.
    pub(crate) fn of(&self, key: &WatchedKey) -> Option<&KeyRecord> {
        self.of_keys.get(key)
    }

    /// Returns the key that replaces one.
    pub(crate) fn successor_of(&self, id: &KeyId) -> Option<&KeyRecord> {
        self.of_keys.get(self.successors.get(id)?)
    }
}
