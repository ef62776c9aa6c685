//! Counts of the use of keys, in memory until they are stored.

use crate::network::Network;
use central_logger_auth::subnet;
use central_logger_key_activity::{
    FailureSlot, Failures, KeyUse, UsageBatch, UsageCounts, UsageSlot,
};
use central_logger_keys::{ClientId, KeyId, RefusalReason};
use hashbrown::{Equivalent, HashMap};
use std::{net::IpAddr, time::Duration};
use time::OffsetDateTime;

/// The counts of one thread. There is more than one hour of them only when one has just ended, or the
/// clock was set.
#[derive(Debug, Default)]
pub(crate) struct UsageAccumulator(Vec<HourCounts>);

#[derive(Debug)]
struct HourCounts {
    hour: OffsetDateTime,
    keys: HashMap<Whose, KeyCounts>,
    /// The counts of requests without a key that any store knows.
    keyless: KeyCounts,
    /// Requests of each network with keys that are not valid: of as many networks as have a place.
    failures: HashMap<Network, Failures>,
}

/// The most networks that have a place in the failures of one thread, between one flush and the next.
const FAILING_NETWORKS: usize = 1024;

/// A key, by its id and its client as far as it is known: only static keys may be called the same.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Whose {
    id: KeyId,
    client: Option<ClientId>,
}

/// The same, to look it up: it hashes as that does, field by field.
#[derive(Hash)]
struct WhoseRef<'a> {
    id: &'a KeyId,
    client: Option<&'a ClientId>,
}

impl Equivalent<Whose> for WhoseRef<'_> {
    fn equivalent(&self, whose: &Whose) -> bool {
        *self.id == whose.id && self.client == whose.client.as_ref()
    }
}

#[derive(Debug, Default)]
pub(crate) struct KeyCounts {
    accepted: Option<RequestCounts>,
    refused: Vec<(RefusalReason, RequestCounts)>,
}

/// Requests of one kind.
#[derive(Debug)]
struct RequestCounts {
    requests: u64,
    work: Work,
    networks: Networks,
    last_at: OffsetDateTime,
    last_from: Option<IpAddr>,
}

/// The work of requests that were let through.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Work {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
    pub(crate) latency: Duration,
}

/// The networks that were seen first.
#[derive(Debug, Default)]
struct Networks([Option<Network>; UsageCounts::MAX_NETWORKS]);

impl UsageAccumulator {
    /// Lets `count` change what is counted of a key. Nothing is allocated for one that is known.
    pub(crate) fn of_key(
        &mut self,
        at: OffsetDateTime,
        id: &KeyId,
        client: Option<&ClientId>,
        count: impl FnOnce(&mut KeyCounts),
    ) {
        let keys = &mut self.of_hour(at).keys;
        match keys.get_mut(&WhoseRef { id, client }) {
            Some(known) => count(known),
            None => {
                let whose = Whose {
                    id: id.clone(),
                    client: client.cloned(),
                };
                count(keys.entry(whose).or_default());
            }
        }
    }

    /// Returns the counts of requests without a key that any store knows.
    pub(crate) fn keyless(&mut self, at: OffsetDateTime) -> &mut KeyCounts {
        &mut self.of_hour(at).keyless
    }

    /// Counts a request with a key that is not valid.
    pub(crate) fn fail(&mut self, at: OffsetDateTime, from: IpAddr) {
        let failures = &mut self.of_hour(at).failures;
        let network = Network::from(from);
        if let Some(known) = failures.get_mut(&network) {
            known.requests += 1;
            known.last_at = known.last_at.max(at);
        } else if failures.len() < FAILING_NETWORKS {
            let first = Failures {
                requests: 1,
                last_at: at,
            };
            failures.insert(network, first);
        }
    }

    /// Adds all of it to a batch.
    pub(crate) fn add_to(self, batch: &mut UsageBatch) {
        for counts in self.0 {
            let hour = counts.hour;
            for (whose, counts) in counts.keys {
                counts.add_to(batch, hour, Some(whose));
            }
            counts.keyless.add_to(batch, hour, None);
            for (network, failures) in counts.failures {
                let network = network.to_string();
                batch.fail(FailureSlot { hour, network }, failures);
            }
        }
    }

    fn of_hour(&mut self, at: OffsetDateTime) -> &mut HourCounts {
        let hour = UsageSlot::hour_of(at);
        let known = self.0.iter().rposition(|counts| counts.hour == hour);
        let index = known.unwrap_or_else(|| {
            self.0.push(HourCounts {
                hour,
                keys: HashMap::new(),
                keyless: KeyCounts::default(),
                failures: HashMap::new(),
            });
            self.0.len() - 1
        });
        &mut self.0[index]
    }
}

impl KeyCounts {
    pub(crate) fn accept(&mut self, at: OffsetDateTime, from: Option<IpAddr>) {
        self.accepted(at).request(at, from);
    }

    pub(crate) fn refuse(
        &mut self,
        reason: RefusalReason,
        at: OffsetDateTime,
        from: Option<IpAddr>,
    ) {
        let known = self.refused.iter().position(|(known, _)| *known == reason);
        let index = known.unwrap_or_else(|| {
            self.refused.push((reason, RequestCounts::new(at)));
            self.refused.len() - 1
        });
        self.refused[index].1.request(at, from);
    }

    pub(crate) fn work(&mut self, at: OffsetDateTime, work: Work) {
        let sum = &mut self.accepted(at).work;
        sum.entries += work.entries;
        sum.bytes += work.bytes;
        sum.latency += work.latency;
    }

    fn accepted(&mut self, at: OffsetDateTime) -> &mut RequestCounts {
        self.accepted.get_or_insert_with(|| RequestCounts::new(at))
    }

    fn add_to(self, batch: &mut UsageBatch, hour: OffsetDateTime, whose: Option<Whose>) {
        if let (Some(whose), Some(counts)) = (&whose, &self.accepted)
            && counts.requests > 0
        {
            batch.note_use(&whose.id, counts.last_use());
        }
        let accepted = self.accepted.map(|counts| (None, counts));
        let refused = self.refused.into_iter();
        let refused = refused.map(|(reason, counts)| (Some(reason), counts));
        for (refusal, counts) in accepted.into_iter().chain(refused) {
            let slot = UsageSlot {
                hour,
                client_id: whose.as_ref().and_then(|whose| whose.client.clone()),
                key_id: whose.as_ref().map(|whose| whose.id.clone()),
                refusal,
            };
            batch.count(slot, counts.into_counts());
        }
    }
}

impl RequestCounts {
    fn new(at: OffsetDateTime) -> Self {
        Self {
            requests: 0,
            work: Work::default(),
            networks: Networks::default(),
            last_at: at,
            last_from: None,
        }
    }

    fn request(&mut self, at: OffsetDateTime, from: Option<IpAddr>) {
        self.requests += 1;
        // The clock may be set back.
        if at >= self.last_at {
            (self.last_at, self.last_from) = (at, from);
        }
        if let Some(address) = from {
            self.networks.insert(Network::from(address));
        }
    }

    fn last_use(&self) -> KeyUse {
        KeyUse {
            at: self.last_at,
            from: self.last_from.map(subnet),
        }
    }

    fn into_counts(self) -> UsageCounts {
        let Networks(networks) = self.networks;
        let networks = networks.into_iter().flatten();
        UsageCounts {
            requests: self.requests,
            entries: self.work.entries,
            bytes: self.work.bytes,
            latency: self.work.latency,
            networks: networks.map(|network| network.to_string()).collect(),
            last_at: self.last_at,
        }
    }
}

impl Networks {
    fn insert(&mut self, network: Network) {
        let has_place = |place: &&mut Option<Network>| place.is_none_or(|known| known == network);
        if let Some(place) = self.0.iter_mut().find(has_place) {
            *place = Some(network);
        }
    }
}
