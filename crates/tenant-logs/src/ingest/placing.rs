//! Giving entries their places, each client its own, so that no client learns how much others send.

use central_logger_keys::ClientId;
use central_logger_log_store::{
    entries::Place,
    store::{Append, Lot, WriterHolder},
};
use std::collections::HashMap;
use time::OffsetDateTime;

/// Gives out places that rise for each client, from lots that a store lends.
#[derive(Debug)]
pub(crate) struct Placing {
    holder: WriterHolder,
    lot: Option<Lot>,
    /// The latest time of receipt that was seen, in Unix microseconds.
    clock: u64,
    /// The last arrival of each client that lies at the latest time or after it.
    last: HashMap<ClientId, u64>,
    /// The number of remembered clients at which those that need not be are dropped.
    crowd: usize,
}

/// A request to a store to lend places.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) holder: WriterHolder,
    pub(crate) from: u64,
    pub(crate) now: OffsetDateTime,
}

const SMALL_CROWD: usize = 1024;
/// The distance by which a client's places move when one was taken, in microseconds: twice as far each time.
const JUMP: u64 = 1_000_000;

impl Placing {
    pub(crate) fn new() -> Self {
        Self {
            holder: WriterHolder::new(),
            lot: None,
            clock: 0,
            last: HashMap::new(),
            crowd: SMALL_CROWD,
        }
    }

    /// Gives all entries of `appends` their places, in order, or tells that it needs to be
    /// [lent](Self::lend) more from an arrival on. `taken` is how often places given to them have turned
    /// out to be taken.
    pub(crate) fn place(&mut self, appends: &mut [Append], taken: u32) -> Result<(), Wanted> {
        for append in appends {
            let received_at = append.received_at.unix_timestamp_nanos() / 1000;
            let received_at = u64::try_from(received_at).unwrap_or(0);
            self.clock = self.clock.max(received_at.min(Place::LAST_BY_CLOCK));
            let mut next = self.next_of(&append.client);
            if taken > 0 {
                next += JUMP << taken;
            }
            let count = append.entries.len() as u64;
            let lot = self.lot.filter(|lot| next.max(lot.from) + count <= lot.to);
            let Some(lot) = lot else {
                return Err(Wanted {
                    holder: self.holder,
                    from: next,
                    now: append.received_at,
                });
            };
            next = next.max(lot.from);
            for (entry, arrival) in append.entries.iter_mut().zip(next..) {
                entry.place(Place {
                    arrival,
                    writer: lot.writer,
                });
            }
            if count > 0 {
                self.last.insert(append.client.clone(), next + count - 1);
            }
        }
        self.drop_idle_clients();
        Ok(())
    }

    /// Takes what was lent. Of several that were asked for at a time, the one that reaches furthest is
    /// used.
    pub(crate) fn lend(&mut self, lot: Lot) {
        if self.lot.is_none_or(|held| held.to < lot.to) {
            self.lot = Some(lot);
        }
    }

    fn next_of(&self, client: &ClientId) -> u64 {
        let behind_last = self.last.get(client).map_or(0, |last| last + 1);
        self.clock.max(behind_last)
    }

    /// Drops what lies before the latest time, which moves no place any more.
    fn drop_idle_clients(&mut self) {
        if self.last.len() < self.crowd {
            return;
        }
        let clock = self.clock;
        self.last.retain(|_, last| *last >= clock);
        self.crowd = SMALL_CROWD.max(2 * self.last.len());
    }
}
