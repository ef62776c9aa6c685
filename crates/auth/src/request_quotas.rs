use crate::{Allowance, Limit};
use central_logger_key_store::quota::{Quota, QuotaDimension};
use central_logger_keys::ClientId;
use std::{
    collections::HashMap,
    num::{NonZeroU32, NonZeroU64},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};
use time::{OffsetDateTime, Time, util::days_in_month};

/// What clients with a quota have used of it. There are as many of them as the provider has given
/// quotas to, so all are kept.
#[derive(Debug, Default)]
pub(crate) struct RequestQuotas(RwLock<HashMap<ClientId, Arc<Used>>>);

#[derive(Debug, Default)]
struct Used {
    day: Window,
    month: Window,
}

/// A count that begins anew with each period: the number of the period in the upper half, the
/// requests in it in the lower.
#[derive(Debug, Default)]
struct Window(AtomicU64);

impl RequestQuotas {
    /// Counts a request of a client, and says what is left of each quota; or counts nothing, when
    /// one is used up: that one comes last then.
    pub(crate) fn take(
        &self,
        client: &ClientId,
        quota: &Quota,
        now: OffsetDateTime,
        mut tell: impl FnMut(Allowance),
    ) -> Result<(), ()> {
        let used = self.of(client);
        let limit = |dimension| quota.limit(dimension).map(requests);
        let day = limit(QuotaDimension::RequestsPerDay).map(|limit| (limit, Period::day(now)));
        let month =
            limit(QuotaDimension::RequestsPerMonth).map(|limit| (limit, Period::month(now)));
        if let Some((limit, period)) = &day {
            let taken = used.day.take(*limit, period);
            tell(period.allowance(*limit, taken));
            taken.map_err(drop)?;
        }
        if let Some((limit, period)) = &month {
            let taken = used.month.take(*limit, period);
            tell(period.allowance(*limit, taken));
            if taken.is_err() {
                if let Some((_, period)) = &day {
                    used.day.give_back(period);
                }
                return Err(());
            }
        }
        Ok(())
    }

    /// How many clients there are.
    pub(crate) fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn of(&self, client: &ClientId) -> Arc<Used> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(used) = known.get(client) {
            return Arc::clone(used);
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(client.clone()).or_default())
    }
}

/// More requests than a window counts are as good as any number.
pub(crate) fn requests(limit: NonZeroU64) -> NonZeroU32 {
    limit.try_into().unwrap_or(NonZeroU32::MAX)
}

pub(crate) struct Period {
    limit: Limit,
    number: u32,
    /// Seconds.
    length: u32,
    left: u32,
}

const DAY: u32 = 86_400;

impl Period {
    pub(crate) fn day(now: OffsetDateTime) -> Self {
        Self {
            limit: Limit::Day,
            number: now.date().to_julian_day().unsigned_abs(),
            length: DAY,
            left: DAY - second_of_day(now),
        }
    }

    pub(crate) fn month(now: OffsetDateTime) -> Self {
        let days = u32::from(days_in_month(now.month(), now.year()));
        Self {
            limit: Limit::Month,
            number: now.year().unsigned_abs() * 12 + u32::from(u8::from(now.month())),
            length: days * DAY,
            left: (days + 1 - u32::from(now.day())) * DAY - second_of_day(now),
        }
    }

    /// What is left when so many were counted, or when no more may be.
    pub(crate) fn allowance(&self, limit: NonZeroU32, counted: Result<u32, ()>) -> Allowance {
        Allowance {
            limit: self.limit,
            quota: limit.get(),
            window: self.length,
            remaining: counted.map_or(0, |counted| limit.get() - counted),
            reset: self.left,
        }
    }
}

fn second_of_day(now: OffsetDateTime) -> u32 {
    let since_midnight = now.time() - Time::MIDNIGHT;
    u32::try_from(since_midnight.whole_seconds()).unwrap_or(0)
}

impl Window {
    /// Counts one more, up to `limit`, and says how many there are.
    fn take(&self, limit: NonZeroU32, period: &Period) -> Result<u32, ()> {
        let update = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                let counted = counted_in(held, period);
                (counted < limit.get()).then(|| pack(period, counted + 1))
            });
        update
            .map(|before| counted_in(before, period) + 1)
            .map_err(drop)
    }

    fn give_back(&self, period: &Period) {
        // If the period is over, there is nothing to give back.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |held| {
                let counted = counted_in(held, period).checked_sub(1)?;
                Some(pack(period, counted))
            });
    }
}

fn pack(period: &Period, counted: u32) -> u64 {
    u64::from(period.number) << 32 | u64::from(counted)
}

fn counted_in(held: u64, period: &Period) -> u32 {
    match (held >> 32) as u32 == period.number {
        true => held as u32,
        false => 0,
    }
}
