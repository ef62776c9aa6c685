//! Limits that keys share. What a key makes counts in the limit of its maker, too, so that nobody gains by
//! making keys.

use crate::record::{key_maker::KeyMaker, key_record::KeyRecord, rate_bucket::RateBucket};
use central_logger_keys::KeyId;
use std::collections::BTreeSet;
use time::OffsetDateTime;

impl KeyRecord {
    /// Returns the limits that a key counts in which this key has made: those that this one counts in.
    pub fn rates_to_share(&self) -> Vec<RateBucket> {
        let shared = self.shared_rates.iter().cloned();
        shared.chain(self.own_rate()).collect()
    }

    /// Returns the limit of the key itself, if it has one.
    pub(crate) fn own_rate(&self) -> Option<RateBucket> {
        let (id, rate) = (self.id.clone(), self.rate_limit?);
        Some(RateBucket { id, rate })
    }

    /// Returns the limits that a successor of this key counts in at `now`, beside its own. `others` are the
    /// keys of the same owner.
    ///
    /// If the successor counts `with_own`, in the limit of this key, then it needs no limit of a key that
    /// has ended if all who still count in that one count in the limit of this key, which is no higher.
    pub fn rates_of_successor<'a>(
        &self,
        with_own: bool,
        others: impl Iterator<Item = &'a Self> + Clone,
        now: OffsetDateTime,
    ) -> Vec<RateBucket> {
        let own = self.own_rate().filter(|_| with_own);
        let is_live = |key: &&Self| !key.has_ended(now);
        let is_needed = |bucket: &&RateBucket| {
            let mut live = others.clone().filter(is_live);
            let holds = |key: &Self, id: &KeyId| key.shared_rates.iter().any(|held| held.id == *id);
            let is_covered = |key: &Self| {
                let own = own.as_ref().filter(|own| own.rate.is_at_most(bucket.rate));
                key.id == self.id || own.is_some_and(|own| holds(key, &own.id))
            };
            live.any(|key| key.id == bucket.id || holds(key, &bucket.id) && !is_covered(key))
        };
        let kept = self.shared_rates.iter().filter(is_needed).cloned();
        kept.chain(own.clone()).collect()
    }

    /// Returns the limits that this key counts in after the limit of `changed` has changed; nothing where
    /// that changes nothing.
    pub fn rates_after(
        &self,
        changed: &Self,
        dependants: &BTreeSet<&KeyId>,
    ) -> Option<Vec<RateBucket>> {
        let mut shared = self.shared_rates.clone();
        match shared.iter().position(|held| held.id == changed.id) {
            Some(place) => match changed.rate_limit {
                Some(rate) => shared[place].rate = rate,
                None => drop(shared.remove(place)),
            },
            None if dependants.contains(&self.id) => shared.extend(changed.own_rate()),
            None => {}
        }
        (shared != self.shared_rates).then_some(shared)
    }

    /// Whether it will never be accepted again.
    fn has_ended(&self, now: OffsetDateTime) -> bool {
        self.revoked_at.is_some() || self.ends_at().is_some_and(|end| end <= now)
    }
}

/// Returns the ids of all keys that `id` has made, itself or through other keys, and of their successors.
pub fn dependants_of<'a>(id: &KeyId, keys: &[&'a KeyRecord]) -> BTreeSet<&'a KeyId> {
    let known: BTreeSet<_> = keys.iter().map(|key| &key.id).collect();
    let is_made_by_client = |maker: &KeyMaker| match maker {
        KeyMaker::Provider => false,
        KeyMaker::Key(maker) => known.contains(maker),
        KeyMaker::Session { .. } => true,
    };
    let mut found = BTreeSet::new();
    loop {
        let is_found =
            |id_of: Option<&KeyId>| id_of.is_some_and(|of| of == id || found.contains(of));
        let depends = |key: &&&'a KeyRecord| {
            let succeeds = is_made_by_client(&key.made_by) && is_found(key.predecessor.as_ref());
            !found.contains(&key.id) && (is_found(key.made_by.key()) || succeeds)
        };
        let more: Vec<_> = keys.iter().filter(depends).map(|key| &key.id).collect();
        if more.is_empty() {
            found.remove(id);
            return found;
        }
        found.extend(more);
    }
}
