//! Keys in memory.

mod audit;
mod feed;
mod leases;
mod reveal_links;

use crate::{
    audit::{
        entry::{AuditEntry, Head},
        state::EndSeal,
    },
    change::{KeyChange, Withdrawal},
    error::KeyStoreError,
    feed::lease::LeaseHolder,
    receipt::Receipt,
    record::{
        key_list::KeyList,
        key_record::{KeyProof, StoredKey},
        owners::Owners,
    },
    reveal_link::RevealLink,
    store::{KeyAdmin, KeyStore, ReceiptStore},
};
use async_trait::async_trait;
use central_logger_client_records::{
    ClientBook, ClientChange, quota::ClientQuota, settings::ClientSettings,
};
use central_logger_keys::{ClientId, KeyHash, KeyId, PepperId, StoreSalt};
use leases::Held;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use time::OffsetDateTime;
use tokio::sync::Notify;

/// Keys in memory, gone with the process: for tests and trials of embedding.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{KeyStore, MemoryKeys, Owners};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryKeys::new();
/// store.ready().await?;
/// assert!(store.list(Owners::All).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MemoryKeys {
    identity: String,
    keys: Mutex<Keys>,
    announced: Notify,
}

#[derive(Debug, Default)]
struct Keys {
    opaque_salt: Option<StoreSalt>,
    by_id: BTreeMap<KeyId, StoredKey>,
    clients: ClientBook,
    retention: ClientSettings,
    audit: Vec<AuditEntry>,
    changed_at: Option<Instant>,
    end: Option<EndSeal>,
    pepper: Option<PepperId>,
    restore_accepted_at: Option<Instant>,
    leases: BTreeMap<LeaseHolder, Held>,
    receipts: BTreeMap<String, Receipt>,
    reveal_links: BTreeMap<KeyId, RevealLink>,
}

/// Of stores of this process, which are gone with it.
static COUNT: AtomicU64 = AtomicU64::new(0);

impl Default for MemoryKeys {
    fn default() -> Self {
        Self::new()
    }
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
        let quota = key.record.client().map(|client| self.clients.quota(client));
        key.record.quota = quota.unwrap_or_default();
        key
    }

    fn refuse_external_id_of_other(&self, change: &ClientChange) -> Result<(), KeyStoreError> {
        let ClientChange::Put(record) = change else {
            return Ok(());
        };
        let mut others = self.clients.records.values();
        let other = others.find(|other| {
            other.id != record.id
                && other.external_id.is_some()
                && other.external_id == record.external_id
        });
        match other {
            Some(other) => Err(KeyStoreError::ExternalIdExists(other.id.clone())),
            None => Ok(()),
        }
    }

    fn refuse_what_is_remembered(&self, receipt: &Receipt) -> Result<(), KeyStoreError> {
        match self.receipts.get(&receipt.id) {
            Some(known) if known.is_remembered(receipt.at) => Err(KeyStoreError::Stale),
            _ => Ok(()),
        }
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
        Self {
            identity: COUNT.fetch_add(1, Ordering::Relaxed).to_string(),
            keys: Mutex::default(),
            announced: Notify::new(),
        }
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

    async fn has_opaque_beyond(&self, known: &[PepperId]) -> Result<bool, KeyStoreError> {
        let keys = self.lock();
        let mut active = keys.by_id.values();
        Ok(active.any(|key| {
            let is_opaque = matches!(key.proof, KeyProof::Opaque { .. });
            let pepper = key.proof.hash().and_then(KeyHash::pepper_id);
            is_opaque
                && key.record.revoked_at.is_none()
                && pepper.is_some_and(|pepper| !known.contains(&pepper))
        }))
    }

    async fn list(&self, owners: Owners<'_>) -> Result<KeyList, KeyStoreError> {
        let keys = self.lock();
        let mut records: Vec<_> = keys
            .by_id
            .values()
            .filter(|key| owners.include(&key.record.owner))
            .map(|key| keys.with_quota(key).record)
            .collect();
        records.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        Ok(records.into())
    }

    async fn ready(&self) -> Result<(), KeyStoreError> {
        Ok(())
    }
}

#[async_trait]
impl ReceiptStore for MemoryKeys {
    async fn receipt(&self, id: &str) -> Result<Option<Receipt>, KeyStoreError> {
        Ok(self.lock().receipts.get(id).cloned())
    }

    async fn delete_receipts(&self, time: OffsetDateTime) -> Result<usize, KeyStoreError> {
        let mut keys = self.lock();
        let before = keys.receipts.len();
        keys.receipts.retain(|_, receipt| receipt.at >= time);
        Ok(before - keys.receipts.len())
    }
}

#[async_trait]
impl KeyAdmin for MemoryKeys {
    async fn settle_opaque_salt(&self, proposed: StoreSalt) -> Result<StoreSalt, KeyStoreError> {
        Ok(*self.lock().opaque_salt.get_or_insert(proposed))
    }

    async fn stored(&self, owners: Owners<'_>) -> Result<KeyList<StoredKey>, KeyStoreError> {
        let keys = self.lock();
        let of_owners = keys
            .by_id
            .values()
            .filter(|key| owners.include(&key.record.owner));
        let keys: Vec<_> = of_owners.map(|key| keys.with_quota(key)).collect();
        Ok(keys.into())
    }

    async fn retention(&self) -> Result<ClientSettings, KeyStoreError> {
        Ok(self.lock().retention.clone())
    }

    async fn clients(&self, one: Option<&ClientId>) -> Result<ClientBook, KeyStoreError> {
        let mut book = self.lock().clients.clone();
        if let Some(one) = one {
            book.records.retain(|client, _| client == one);
            book.quotas.retain(|client, _| client == one);
        }
        Ok(book)
    }

    async fn commit(&self, change: &KeyChange) -> Result<(), KeyStoreError> {
        change.check_times()?;
        let mut keys = self.lock();
        if keys.head() != change.base {
            return Err(KeyStoreError::Stale);
        }
        for key in &change.inserts {
            keys.refuse_what_exists(key)?;
        }
        if let Some(client) = &change.client {
            keys.refuse_external_id_of_other(client)?;
        }
        if let Some(links) = &change.links {
            keys.refuse_link_that_is_used(links)?;
        }
        if let Some(receipt) = &change.receipt {
            keys.refuse_what_is_remembered(receipt)?;
            keys.receipts.insert(receipt.id.clone(), receipt.clone());
        }
        for key in &change.inserts {
            keys.by_id.insert(key.record.id.clone(), key.clone());
        }
        for update in &change.updates {
            if let Some(StoredKey { record, .. }) = keys.by_id.get_mut(&update.id) {
                record.change_to(update);
            }
        }
        for rehash in &change.rehashes {
            if let Some(StoredKey { proof, .. }) = keys.by_id.get_mut(&rehash.id) {
                proof.set_hash(rehash.new.clone());
            }
        }
        // No record in memory cannot be read, so there is no withdrawal but of one that can.
        for Withdrawal { id, at, reason } in &change.withdrawals {
            let mut stored = keys.by_id.values_mut();
            if let Some(StoredKey { record, .. }) = stored.find(|key| key.record.id.as_str() == id)
            {
                record.revoked_at = Some(*at);
                record.revoked_reason.clone_from(reason);
            }
        }
        if let Some(ClientQuota { client_id, quota }) = &change.quota {
            keys.clients.quotas.insert(client_id.clone(), *quota);
        }
        if let Some(client) = &change.client {
            keys.clients.apply(client);
        }
        if let Some(links) = &change.links {
            keys.change_links(links);
        }
        if let Some(retention) = &change.retention {
            keys.retention.apply(retention);
        }
        keys.pepper = change.pepper;
        keys.end = change.end.or(keys.end);
        if change.accepts_restore {
            keys.restore_accepted_at = Some(Instant::now());
        }
        keys.audit.extend_from_slice(&change.audit);
        keys.changed_at = Some(Instant::now());
        self.announced.notify_one();
        Ok(())
    }
}
