use super::MemoryKeys;
use crate::{
    KeyStoreError, KeyUse, StoredKey, Usage, UsageBatch, UsageCounts, UsagePer, UsageQuery,
    UsageSlot, UsageStore, UsageSum,
};
use async_trait::async_trait;
use std::collections::BTreeMap;
use time::OffsetDateTime;

#[async_trait]
impl UsageStore for MemoryKeys {
    async fn add_usage(&self, usage: &UsageBatch) -> Result<(), KeyStoreError> {
        let mut keys = self.lock();
        for (slot, counts) in &usage.counts {
            let mut slot = slot.clone();
            if slot.client_id.is_none() {
                let stored = slot.key_id.as_ref().and_then(|id| keys.by_id.get(id));
                slot.client_id = stored.map(|key| key.record.client_id.clone());
            }
            keys.usage.count(slot, counts.clone());
        }
        for (id, KeyUse { at, from }) in &usage.uses {
            if let Some(StoredKey { record, .. }) = keys.by_id.get_mut(id)
                && record.last_used_at < Some(*at)
            {
                record.last_used_at = Some(*at);
                record.last_used_from.clone_from(from);
            }
        }
        for (slot, failures) in &usage.failures {
            keys.usage.fail(slot.clone(), *failures);
        }
        Ok(())
    }

    async fn usage(&self, query: &UsageQuery) -> Result<Vec<Usage>, KeyStoreError> {
        let keys = self.lock();
        let mut kinds: BTreeMap<_, UsageCounts> = BTreeMap::new();
        for (slot, counts) in &keys.usage.counts {
            let is_theirs = query.client.is_none() || slot.client_id == query.client;
            if !is_theirs || slot.hour < UsageSlot::hour_of(query.since.get()) {
                continue;
            }
            let key_id = match query.per {
                UsagePer::Key => slot.key_id.clone(),
                UsagePer::Client => None,
            };
            let kind = (slot.client_id.clone(), key_id, slot.refusal.clone());
            match kinds.get_mut(&kind) {
                Some(sum) => sum.add(counts),
                None => drop(kinds.insert(kind, counts.clone())),
            }
        }
        let sum = |((client_id, key_id, refusal), counts): (_, UsageCounts)| UsageSum {
            client_id,
            key_id,
            refusal,
            requests: counts.requests,
            entries: counts.entries,
            bytes: counts.bytes,
            latency: counts.latency,
            networks: counts.networks.len() as u64,
            last_at: counts.last_at,
        };
        Ok(Usage::put_together(kinds.into_iter().map(sum)))
    }

    async fn forget_usage(&self, until: OffsetDateTime) -> Result<(), KeyStoreError> {
        let until = UsageSlot::hour_of(until);
        let usage = &mut self.lock().usage;
        usage.counts.retain(|slot, _| slot.hour >= until);
        usage.failures.retain(|slot, _| slot.hour >= until);
        Ok(())
    }
}
