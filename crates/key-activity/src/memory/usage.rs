use super::{KnownKey, MemoryActivity};
use crate::{
    ActivityError, Usage, UsageBatch, UsageCounts, UsagePer, UsageQuery, UsageSlot, UsageStore,
    UsageSum,
};
use async_trait::async_trait;
use central_logger_keys::{ClientId, KeyId, RefusalReason};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// What one line of an answer is about.
type Kind = (Option<ClientId>, Option<KeyId>, Option<RefusalReason>);

#[async_trait]
impl UsageStore for MemoryActivity {
    async fn add_usage(&self, usage: &UsageBatch) -> Result<(), ActivityError> {
        let mut content = self.lock();
        for (slot, counts) in &usage.counts {
            let mut slot = slot.clone();
            if slot.client_id.is_none() {
                let known = slot.key_id.as_ref().and_then(|id| content.keys.get(id));
                slot.client_id = known.map(|key| key.client_id.clone());
            }
            content.usage.count(slot, counts.clone());
        }
        for (id, used) in &usage.uses {
            if let Some(KnownKey { last_use, .. }) = content.keys.get_mut(id)
                && last_use.as_ref().is_none_or(|last| last.at < used.at)
            {
                *last_use = Some(used.clone());
            }
        }
        for (slot, failures) in &usage.failures {
            content.usage.fail(slot.clone(), *failures);
        }
        Ok(())
    }

    async fn usage(&self, query: &UsageQuery) -> Result<Vec<Usage>, ActivityError> {
        let content = self.lock();
        let mut kinds: BTreeMap<Kind, UsageCounts> = BTreeMap::new();
        for (slot, counts) in &content.usage.counts {
            let is_theirs = query.client.is_none() || slot.client_id == query.client;
            if !is_theirs || slot.hour < UsageSlot::hour_of(query.since.get()) {
                continue;
            }
            let key_id = match query.per {
                UsagePer::Key => slot.key_id.clone(),
                UsagePer::Client => None,
            };
            let kind = (slot.client_id.clone(), key_id, slot.refusal);
            match kinds.get_mut(&kind) {
                Some(sum) => sum.add(counts),
                None => drop(kinds.insert(kind, counts.clone())),
            }
        }
        let sum = |((client_id, key_id, refusal), counts): (Kind, UsageCounts)| UsageSum {
            client_id,
            key_id,
            refusal: refusal.map(|reason| reason.to_string()),
            requests: counts.requests,
            entries: counts.entries,
            bytes: counts.bytes,
            latency: counts.latency,
            networks: counts.networks.len() as u64,
            last_at: counts.last_at,
        };
        Ok(Usage::put_together(kinds.into_iter().map(sum)))
    }

    async fn purge_usage(&self, until: OffsetDateTime) -> Result<(), ActivityError> {
        let until = UsageSlot::hour_of(until);
        let usage = &mut self.lock().usage;
        usage.counts.retain(|slot, _| slot.hour >= until);
        usage.failures.retain(|slot, _| slot.hour >= until);
        Ok(())
    }
}
