use crate::{
    Allowances, Limit, Refusal,
    cached_key::CachedKey,
    gcra::Gcra,
    key_limits::{KeyLimits, rates},
    request_quotas::RequestQuotas,
};
use central_logger_key_store::{KeyRecord, RateLimit, quota::QuotaDimension};
use central_logger_keys::KeyId;
use central_logger_limits::SharedLimits;
use central_logger_times::Clock;
use quick_cache::sync::Cache;
use std::{fmt, sync::Arc};
use time::OffsetDateTime;

/// The limits that good keys are under: the rate of each, and the quotas of their clients.
pub(crate) struct Limits {
    /// By key, whose rate may be another after a change.
    rates: Cache<(KeyId, RateLimit), Arc<Gcra>>,
    quotas: RequestQuotas,
    /// Where all servers count, if they do.
    shared: Option<SharedLimits>,
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
    /// Quotas of clients.
    pub clients: usize,
    /// Addresses that have failed.
    pub addresses: usize,
    /// How many times the store was asked about a limit that servers share.
    pub exchanges: u64,
}

/// Beyond, the keys that are used least begin anew with a whole burst.
const KEYS: usize = 65_536;

impl Limits {
    pub(crate) fn new(shared: Option<SharedLimits>) -> Self {
        Self {
            rates: Cache::new(KEYS),
            quotas: RequestQuotas::default(),
            shared,
        }
    }

    /// Lets a request through, and tells what is left; or not, when a limit is reached, which comes
    /// last then.
    pub(crate) async fn take(
        &self,
        key: &CachedKey,
        now: OffsetDateTime,
        clock: &Arc<dyn Clock>,
    ) -> Result<Allowances, Refusal> {
        let record = &key.record;
        let has_rate = record.rate_limit.is_some() || !record.shared_rates.is_empty();
        if !has_rate && record.quota.is_unlimited() {
            return Ok(Allowances::default());
        }
        match &self.shared {
            Some(shared) => {
                let limits = key.limits(|| KeyLimits::of(record, shared));
                limits.take(shared, now).await
            }
            None => {
                let taken = self.take_here(record, now, clock);
                taken.map_err(Refusal::Limited)
            }
        }
    }

    /// The same, as counted in this process alone.
    fn take_here(
        &self,
        record: &KeyRecord,
        now: OffsetDateTime,
        clock: &Arc<dyn Clock>,
    ) -> Result<Allowances, Allowances> {
        let mut left = Allowances::default();
        for (id, rate) in rates(record) {
            match self.rate(id, rate, clock).take() {
                Ok(allowance) => left.add(allowance),
                Err((reached, _)) => return Err(reached.into()),
            }
        }
        let quota = &record.quota;
        let is_limited = [
            QuotaDimension::RequestsPerDay,
            QuotaDimension::RequestsPerMonth,
        ]
        .iter()
        .any(|dimension| quota.limit(*dimension).is_some());
        let Some(client) = record.client().filter(|_| is_limited) else {
            return Ok(left);
        };
        match self.quotas.take(client, quota, now, |each| left.add(each)) {
            Ok(()) => Ok(left),
            Err(()) => Err(left),
        }
    }

    /// What is remembered, but of addresses.
    pub(crate) fn status(&self) -> LimitsStatus {
        let shared = self.shared.as_ref().map(SharedLimits::status);
        let shared = shared.unwrap_or_default();
        LimitsStatus {
            keys: self.rates.len() + shared.rates,
            clients: self.quotas.len() + shared.quotas,
            addresses: 0,
            exchanges: shared.exchanges,
        }
    }

    fn rate(&self, id: &KeyId, rate: RateLimit, clock: &Arc<dyn Clock>) -> Arc<Gcra> {
        let made = || {
            let (requests, period, burst) = (rate.requests(), rate.period(), rate.burst());
            let clock = Arc::clone(clock);
            let limit = Gcra::new(Limit::Rate, requests, period, burst, clock);
            Ok::<_, std::convert::Infallible>(Arc::new(limit))
        };
        let Ok(limit) = self.rates.get_or_insert_with(&(id.clone(), rate), made);
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
