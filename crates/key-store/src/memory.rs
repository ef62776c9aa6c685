use crate::{
    KeyAdmin, KeyProof, KeyRecord, KeySelection, KeyStore, KeyStoreError, KeyUse, StoredKey,
};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyHash, KeyId, StoreSalt};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use time::OffsetDateTime;

/// Keys in memory, gone with the process: for tests and trials of embedding.
#[derive(Debug, Default)]
pub struct MemoryKeys(Mutex<Keys>);

#[derive(Debug, Default)]
struct Keys {
    opaque_salt: Option<StoreSalt>,
    by_id: BTreeMap<KeyId, StoredKey>,
}

impl MemoryKeys {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Keys> {
        // Every change below is a single step, so a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyStore for MemoryKeys {
    async fn find(&self, id: &KeyId) -> Result<Option<StoredKey>, KeyStoreError> {
        Ok(self.lock().by_id.get(id).cloned())
    }

    async fn opaque_salt(&self) -> Result<Option<StoreSalt>, KeyStoreError> {
        Ok(self.lock().opaque_salt)
    }

    async fn find_opaque(&self, hash: &KeyHash) -> Result<Option<StoredKey>, KeyStoreError> {
        let keys = self.lock();
        let found = keys
            .by_id
            .values()
            .find(|key| matches!(&key.proof, KeyProof::Opaque { hash: stored } if stored == hash));
        Ok(found.cloned())
    }

    async fn list(&self, client: Option<&ClientId>) -> Result<Vec<KeyRecord>, KeyStoreError> {
        let keys = self.lock();
        let mut records: Vec<_> = keys
            .by_id
            .values()
            .map(|key| &key.record)
            .filter(|record| client.is_none_or(|client| record.client_id == *client))
            .cloned()
            .collect();
        records.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(records)
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
        Ok(())
    }
}

#[async_trait]
impl KeyAdmin for MemoryKeys {
    async fn settle_opaque_salt(&self, proposed: StoreSalt) -> Result<StoreSalt, KeyStoreError> {
        Ok(*self.lock().opaque_salt.get_or_insert(proposed))
    }

    async fn insert(&self, key: &StoredKey) -> Result<(), KeyStoreError> {
        let mut keys = self.lock();
        if keys.by_id.contains_key(&key.record.id) {
            return Err(KeyStoreError::IdExists(key.record.id.clone()));
        }
        let same_hash = |stored: &StoredKey| {
            stored
                .proof
                .hash()
                .is_some_and(|hash| key.proof.hash() == Some(hash))
        };
        if keys.by_id.values().any(same_hash) {
            return Err(KeyStoreError::KeyExists);
        }
        keys.by_id.insert(key.record.id.clone(), key.clone());
        Ok(())
    }

    async fn revoke(
        &self,
        selection: &KeySelection,
        at: OffsetDateTime,
        reason: Option<&str>,
    ) -> Result<Vec<KeyId>, KeyStoreError> {
        let mut keys = self.lock();
        let mut revoked = Vec::new();
        for StoredKey { record, .. } in keys.by_id.values_mut() {
            let selected = match selection {
                KeySelection::Id(id) => record.id == *id,
                KeySelection::Client(client) => record.client_id == *client,
            };
            if selected && record.revoked_at.is_none() {
                record.revoked_at = Some(at);
                record.revoked_reason = reason.map(str::to_owned);
                revoked.push(record.id.clone());
            }
        }
        Ok(revoked)
    }

    async fn record_use(&self, uses: &[KeyUse]) -> Result<(), KeyStoreError> {
        let mut keys = self.lock();
        for KeyUse { id, at } in uses {
            if let Some(StoredKey { record, .. }) = keys.by_id.get_mut(id) {
                record.last_used_at = record.last_used_at.max(Some(*at));
            }
        }
        Ok(())
    }
}
