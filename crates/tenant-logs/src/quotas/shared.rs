//! Quotas that count for all servers together.

use super::{Amount, IngestQuota, IngestUnit, QuotaReached, midnight_after};
use central_logger_keys::ClientId;
use central_logger_limits::{
    LimitId, LimitStoreError, NotTaken, Period, Rule, SharedLimit, SharedLimits, Taken,
};
use central_logger_log_store::store::{Append, LogStoreError};
use std::sync::Arc;
use time::Duration;

/// An amount that was taken.
pub(crate) struct TakenShared([(Arc<SharedLimit>, Taken, u64); 2]);

/// Why an amount was not taken.
pub(crate) enum NotShared {
    Reached(QuotaReached),
    Store(LogStoreError),
}

/// What a unit without a limit is counted under, so that a limit that is set later finds it.
const UNLIMITED: u64 = i64::MAX as u64;

impl IngestQuota {
    /// Counts an append, unless there is no room for all of it on its day.
    pub(crate) async fn take_shared(
        self,
        append: &Append,
        limits: &SharedLimits,
    ) -> Result<TakenShared, NotShared> {
        let amount = Amount::of(append);
        let take = async |unit, amount, most: Option<u64>| {
            let most = most.unwrap_or(UNLIMITED);
            let id = unit_id(unit, &append.client);
            let limit = limits.limit(&id, Rule::quota(most, Period::Day));
            match limits.take(&limit, amount).await {
                Ok(taken) => Ok((limit, taken, amount)),
                Err(error) => Err(refusal(error, unit, most, append)),
            }
        };
        let entries = take(IngestUnit::Entries, amount.entries, self.entries).await?;
        match take(IngestUnit::Bytes, amount.bytes, self.bytes).await {
            Ok(bytes) => Ok(TakenShared([entries, bytes])),
            Err(error) => {
                let (limit, taken, amount) = entries;
                limit.give_back(taken, amount);
                Err(error)
            }
        }
    }
}

impl TakenShared {
    pub(super) fn give_back(self) {
        for (limit, taken, amount) in self.0 {
            limit.give_back(taken, amount);
        }
    }
}

fn unit_id(unit: IngestUnit, client: &ClientId) -> LimitId {
    match unit {
        IngestUnit::Entries => LimitId::entries_per_day(client),
        IngestUnit::Bytes => LimitId::bytes_per_day(client),
    }
}

fn refusal(error: NotTaken, unit: IngestUnit, limit: u64, append: &Append) -> NotShared {
    match error {
        NotTaken::Reached {
            remaining, wait, ..
        } => NotShared::Reached(QuotaReached {
            unit,
            limit,
            used: limit.saturating_sub(remaining),
            until: midnight_after(append.received_at),
            wait: Duration::try_from(wait).unwrap_or(Duration::DAY),
        }),
        NotTaken::Unavailable(LimitStoreError::Unavailable(error)) => {
            NotShared::Store(LogStoreError::Unavailable(error.into()))
        }
        error => NotShared::Store(LogStoreError::Failed(Arc::new(error))),
    }
}
