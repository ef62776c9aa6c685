//! Quotas: how much a client may store in a day.

mod shared;

pub(crate) use shared::NotShared;

use central_logger_keys::ClientId;
use central_logger_log_store::{entries::LogEntry, store::Append};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};
use time::{Date, Duration, OffsetDateTime};

/// The amount that a client may store in a day, which begins at midnight UTC; by default any amount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IngestQuota {
    /// The most entries.
    pub entries: Option<u64>,
    /// The most [bytes of text](LogEntry::text_len).
    pub bytes: Option<u64>,
}

/// The unit that a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IngestUnit {
    /// Entries.
    Entries,
    /// Bytes of their texts.
    Bytes,
}

/// Error returned when a client may not store so much on this day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{used} of {limit} {unit} of the day are used up")]
pub struct QuotaReached {
    /// The unit of which there is not enough left.
    pub unit: IngestUnit,
    /// The amount of a day.
    pub limit: u64,
    /// The amount that is used up.
    pub used: u64,
    /// The time at which the next day begins.
    pub until: OffsetDateTime,
    /// The time until then, from the receipt of the request on.
    pub wait: Duration,
}

/// The amount that a request would store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Amount {
    entries: u64,
    bytes: u64,
}

/// The amounts that clients with a quota have stored in this process. There are as many of them as the
/// provider has given quotas to, so all are kept.
#[derive(Default)]
pub(crate) struct QuotaUsage(RwLock<HashMap<ClientId, Arc<Mutex<Used>>>>);

#[derive(Debug)]
struct Used {
    day: Date,
    amount: Amount,
}

/// An amount that was taken from a quota. It stays taken unless it is given back, also when the request
/// is gone: an append goes on without it.
pub(crate) struct TakenHere {
    used: Arc<Mutex<Used>>,
    day: Date,
    amount: Amount,
}

const NOTHING: Amount = Amount {
    entries: 0,
    bytes: 0,
};

impl QuotaUsage {
    /// Counts an append, unless there is no room for all of it on its day.
    pub(crate) fn take(
        &self,
        append: &Append,
        quota: IngestQuota,
    ) -> Result<TakenHere, QuotaReached> {
        let (day, amount) = (append.received_at.date(), Amount::of(append));
        let shared = self.of(&append.client, day);
        let mut used = lock(&shared);
        if used.day != day {
            *used = Used {
                day,
                amount: NOTHING,
            };
        }
        let until = midnight_after(append.received_at);
        let reached = |unit, limit, used| QuotaReached {
            unit,
            limit,
            used,
            until,
            wait: until - append.received_at,
        };
        let Amount { entries, bytes } = used.amount;
        if let Some(limit) = quota.entries
            && entries.saturating_add(amount.entries) > limit
        {
            return Err(reached(IngestUnit::Entries, limit, entries));
        }
        if let Some(limit) = quota.bytes
            && bytes.saturating_add(amount.bytes) > limit
        {
            return Err(reached(IngestUnit::Bytes, limit, bytes));
        }
        used.amount.entries += amount.entries;
        used.amount.bytes += amount.bytes;
        drop(used);
        Ok(TakenHere {
            used: shared,
            day,
            amount,
        })
    }

    fn of(&self, client: &ClientId, day: Date) -> Arc<Mutex<Used>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(used) = known.get(client) {
            return Arc::clone(used);
        }
        drop(known);
        let amount = NOTHING;
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let used = known.entry(client.clone());
        Arc::clone(used.or_insert_with(|| Arc::new(Mutex::new(Used { day, amount }))))
    }
}

/// An amount that was taken from a quota, wherever that is counted.
pub(crate) enum Taken {
    /// In this process.
    Here(TakenHere),
    /// Together with other servers.
    Shared(shared::TakenShared),
}

impl Taken {
    /// Gives the amount back, when nothing was stored for it.
    pub(crate) fn give_back(self) {
        match self {
            Self::Here(taken) => taken.give_back(),
            Self::Shared(taken) => taken.give_back(),
        }
    }
}

impl TakenHere {
    /// Gives the amount back, when nothing was stored for it.
    fn give_back(self) {
        let mut used = lock(&self.used);
        // If the day is over, there is nothing to give back.
        if used.day == self.day {
            used.amount.entries = used.amount.entries.saturating_sub(self.amount.entries);
            used.amount.bytes = used.amount.bytes.saturating_sub(self.amount.bytes);
        }
    }
}

impl Amount {
    fn of(append: &Append) -> Self {
        let bytes: usize = append.entries.iter().map(LogEntry::text_len).sum();
        Self {
            entries: append.entries.len() as u64,
            bytes: bytes as u64,
        }
    }
}

fn lock(used: &Mutex<Used>) -> MutexGuard<'_, Used> {
    used.lock().unwrap_or_else(PoisonError::into_inner)
}

fn midnight_after(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_time(time::Time::MIDNIGHT) + Duration::DAY
}

impl fmt::Display for IngestUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entries => "entries",
            Self::Bytes => "bytes",
        })
    }
}
