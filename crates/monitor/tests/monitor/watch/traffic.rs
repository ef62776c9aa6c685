//! Made-up traffic of clients who mean well, the same for the same seed.

use central_logger_key_activity::{
    FailureSlot, Failures, KeyUse, UsageBatch, UsageCounts, UsageSlot, WatchedKey,
};
use std::time::Duration as StdDuration;
use time::{OffsetDateTime, Weekday};

/// How a client uses its key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Habit {
    /// Day and night.
    Steady,
    /// On weekdays from eight to six.
    Office,
    /// Twenty minutes of very many requests each night.
    Nightly,
    /// The same on Mondays only.
    Weekly,
    /// Some requests a day, at any time.
    Seldom,
    /// A tenth more each day.
    Growing,
    /// From a dozen networks in turn.
    Roaming,
}

pub(crate) const HABITS: [Habit; 7] = [
    Habit::Steady,
    Habit::Office,
    Habit::Nightly,
    Habit::Weekly,
    Habit::Seldom,
    Habit::Growing,
    Habit::Roaming,
];

/// One key and what is done with it.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) key: WatchedKey,
    pub(crate) habit: Habit,
    /// Requests a minute when it is busy.
    pub(crate) rate: u64,
    pub(crate) networks: Vec<String>,
}

impl Client {
    pub(crate) fn new(number: usize, random: &mut fastrand::Rng) -> Self {
        let habit = HABITS[number % HABITS.len()];
        let networks = match habit {
            Habit::Roaming => 12,
            _ => random.usize(1..=3),
        };
        Self {
            key: (
                format!("client-{}", number / 3).parse().unwrap(),
                format!("key{number:09}").parse().unwrap(),
            ),
            habit,
            rate: random.u64(1..=60),
            networks: (0..networks)
                .map(|site| format!("10.{number}.{site}.0/24"))
                .collect(),
        }
    }

    /// How many requests it makes in a minute.
    fn requests(&self, at: OffsetDateTime, day: u32, random: &mut fastrand::Rng) -> u64 {
        let is_night_batch = at.hour() == 2 && at.minute() < 20;
        let is_weekend = matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday);
        let noise = |rate: u64, random: &mut fastrand::Rng| random.u64(rate / 2..=rate * 3 / 2);
        match self.habit {
            Habit::Office if is_weekend || !(8..18).contains(&at.hour()) => 0,
            Habit::Nightly if is_night_batch => noise(self.rate * 50, random),
            Habit::Weekly if is_night_batch && at.weekday() == Weekday::Monday => {
                noise(self.rate * 50, random)
            }
            Habit::Nightly | Habit::Weekly => 0,
            Habit::Seldom => u64::from(random.u32(0..240) == 0),
            Habit::Growing => {
                let grown = (0..day).fold(self.rate, |rate, _| rate * 11 / 10);
                noise(grown, random)
            }
            Habit::Steady | Habit::Office | Habit::Roaming => noise(self.rate, random),
        }
    }

    /// What it does in a minute.
    pub(crate) fn act(
        &self,
        batch: &mut UsageBatch,
        at: OffsetDateTime,
        day: u32,
        random: &mut fastrand::Rng,
    ) {
        let requests = self.requests(at, day, random);
        if requests == 0 {
            return;
        }
        let network = &self.networks[random.usize(..self.networks.len())];
        accept(batch, &self.key, at, requests, network);
        // Now and then somebody asks for what the key may not, or too much.
        if random.u32(0..2000) == 0 {
            refuse(batch, Some(&self.key), "forbidden", at, 3, network);
        }
        if random.u32(0..500) == 0 {
            refuse(batch, Some(&self.key), "rate", at, 40, network);
        }
    }
}

/// What strangers do in a minute: programs that try keys at any address that answers, and people who
/// copy a key without its end.
pub(crate) fn noise(batch: &mut UsageBatch, at: OffsetDateTime, random: &mut fastrand::Rng) {
    if random.u32(0..10) != 0 {
        return;
    }
    let network = format!("198.51.{}.0/24", random.u8(..));
    let reason = ["unknown", "malformed", "mistyped"][random.usize(..3)];
    guess(batch, None, reason, at, random.u64(1..=8), &network);
    refuse(batch, None, "missing", at, random.u64(1..=30), &network);
}

pub(crate) fn accept(
    batch: &mut UsageBatch,
    key: &WatchedKey,
    at: OffsetDateTime,
    requests: u64,
    network: &str,
) {
    let used = KeyUse {
        at,
        from: Some(network.to_owned()),
    };
    batch.note_use(&key.1, used);
    batch.count(slot(Some(key), None, at), counts(at, requests, network));
}

pub(crate) fn refuse(
    batch: &mut UsageBatch,
    key: Option<&WatchedKey>,
    reason: &str,
    at: OffsetDateTime,
    requests: u64,
    network: &str,
) {
    batch.count(slot(key, Some(reason), at), counts(at, requests, network));
}

/// A refusal that counts as a guess.
pub(crate) fn guess(
    batch: &mut UsageBatch,
    key: Option<&WatchedKey>,
    reason: &str,
    at: OffsetDateTime,
    requests: u64,
    network: &str,
) {
    refuse(batch, key, reason, at, requests, network);
    let slot = FailureSlot {
        hour: UsageSlot::hour_of(at),
        network: network.to_owned(),
    };
    let failures = Failures {
        requests,
        last_at: at,
    };
    batch.fail(slot, failures);
}

fn slot(key: Option<&WatchedKey>, refusal: Option<&str>, at: OffsetDateTime) -> UsageSlot {
    UsageSlot {
        hour: UsageSlot::hour_of(at),
        client_id: key.map(|(client, _)| client.clone()),
        key_id: key.map(|(_, id)| id.clone()),
        refusal: refusal.map(|reason| reason.parse().unwrap()),
    }
}

fn counts(at: OffsetDateTime, requests: u64, network: &str) -> UsageCounts {
    UsageCounts {
        requests,
        entries: requests,
        bytes: 200 * requests,
        latency: StdDuration::from_micros(700 * requests),
        networks: [network.to_owned()].into(),
        last_at: at,
    }
}
