use crate::{
    audit::{
        entry::{AuditEntry, Head},
        state::{EndSeal, StoreState},
    },
    change::{KeyChange, Withdrawal},
    error::KeyStoreError,
    feed::{
        changes::{ChangedKeys, Changes, KeyFeed, Reached},
        lease::{Lease, LeaseBehind, LeaseHolder, LeasePeppers, StoreTime},
    },
    quota::{ClientQuota, Quota},
    record::{
        key_list::KeyList,
        key_record::{KeyProof, StoredKey},
        owners::Owners,
    },
    settings::ClientSettings,
    store::{AuditTrail, KeyAdmin, KeyStore, LeaseStore},
};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyHash, KeyId, PepperId, StoreSalt};
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
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
    quotas: BTreeMap<ClientId, Quota>,
    retention: ClientSettings,
    audit: Vec<AuditEntry>,
    changed_at: Option<Instant>,
    end: Option<EndSeal>,
    pepper: Option<PepperId>,
    restore_accepted_at: Option<Instant>,
    leases: BTreeMap<LeaseHolder, Held>,
}

/// Of stores of this process, which are gone with it.
static COUNT: AtomicU64 = AtomicU64::new(0);

impl Default for MemoryKeys {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Debug)]
struct Held {
    lease: Lease,
    renewals: u64,
    ends_at: Instant,
}

impl Held {
    fn told(&self) -> LeaseBehind {
        LeaseBehind {
            holder: self.lease.holder.clone(),
            length: self.lease.length,
            renewals: self.renewals,
        }
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
        let client = key.record.client();
        let quota = client.and_then(|client| self.quotas.get(client));
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
impl AuditTrail for MemoryKeys {
    async fn state(&self) -> Result<StoreState, KeyStoreError> {
        let keys = self.lock();
        Ok(StoreState {
            identity: self.identity.clone(),
            head: keys.head(),
            end: keys.end,
            pepper: keys.pepper,
            is_taken_up: true,
        })
    }

    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>, KeyStoreError> {
        let keys = self.lock();
        let entries = keys.audit.iter().filter(|entry| entry.sequence > after);
        Ok(entries.take(limit).cloned().collect())
    }

    async fn last_entry(&self, id: &KeyId) -> Result<Option<AuditEntry>, KeyStoreError> {
        let keys = self.lock();
        let mut of_key = keys.audit.iter().rev();
        let last = of_key.find(|entry| entry.key_id.as_ref() == Some(id));
        Ok(last.cloned())
    }
}

#[async_trait]
impl LeaseStore for MemoryKeys {
    async fn leases_behind(&self, head: &Head) -> Result<Vec<LeaseBehind>, KeyStoreError> {
        let keys = self.lock();
        let is_behind =
            |applied: &Head| applied.sequence < head.sequence || !keys.remembers(applied);
        let behind = keys
            .leases
            .values()
            .filter(|held| is_behind(&held.lease.applied))
            .map(Held::told);
        Ok(behind.collect())
    }

    async fn remove_lease(&self, lease: &LeaseBehind) -> Result<(), KeyStoreError> {
        let mut keys = self.lock();
        let held = keys.leases.get(&lease.holder);
        if held.is_some_and(|held| held.told() == *lease) {
            keys.leases.remove(&lease.holder);
        }
        Ok(())
    }

    async fn lease_peppers(&self) -> Result<Vec<LeasePeppers>, KeyStoreError> {
        let (keys, now) = (self.lock(), Instant::now());
        let held = keys.leases.values().filter(|held| held.ends_at > now);
        let peppers = held.map(|held| LeasePeppers {
            holder: held.lease.holder.clone(),
            peppers: held.lease.peppers.clone(),
        });
        Ok(peppers.collect())
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

    async fn commit(&self, change: &KeyChange) -> Result<(), KeyStoreError> {
        change.check_times()?;
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
            keys.quotas.insert(client_id.clone(), *quota);
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

#[async_trait]
impl KeyFeed for MemoryKeys {
    async fn changes(&self, since: Option<&Reached>) -> Result<Changes, KeyStoreError> {
        let keys = self.lock();
        let head = keys.head();
        let since = since.map(|since| since.head);
        let continues = since.is_none_or(|since| keys.remembers(&since));
        let since = since.filter(|since| continues && since.is_close_to(&head));
        let later = since.map(|since| {
            let entries = keys.audit.iter();
            entries.filter(move |entry| entry.sequence > since.sequence)
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
        let restore_accepted = keys.restore_accepted_at.map(|at| at.elapsed());
        Ok(Changes {
            head,
            by_hand: 0,
            continues,
            restore_accepted,
            keys: changed,
            retention: (!is_retention_same).then(|| keys.retention.clone()),
            age: keys.changed_at.map(|at| at.elapsed()).unwrap_or_default(),
        })
    }

    async fn hold_lease(&self, lease: &Lease) -> Result<StoreTime, KeyStoreError> {
        let mut keys = self.lock();
        let before = keys.leases.get(&lease.holder);
        let held = Held {
            renewals: before.map_or(0, |before| before.renewals + 1),
            ends_at: Instant::now() + lease.length,
            lease: lease.clone(),
        };
        keys.leases.insert(lease.holder.clone(), held);
        Ok(StoreTime::OfProgram)
    }

    async fn end_lease(&self, holder: &LeaseHolder) -> Result<(), KeyStoreError> {
        self.lock().leases.remove(holder);
        Ok(())
    }

    async fn announced(&self) {
        self.announced.notified().await;
    }
}
