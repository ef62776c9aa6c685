//! The limits of a key that all servers share.

use crate::{
    Allowance, Allowances, Limit, Refusal,
    gcra::seconds,
    request_quotas::{self, Period},
};
use central_logger_key_store::{KeyRecord, KeyStoreError, RateLimit, quota::QuotaDimension};
use central_logger_keys::KeyId;
use central_logger_limits::{
    LimitId, LimitStoreError, NotTaken, Period as QuotaPeriod, RateRule, Rule, SharedLimit,
    SharedLimits, Taken,
};
use std::{num::NonZeroU32, sync::Arc, time::Duration};
use time::OffsetDateTime;

/// All limits that a request with the key is counted under, in the order in which they are judged.
pub(crate) struct KeyLimits(Vec<Counted>);

struct Counted {
    limit: Arc<SharedLimit>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Rate(RateLimit),
    Day(NonZeroU32),
    Month(NonZeroU32),
}

/// From the limits of a key beyond these nothing is given back when a later one is reached.
const GIVEN_BACK: usize = 12;

impl KeyLimits {
    /// Finds them in `shared`.
    pub(crate) fn of(record: &KeyRecord, shared: &SharedLimits) -> Self {
        let rates = rates(record).map(|(id, rate)| Counted {
            limit: shared.limit(&LimitId::rate(id), rule(rate)),
            kind: Kind::Rate(rate),
        });
        let Some(client) = record.client() else {
            return Self(rates.collect());
        };
        let quota = |dimension, id: LimitId, period, kind: fn(NonZeroU32) -> Kind| {
            let most = record.quota.limit(dimension)?;
            Some(Counted {
                limit: shared.limit(&id, Rule::quota(most.get(), period)),
                kind: kind(request_quotas::requests(most)),
            })
        };
        let day = quota(
            QuotaDimension::RequestsPerDay,
            LimitId::requests_per_day(client),
            QuotaPeriod::Day,
            Kind::Day,
        );
        let month = quota(
            QuotaDimension::RequestsPerMonth,
            LimitId::requests_per_month(client),
            QuotaPeriod::Month,
            Kind::Month,
        );
        Self(rates.chain(day).chain(month).collect())
    }

    /// Lets a request through, and tells what is left; or not, when a limit is reached, which comes
    /// last then, or the store is needed and does not answer.
    pub(crate) async fn take(
        &self,
        shared: &SharedLimits,
        now: OffsetDateTime,
    ) -> Result<Allowances, Refusal> {
        let mut left = Allowances::default();
        let mut before = [None::<Taken>; GIVEN_BACK];
        for (place, Counted { limit, kind }) in self.0.iter().enumerate() {
            match shared.take(limit, 1).await {
                Ok(taken) => {
                    left.add(kind.allowance(now, taken.remaining));
                    if let Some(before) = before.get_mut(place) {
                        *before = Some(taken);
                    }
                }
                Err(error) => {
                    for (Counted { limit, .. }, taken) in self.0.iter().zip(before) {
                        if let Some(taken) = taken {
                            limit.give_back(taken, 1);
                        }
                    }
                    return Err(match error {
                        NotTaken::Reached { wait, .. } => {
                            left.add(kind.reached(now, wait));
                            Refusal::Limited(left)
                        }
                        NotTaken::Unavailable(error) => unavailable(error).into(),
                        error => KeyStoreError::Failed(Box::new(error)).into(),
                    });
                }
            }
        }
        Ok(left)
    }
}

/// The rates that each request with a key counts in: its own, and those that it shares.
pub(crate) fn rates(record: &KeyRecord) -> impl Iterator<Item = (&KeyId, RateLimit)> {
    let own = record.rate_limit.map(|rate| (&record.id, rate));
    let shared = record.shared_rates.iter();
    own.into_iter()
        .chain(shared.map(|bucket| (&bucket.id, bucket.rate)))
}

impl Kind {
    /// What is told of the limit when so much is left.
    fn allowance(self, now: OffsetDateTime, remaining: u64) -> Allowance {
        let remaining = u32::try_from(remaining).unwrap_or(u32::MAX);
        match self {
            Self::Rate(rate) => {
                let (burst, requests) = (rate.burst().get(), rate.requests().get());
                let remaining = remaining.min(burst);
                let until_full = rate.period() / requests * (burst - remaining);
                of_rate(rate, remaining, until_full)
            }
            Self::Day(most) => of_quota(Period::day(now), most, Some(remaining)),
            Self::Month(most) => of_quota(Period::month(now), most, Some(remaining)),
        }
    }

    /// What is told of the limit when it is reached.
    fn reached(self, now: OffsetDateTime, wait: Duration) -> Allowance {
        match self {
            Self::Rate(rate) => of_rate(rate, 0, wait),
            Self::Day(most) => of_quota(Period::day(now), most, None),
            Self::Month(most) => of_quota(Period::month(now), most, None),
        }
    }
}

fn of_rate(rate: RateLimit, remaining: u32, reset: Duration) -> Allowance {
    Allowance {
        limit: Limit::Rate,
        quota: rate.requests().get(),
        window: seconds(rate.period()),
        remaining,
        reset: seconds(reset),
    }
}

fn of_quota(period: Period, most: NonZeroU32, remaining: Option<u32>) -> Allowance {
    let counted = remaining.map(|remaining| most.get().saturating_sub(remaining));
    period.allowance(most, counted.ok_or(()))
}

fn rule(rate: RateLimit) -> Rule {
    Rule::Rate(RateRule {
        requests: rate.requests(),
        period: rate.period(),
        burst: rate.burst(),
    })
}

fn unavailable(error: LimitStoreError) -> KeyStoreError {
    match error {
        LimitStoreError::Unavailable(error) => KeyStoreError::Unavailable(error),
        error => KeyStoreError::Failed(Box::new(error)),
    }
}
