use crate::{
    AuditEntry, Head, KeyAdmin, KeyChange, KeyProof, KeyRecord, KeyStore, KeyStoreError, KeyUse,
    StoredKey,
};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyHash, KeyId, StoreSalt};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Keys in memory, gone with the process: for tests and trials of embedding.
#[derive(Debug, Default)]
pub struct MemoryKeys(Mutex<Keys>);

#[derive(Debug, Default)]
struct Keys {
    opaque_salt: Option<StoreSalt>,
    by_id: BTreeMap<KeyId, StoredKey>,
    audit: Vec<AuditEntry>,
}

impl Keys {
    fn head(&self) -> Head {
        self.audit
            .last()
            .map_or_else(Head::default, AuditEntry::head)
    }

    fn refuse_what_exists(&self, key: &StoredKey) -> Result<(), KeyStoreError> {
        if self.by_id.contains_key(&key.record.id) {
            return Err(KeyStoreError::IdExists(key.record.id.clone()));
        }
        let hash = key.proof.hash();
        let mut hashes = self.by_id.values().filter_map(|stored| stored.proof.hash());
        match hashes.any(|stored| hash == Some(stored)) {
            true => Err(KeyStoreError::KeyExists),
            false => Ok(()),
        }
    }
}

impl MemoryKeys {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Keys> {
        // Nothing below panics between two steps of a change.
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

    async fn head(&self) -> Result<Head, KeyStoreError> {
        Ok(self.lock().head())
    }

    async fn commit(&self, change: &KeyChange) -> Result<(), KeyStoreError> {
        let mut keys = self.lock();
        if keys.head() != change.base {
            return Err(KeyStoreError::Stale);
        }
        for key in &change.inserts {
            keys.refuse_what_exists(key)?;
        }
        for key in &change.inserts {
            keys.by_id.insert(key.record.id.clone(), key.clone());
        }
        for update in &change.updates {
            if let Some(StoredKey { record, .. }) = keys.by_id.get_mut(&update.id) {
                record.is_active = update.is_active;
                record.grace_ends_at = update.grace_ends_at;
                record.revoked_at = update.revoked_at;
                record.revoked_reason.clone_from(&update.revoked_reason);
            }
        }
        keys.audit.extend_from_slice(&change.audit);
        Ok(())
    }

    async fn replace_hash(
        &self,
        id: &KeyId,
        old: &KeyHash,
        new: &KeyHash,
    ) -> Result<(), KeyStoreError> {
        let mut keys = self.lock();
        if let Some(StoredKey { proof, .. }) = keys.by_id.get_mut(id)
            && let KeyProof::Generated { hash, .. } | KeyProof::Opaque { hash } = proof
            && hash == old
        {
            *hash = new.clone();
        }
        Ok(())
    }

    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let keys = self.lock();
        let entries = keys.audit.iter().filter(|entry| entry.sequence > after);
        Ok(entries.take(limit).cloned().collect())
    }

    async fn record_use(&self, uses: &[KeyUse]) -> Result<(), KeyStoreError> {
        let mut keys = self.lock();
        for KeyUse { id, at, from } in uses {
            if let Some(StoredKey { record, .. }) = keys.by_id.get_mut(id)
                && record.last_used_at < Some(*at)
            {
                record.last_used_at = Some(*at);
                record.last_used_from.clone_from(from);
            }
        }
        Ok(())
    }
}
