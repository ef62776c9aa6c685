//! The use of keys in the last hours, in the order in which detectors look at it.

use central_logger_key_activity::{Activity, Failures, UsageCounts, WatchedKey};
use central_logger_keys::RefusalReason;
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

/// The present hour and the one before.
#[derive(Debug, Default)]
pub(crate) struct Window {
    pub(crate) keys: BTreeMap<WatchedKey, KeyWindow>,
    /// Guesses of each network that fails often.
    pub(crate) failing: BTreeMap<String, Seen>,
    /// Guesses in all.
    pub(crate) guesses: Seen,
}

/// The use of one key.
#[derive(Debug, Default)]
pub(crate) struct KeyWindow {
    pub(crate) accepted: Seen,
    pub(crate) refused: BTreeMap<RefusalReason, Seen>,
}

/// Requests of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) by_hour: BTreeMap<OffsetDateTime, u64>,
    pub(crate) networks: BTreeMap<OffsetDateTime, BTreeSet<String>>,
    pub(crate) last_at: Option<OffsetDateTime>,
}

impl Window {
    pub(crate) fn of(activity: Activity) -> Self {
        let mut window = Self::default();
        for (slot, counts) in activity.counts {
            if slot.refusal.is_some_and(RefusalReason::is_guess) {
                window.guesses.add(slot.hour, &counts);
            }
            let (Some(client), Some(id)) = (slot.client_id, slot.key_id) else {
                continue;
            };
            let key = window.keys.entry((client, id)).or_default();
            let kind = match slot.refusal {
                Some(reason) => key.refused.entry(reason).or_default(),
                None => &mut key.accepted,
            };
            kind.add(slot.hour, &counts);
        }
        for (slot, Failures { requests, last_at }) in activity.failures {
            let failing = window.failing.entry(slot.network).or_default();
            failing.count(slot.hour, requests, last_at);
        }
        window
    }
}

impl KeyWindow {
    /// What was refused for one of these reasons.
    pub(crate) fn refused_for(&self, reasons: &[RefusalReason]) -> Seen {
        let mut sum = Seen::default();
        for reason in reasons {
            if let Some(seen) = self.refused.get(reason) {
                sum.merge(seen);
            }
        }
        sum
    }
}

impl Seen {
    pub(crate) fn requests(&self) -> u64 {
        self.by_hour.values().sum()
    }

    pub(crate) fn all_networks(&self) -> BTreeSet<&str> {
        self.networks
            .values()
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// Takes those requests out.
    pub(crate) fn without(&mut self, others: &Self) {
        for (hour, requests) in &others.by_hour {
            if let Some(present) = self.by_hour.get_mut(hour) {
                *present = present.saturating_sub(*requests);
            }
        }
    }

    fn add(&mut self, hour: OffsetDateTime, counts: &UsageCounts) {
        self.count(hour, counts.requests, counts.last_at);
        let networks = self.networks.entry(hour).or_default();
        networks.extend(counts.networks.iter().cloned());
    }

    fn count(&mut self, hour: OffsetDateTime, requests: u64, last_at: OffsetDateTime) {
        *self.by_hour.entry(hour).or_default() += requests;
        self.last_at = self.last_at.max(Some(last_at));
    }

    fn merge(&mut self, other: &Self) {
        for (hour, requests) in &other.by_hour {
            *self.by_hour.entry(*hour).or_default() += requests;
        }
        for (hour, networks) in &other.networks {
            let present = self.networks.entry(*hour).or_default();
            present.extend(networks.iter().cloned());
        }
        self.last_at = self.last_at.max(other.last_at);
    }
}
