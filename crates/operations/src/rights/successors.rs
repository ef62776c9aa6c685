//! The keys that a client makes, new ones and successors of others.

use super::{ClientRights, codes, unknown};
use central_logger_key_store::{
    KeyRecord, KeyStatus, ProviderSet, RateBucket,
    authority::{Denied, Scene},
};
use central_logger_keys::KeyId;
use central_logger_times::Timestamp;
use std::{collections::BTreeMap, iter::successors};
use time::{Duration, OffsetDateTime};

impl ClientRights {
    /// Returns a new key as it is to be stored.
    pub(super) fn make(&self, new: &KeyRecord, scene: &Scene<'_>) -> Result<KeyRecord, Denied> {
        let replaced = match &new.predecessor {
            Some(id) => Some(
                scene
                    .keys
                    .iter()
                    .find(|key| key.id == *id)
                    .ok_or_else(unknown)?,
            ),
            None => None,
        };
        self.check_scopes(&new.scopes)?;
        self.check_networks(&new.allowed_from)?;
        if replaced.is_none() {
            self.check_rate(new.rate_limit)?;
        }
        check_number(replaced, scene)?;
        let expires_at = earliest([new.expires_at, self.latest_end(replaced, scene)]);
        if scene.policy.require_expiry && expires_at.is_none() {
            return Err(Denied::new(
                codes::EXPIRY_REQUIRED,
                "Keys of this client must expire: name expires_at",
            ));
        }
        Ok(KeyRecord {
            made_by: self.maker.clone(),
            shared_rates: self.rates_of(new, replaced),
            provider_set: replaced.map_or(ProviderSet::default(), |replaced| ProviderSet {
                inactive: false,
                ..replaced.provider_set
            }),
            expires_at,
            ..new.clone()
        })
    }

    /// The latest time at which a new key may end.
    fn latest_end(
        &self,
        replaced: Option<&KeyRecord>,
        scene: &Scene<'_>,
    ) -> Option<OffsetDateTime> {
        let after = |lifetime: Duration| {
            let now = Timestamp::clamped(scene.now);
            now.saturating_add(lifetime).truncate_to_millisecond().get()
        };
        let is_self = |key: &KeyRecord| self.maker.key() == Some(&key.id);
        let longest = scene.policy.max_lifetime.map(after);
        let limited = replaced.filter(|key| key.provider_set.expiry);
        let limited = limited.and_then(|key| Some((key, key.expires_at?)));
        match limited {
            // As long again, which is more than the key itself has left.
            Some((key, end)) if scene.policy.renewable => {
                let own = self.ends_at.filter(|_| !is_self(key));
                earliest([own, longest, Some(after(end - key.created_at))])
            }
            Some((_, end)) => earliest([self.ends_at, longest, Some(end)]),
            None => earliest([self.ends_at, longest]),
        }
    }

    /// The limits that a new key counts in, beside its own.
    fn rates_of(&self, new: &KeyRecord, replaced: Option<&KeyRecord>) -> Vec<RateBucket> {
        // A successor of the maker counts in the limits of its predecessor already.
        if replaced.is_some_and(|key| self.maker.key() == Some(&key.id)) {
            return new.shared_rates.clone();
        }
        let mut rates = new.shared_rates.clone();
        for own in &self.rates {
            if !rates.iter().any(|bucket| bucket.id == own.id) {
                rates.push(own.clone());
            }
        }
        rates
    }
}

/// Checks that the client may have one more key. A live key counts unless it has replaced one that is live and
/// counts itself: one rotation at a time is free for each key that counts, and a chain of them is no way to more.
fn check_number(replaced: Option<&KeyRecord>, scene: &Scene<'_>) -> Result<(), Denied> {
    let Some(most) = scene.policy.max_keys else {
        return Ok(());
    };
    let is_live = |key: &&KeyRecord| {
        let status = key.status(scene.now);
        matches!(status, KeyStatus::Active | KeyStatus::Disabled)
    };
    let live = scene.keys.iter().filter(is_live);
    let live: BTreeMap<&KeyId, &KeyRecord> = live.map(|key| (&key.id, key)).collect();
    let replaced_by = |key: &&KeyRecord| live.get(key.predecessor.as_ref()?).copied();
    let counts = |key: &KeyRecord| {
        // From the first of the chain on, every other one counts. Rows that go round in circles end, too.
        let before = successors(replaced_by(&key), replaced_by).take(live.len());
        before.fold(true, |counts, _| !counts)
    };
    let present = live.values().filter(|key| counts(key)).count();
    let is_free = replaced.is_some_and(|key| live.contains_key(&key.id) && counts(key));
    match u32::try_from(present + usize::from(!is_free)) {
        Ok(number) if number <= most => Ok(()),
        _ => Err(Denied::new(
            codes::MAX_KEYS,
            format!(
                "This client may have {most} keys that are active or disabled: revoke one first, or ask \
                 the provider for more"
            ),
        )),
    }
}

fn earliest<const N: usize>(ends: [Option<OffsetDateTime>; N]) -> Option<OffsetDateTime> {
    ends.into_iter().flatten().min()
}
