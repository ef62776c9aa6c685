use central_logger_key_activity::UsageBatch;
use std::collections::HashSet;
use time::OffsetDateTime;

/// The networks whose failures are counted in an hour: as many as a database can bear.
#[derive(Debug, Default)]
pub(crate) struct FailingNetworks {
    hour: Option<OffsetDateTime>,
    known: HashSet<String>,
}

impl FailingNetworks {
    const MOST: usize = 10_000;

    /// Takes the failures of further networks out of a batch. They stay in the counts of all.
    pub(crate) fn bound(&mut self, batch: &mut UsageBatch) {
        let newest = batch.failures.keys().map(|slot| slot.hour).max();
        if newest > self.hour {
            self.hour = newest;
            self.known.clear();
        }
        batch.failures.retain(|slot, _| {
            let has_place = self.known.contains(&slot.network) || self.known.len() < Self::MOST;
            if has_place {
                self.known.insert(slot.network.clone());
            }
            has_place
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_key_activity::{FailureSlot, Failures};
    use time::{Duration, macros::datetime};

    #[test]
    fn a_flood_from_everywhere_fills_no_table() {
        let hour = datetime!(2026-03-01 12:00 UTC);
        let flood = |hour, from: usize| {
            let mut batch = UsageBatch::default();
            for number in from..from + FailingNetworks::MOST {
                let network = number.to_string();
                let failures = Failures {
                    requests: 1,
                    last_at: hour,
                };
                batch.fail(FailureSlot { hour, network }, failures);
            }
            batch
        };
        let mut failing = FailingNetworks::default();
        for (hour, from, left) in [
            (hour, 0, FailingNetworks::MOST),
            (hour, FailingNetworks::MOST - 7, 7),
            (hour + Duration::HOUR, 5, FailingNetworks::MOST),
        ] {
            let mut batch = flood(hour, from);
            failing.bound(&mut batch);
            assert_eq!(batch.failures.len(), left);
        }
    }
}
