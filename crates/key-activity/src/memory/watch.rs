use super::MemoryActivity;
use crate::{Activity, ActivityError, KeyHistory, UsageCounts, UsageSlot, WatchStore, WatchedKey};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

#[async_trait]
impl WatchStore for MemoryActivity {
    async fn try_acquire_leadership(
        &self,
        watcher: &str,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<bool, ActivityError> {
        let leader = &mut self.lock().leader;
        let is_free = leader.as_ref().is_none_or(|(leader, until)| {
            leader == watcher || *until <= now || *until > now + length
        });
        if is_free {
            *leader = Some((watcher.to_owned(), now + length));
        }
        Ok(is_free)
    }

    async fn activity(&self, since: OffsetDateTime) -> Result<Activity, ActivityError> {
        let since = UsageSlot::hour_of(since);
        let usage = &self.lock().usage;
        // Slots are ordered by their hours first.
        let counts = usage.counts.iter().rev();
        let failures = usage.failures.iter().rev();
        Ok(Activity {
            counted_since: usage.counts.keys().next().map(|slot| slot.hour),
            counts: counts
                .take_while(|(slot, _)| slot.hour >= since)
                .map(|(slot, counts)| (slot.clone(), counts.clone()))
                .collect(),
            failures: failures
                .take_while(|(slot, _)| slot.hour >= since)
                .map(|(slot, failures)| (slot.clone(), *failures))
                .collect(),
        })
    }

    async fn histories(
        &self,
        keys: &BTreeSet<WatchedKey>,
        before: OffsetDateTime,
    ) -> Result<BTreeMap<WatchedKey, KeyHistory>, ActivityError> {
        let mut histories = BTreeMap::new();
        for (slot, counts) in &self.lock().usage.counts {
            if slot.hour >= UsageSlot::hour_of(before) || slot.refusal.is_some() {
                continue;
            }
            let (Some(client), Some(id)) = (&slot.client_id, &slot.key_id) else {
                continue;
            };
            let key = (client.clone(), id.clone());
            if keys.contains(&key) {
                let none = KeyHistory {
                    first_hour: slot.hour,
                    last_used_at: counts.last_at,
                    networks: BTreeSet::new(),
                    busiest: 0,
                };
                let history = histories.entry(key).or_insert(none);
                add(history, slot.hour, counts, before);
            }
        }
        Ok(histories)
    }
}

fn add(
    history: &mut KeyHistory,
    hour: OffsetDateTime,
    counts: &UsageCounts,
    before: OffsetDateTime,
) {
    history.last_used_at = history.last_used_at.max(counts.last_at);
    history.networks.extend(counts.networks.iter().cloned());
    while history.networks.len() > KeyHistory::MAX_NETWORKS {
        history.networks.pop_last();
    }
    if KeyHistory::is_comparable(hour, before) {
        history.busiest = history.busiest.max(counts.requests);
    }
}
