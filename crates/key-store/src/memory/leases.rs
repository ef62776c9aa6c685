//! The leases of servers in memory.

use super::MemoryKeys;
use crate::{
    audit::entry::Head,
    error::KeyStoreError,
    feed::lease::{Lease, LeaseBehind, LiveLease},
    store::LeaseStore,
};
use async_trait::async_trait;
use std::time::Instant;

#[derive(Debug)]
pub(super) struct Held {
    pub(super) lease: Lease,
    pub(super) renewals: u64,
    pub(super) ends_at: Instant,
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

    async fn live_leases(&self) -> Result<Vec<LiveLease>, KeyStoreError> {
        let (keys, now) = (self.lock(), Instant::now());
        let held = keys.leases.values().filter(|held| held.ends_at > now);
        let live = held.map(|held| LiveLease {
            holder: held.lease.holder.clone(),
            sequence: held.lease.applied.sequence,
            knows: None,
            peppers: held.lease.peppers.clone(),
        });
        Ok(live.collect())
    }
}
