use crate::{Allowances, Limit, gcra::Gcra, request_quotas::RequestQuotas};
use central_logger_key_store::{KeyRecord, RateLimit, quota::QuotaDimension};
use central_logger_keys::KeyId;
use central_logger_times::Clock;
use quick_cache::sync::Cache;
use std::{fmt, sync::Arc};
use time::OffsetDateTime;

/// The limits that good keys are under: the rate of each, and the quotas of their clients.
pub(crate) struct Limits {
    /// By key, whose rate never changes.
    rates: Cache<KeyId, Arc<Gcra>>,
    quotas: RequestQuotas,
}

/// How much is remembered for the limits.
///
/// # Examples
///
/// ```
/// # use central_logger_auth::Authenticator;
/// # use central_logger_key_store::MemoryKeys;
/// # use std::sync::Arc;
/// let authenticator = Authenticator::new(Arc::new(MemoryKeys::new()));
/// let status = authenticator.limits_status(); // nobody has come yet
/// assert_eq!((status.keys, status.clients, status.addresses), (0, 0, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitsStatus {
    /// Keys with a rate.
    pub keys: usize,
    /// Clients with a quota of requests.
    pub clients: usize,
    /// Addresses that have failed.
    pub addresses: usize,
}

/// Beyond, the keys that are used least begin anew with a whole burst.
const KEYS: usize = 65_536;

impl Limits {
    pub(crate) fn new() -> Self {
        Self {
            rates: Cache::new(KEYS),
            quotas: RequestQuotas::default(),
        }
    }

    /// Lets a request through, and tells what is left; or not, when a limit is reached, which comes
    /// last then.
    pub(crate) fn take(
        &self,
        record: &KeyRecord,
        now: OffsetDateTime,
        clock: &Arc<dyn Clock>,
    ) -> Result<Allowances, Allowances> {
        let mut left = Allowances::default();
        if let Some(rate) = record.rate_limit {
            match self.rate(&record.id, rate, clock).take() {
                Ok(allowance) => left.add(allowance),
                Err((reached, _)) => return Err(reached.into()),
            }
        }
        let (client, quota) = (&record.client_id, &record.quota);
        let is_limited = [
            QuotaDimension::RequestsPerDay,
            QuotaDimension::RequestsPerMonth,
        ]
        .iter()
        .any(|dimension| quota.limit(*dimension).is_some());
        if !is_limited {
            return Ok(left);
        }
        match self.quotas.take(client, quota, now, |each| left.add(each)) {
            Ok(()) => Ok(left),
            Err(()) => Err(left),
        }
    }

    /// How many keys have a rate that is remembered, and how many clients a quota.
    pub(crate) fn len(&self) -> (usize, usize) {
        (self.rates.len(), self.quotas.len())
    }

    fn rate(&self, id: &KeyId, rate: RateLimit, clock: &Arc<dyn Clock>) -> Arc<Gcra> {
        let made = || {
            let (requests, period, burst) = (rate.requests(), rate.period(), rate.burst());
            let clock = Arc::clone(clock);
            let limit = Gcra::new(Limit::Rate, requests, period, burst, clock);
            Ok::<_, std::convert::Infallible>(Arc::new(limit))
        };
        let Ok(limit) = self.rates.get_or_insert_with(id, made);
        limit
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("rates", &self.rates.len())
            .finish_non_exhaustive()
    }
}
