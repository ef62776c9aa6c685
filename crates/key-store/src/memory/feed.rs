//! The changes of keys in memory, for those who follow them.

use super::{MemoryKeys, leases::Held};
use crate::{
    error::KeyStoreError,
    feed::{
        changes::{ChangedKeys, Changes, KeyFeed, Reached},
        lease::{Lease, LeaseHolder, StoreTime},
    },
};
use async_trait::async_trait;
use std::time::Instant;

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
