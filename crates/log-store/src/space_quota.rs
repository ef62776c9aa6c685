use crate::{Append, AppendError, LogEntry};
use central_logger_keys::ClientId;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};
use time::{Date, Duration, OffsetDateTime};

/// How much a client may store in a day, which begins at midnight UTC; by default any amount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SpaceQuota {
    /// How many entries.
    pub entries: Option<u64>,
    /// How many [bytes of text](LogEntry::text_len).
    pub bytes: Option<u64>,
}

/// What of a day is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// Its entries.
    Entries,
    /// Its bytes.
    Bytes,
}

/// How much a request would store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Amount {
    entries: u64,
    bytes: u64,
}

/// What clients with a quota have stored of it in this process. There are as many of them as the
/// provider has given quotas to, so all are kept.
#[derive(Default)]
pub(crate) struct SpaceUsed(RwLock<HashMap<ClientId, Arc<Mutex<Used>>>>);

#[derive(Debug)]
struct Used {
    day: Date,
    amount: Amount,
}

/// What was taken of a quota. It stays taken unless it is given back, also when whoever took it is gone:
/// an append goes on without the request.
pub(crate) struct Taken {
    used: Arc<Mutex<Used>>,
    day: Date,
    amount: Amount,
}

const NOTHING: Amount = Amount {
    entries: 0,
    bytes: 0,
};

impl SpaceUsed {
    /// Counts an append, unless there is no room for all of it on its day.
    pub(crate) fn take(&self, append: &Append, quota: SpaceQuota) -> Result<Taken, AppendError> {
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
        let reached = |space, quota, used| AppendError::QuotaReached {
            space,
            quota,
            used,
            until,
            wait: until - append.received_at,
        };
        let Amount { entries, bytes } = used.amount;
        if let Some(quota) = quota.entries
            && entries.saturating_add(amount.entries) > quota
        {
            return Err(reached(Space::Entries, quota, entries));
        }
        if let Some(quota) = quota.bytes
            && bytes.saturating_add(amount.bytes) > quota
        {
            return Err(reached(Space::Bytes, quota, bytes));
        }
        used.amount.entries += amount.entries;
        used.amount.bytes += amount.bytes;
        drop(used);
        Ok(Taken {
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

impl Taken {
    /// Nothing was stored for it.
    pub(crate) fn give_back(self) {
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

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entries => "entries",
            Self::Bytes => "bytes",
        })
    }
}
