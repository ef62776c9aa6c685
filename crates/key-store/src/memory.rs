mod alerts;
mod usage;
mod watching;

use crate::{
    Alert, AlertId, AuditEntry, ChangedKeys, Changes, ClientQuota, Head, KeyAdmin, KeyChange,
    KeyFeed, KeyProof, KeyRecord, KeyStore, KeyStoreError, Lease, LeaseHolder, Quota, Retention,
    StoredKey, UsageBatch,
};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyHash, KeyId, StoreSalt};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};
use time::OffsetDateTime;
use tokio::sync::Notify;

/// Keys in memory, gone with the process: for tests and trials of embedding.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStore, MemoryKeys};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryKeys::new();
/// store.ready().await?;
/// assert!(store.list(None).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub struct MemoryKeys {
    keys: Mutex<Keys>,
    announced: Notify,
}

#[derive(Debug, Default)]
struct Keys {
    opaque_salt: Option<StoreSalt>,
    by_id: BTreeMap<KeyId, StoredKey>,
    quotas: BTreeMap<ClientId, Quota>,
    retention: Retention,
    audit: Vec<AuditEntry>,
    changed_at: Option<Instant>,
    leases: BTreeMap<LeaseHolder, (Head, Instant)>,
    usage: UsageBatch,
    alerts: BTreeMap<AlertId, Alert>,
    /// Whose turn it is to watch, and until when.
    turn: Option<(LeaseHolder, OffsetDateTime)>,
}

impl Keys {
    fn head(&self) -> Head {
        self.audit
            .last()
            .map_or_else(Head::default, AuditEntry::head)
    }

    /// Whether the store was ever in this state.
    fn remembers(&self, head: &Head) -> bool {
        *head == Head::default() || self.audit.iter().any(|entry| entry.head() == *head)
    }

    fn with_quota(&self, key: &StoredKey) -> StoredKey {
        let mut key = key.clone();
        let quota = self.quotas.get(&key.record.client_id);
        key.record.quota = quota.copied().unwrap_or_default();
        key
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
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyStore for MemoryKeys {
    async fn find(&self, id: &KeyId) -> Result<Option<StoredKey>, KeyStoreError> {
        let keys = self.lock();
        Ok(keys.by_id.get(id).map(|key| keys.with_quota(key)))
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
        Ok(found.map(|key| keys.with_quota(key)))
    }

    async fn list(&self, client: Option<&ClientId>) -> Result<Vec<KeyRecord>, KeyStoreError> {
        let keys = self.lock();
        let mut records: Vec<_> = keys
            .by_id
            .values()
            .filter(|key| client.is_none_or(|client| key.record.client_id == *client))
            .map(|key| keys.with_quota(key).record)
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
        if let Some(ClientQuota { client_id, quota }) = &change.quota {
            keys.quotas.insert(client_id.clone(), *quota);
        }
        if let Some(retention) = &change.retention {
            keys.retention.apply(retention);
        }
        keys.audit.extend_from_slice(&change.audit);
        keys.changed_at = Some(Instant::now());
        self.announced.notify_one();
        Ok(())
    }

    async fn leases_behind(&self, head: &Head) -> Result<Vec<LeaseHolder>, KeyStoreError> {
        let (keys, now) = (self.lock(), Instant::now());
        let is_behind =
            |applied: &Head| applied.sequence < head.sequence || !keys.remembers(applied);
        let behind = keys
            .leases
            .iter()
            .filter(|(_, (applied, ends_at))| *ends_at > now && is_behind(applied))
            .map(|(holder, _)| holder.clone());
        Ok(behind.collect())
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

    async fn retention(&self) -> Result<Retention, KeyStoreError> {
        Ok(self.lock().retention.clone())
    }

    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let keys = self.lock();
        let entries = keys.audit.iter().filter(|entry| entry.sequence > after);
        Ok(entries.take(limit).cloned().collect())
    }
}

#[async_trait]
impl KeyFeed for MemoryKeys {
    async fn changes(&self, since: Option<&Head>) -> Result<Changes, KeyStoreError> {
        let keys = self.lock();
        let head = keys.head();
        let since = since.filter(|since| keys.remembers(since) && since.is_close_to(&head));
        let later = since.map(|since| {
            let entries = keys.audit.iter();
            entries.filter(|entry| entry.sequence > since.sequence)
        });
        let (changed, is_retention_same) = match later {
            Some(later) => {
                let ids: Vec<_> = later.map(|entry| entry.key_id.clone()).collect();
                let is_same = ids.iter().all(Option::is_some);
                let ids = ids.into_iter().flatten().collect();
                (ChangedKeys::These(ids), is_same)
            }
            None => (ChangedKeys::All, false),
        };
        Ok(Changes {
            head,
            keys: changed,
            retention: (!is_retention_same).then(|| keys.retention.clone()),
            age: keys.changed_at.map(|at| at.elapsed()).unwrap_or_default(),
        })
    }

    async fn hold_lease(&self, lease: &Lease) -> Result<(), KeyStoreError> {
        let ends_at = Instant::now() + lease.length;
        let held = (lease.applied, ends_at);
        self.lock().leases.insert(lease.holder.clone(), held);
        Ok(())
    }

    async fn end_lease(&self, holder: &LeaseHolder) -> Result<(), KeyStoreError> {
        self.lock().leases.remove(holder);
        Ok(())
    }

    async fn announced(&self) {
        self.announced.notified().await;
    }
}
