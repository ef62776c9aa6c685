//! What came by which protocol, and what was refused: shippers show their owners nothing of it.

use central_logger_intake::Protocol;
use central_logger_keys::ClientId;
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// How many refusals of a client are remembered.
const REMEMBERED: usize = 10;

/// The most characters of what was sent that are remembered with a refusal.
const SAMPLE: usize = 500;

/// What each client has sent in foreign protocols since this server started. It is in memory.
///
/// # Examples
///
/// ```
/// let record = central_logger_intake_routes::IntakeRecord::default();
/// assert_eq!(format!("{record:?}"), "IntakeRecord");
/// ```
#[derive(Default)]
pub struct IntakeRecord(Mutex<HashMap<ClientId, OfClient>>);

#[derive(Default)]
struct OfClient {
    protocols: BTreeMap<&'static str, Counts>,
    refusals: VecDeque<Refused>,
}

/// What came by one protocol.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    /// How many entries were stored.
    pub stored: u64,
    /// How many entries were sent again and not stored again.
    pub replayed: u64,
    /// How many requests, or entries of requests that were taken in part, were refused for each reason.
    pub refused: BTreeMap<&'static str, u64>,
}

/// A request that was refused, or of which entries were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refused {
    /// When it came.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The name of the protocol.
    pub protocol: &'static str,
    /// Why, in a word.
    pub reason: &'static str,
    /// What was wrong, for people.
    pub detail: String,
    /// The beginning of the body, decompressed.
    #[schema(max_length = 500)]
    pub sample: String,
}

impl IntakeRecord {
    pub(crate) fn stored(
        &self,
        client: &ClientId,
        protocol: &dyn Protocol,
        entries: usize,
        is_replay: bool,
    ) {
        self.change(client, |of_client| {
            let counts = of_client.protocols.entry(protocol.name()).or_default();
            match is_replay {
                true => counts.replayed += entries as u64,
                false => counts.stored += entries as u64,
            }
        });
    }

    pub(crate) fn refused(&self, client: &ClientId, count: usize, refused: Refused) {
        self.change(client, |of_client| {
            let counts = of_client.protocols.entry(refused.protocol).or_default();
            *counts.refused.entry(refused.reason).or_default() += count as u64;
            of_client.refusals.truncate(REMEMBERED - 1);
            of_client.refusals.push_front(refused);
        });
    }

    /// The counts of each protocol, and the last refusals, the latest first.
    pub fn of(&self, client: &ClientId) -> (BTreeMap<&'static str, Counts>, Vec<Refused>) {
        let clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match clients.get(client) {
            Some(found) => (
                found.protocols.clone(),
                found.refusals.iter().cloned().collect(),
            ),
            None => Default::default(),
        }
    }

    fn change(&self, client: &ClientId, change: impl FnOnce(&mut OfClient)) {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match clients.get_mut(client) {
            Some(of_client) => change(of_client),
            None => change(clients.entry(client.clone()).or_default()),
        }
    }
}

impl std::fmt::Debug for IntakeRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IntakeRecord")
    }
}

/// The beginning of a body, as text.
pub(crate) fn sample(body: &[u8]) -> String {
    let beginning = &body[..body.len().min(4 * SAMPLE)];
    String::from_utf8_lossy(beginning)
        .chars()
        .take(SAMPLE)
        .collect()
}

/// The reason that a status stands for.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        400 | 422 => "malformed",
        408 => "too_slow",
        413 => "too_large",
        415 => "unsupported",
        429 => "quota",
        503 => "unavailable",
        _ => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_intake::LOKI;
    use time::macros::datetime;

    #[test]
    fn each_client_has_its_own_and_few_refusals_are_remembered() {
        let record = IntakeRecord::default();
        let (acme, widget) = ("acme".parse().unwrap(), "widget".parse().unwrap());
        record.stored(&acme, LOKI, 3, false);
        record.stored(&acme, LOKI, 3, true);
        for number in 0..12 {
            let refused = Refused {
                at: datetime!(2026-03-01 12:00 UTC),
                protocol: "loki",
                reason: reason(413),
                detail: number.to_string(),
                sample: sample("é".repeat(9_000).as_bytes()),
            };
            record.refused(&acme, 1, refused);
        }
        let (protocols, refusals) = record.of(&acme);
        let counts = &protocols["loki"];
        assert_eq!((counts.stored, counts.replayed), (3, 3));
        assert_eq!(counts.refused["too_large"], 12);
        assert_eq!((refusals.len(), &*refusals[0].detail), (REMEMBERED, "11"));
        assert_eq!(refusals[0].sample.chars().count(), SAMPLE);
        assert!(record.of(&widget).0.is_empty());
    }
}
