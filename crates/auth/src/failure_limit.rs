use crate::{Allowance, Limit, gcra::Gcra};
use central_logger_times::Clock;
use quick_cache::sync::Cache;
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// How often each address may fail. It says nothing about keys that are good.
///
/// Addresses of IPv6 count by their /64, which is what one customer gets. So many addresses are
/// remembered at most that a flood from all over the world stays in some ten megabytes; beyond, those
/// that failed least are forgotten first.
pub(crate) struct FailureLimit(Cache<Ipv6Addr, Arc<Failures>>);

struct Failures {
    limit: Gcra,
    /// What was paid and given back, which pays for the next.
    returned: AtomicU32,
}

/// A failure that was counted before it was one.
pub(crate) struct Payment(Arc<Failures>);

const ADDRESSES: usize = 65_536;
const FAILURES: NonZeroU32 = NonZeroU32::new(300).unwrap();
const PERIOD: Duration = Duration::from_secs(60);

impl FailureLimit {
    pub(crate) fn new() -> Self {
        Self(Cache::new(ADDRESSES))
    }

    /// How many addresses are remembered.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Counts a failure, unless there were too many: then the limit that was reached.
    pub(crate) fn count(&self, from: IpAddr, clock: &Arc<dyn Clock>) -> Result<Payment, Allowance> {
        let network = network(from);
        let made = || Ok::<_, std::convert::Infallible>(Arc::new(Failures::new(clock)));
        let Ok(failures) = self.0.get_or_insert_with(&network, made);
        failures.take()?;
        Ok(Payment(failures))
    }
}

impl Payment {
    /// Gives it back, since it was no failure.
    pub(crate) fn give_back(self) {
        self.0.returned.fetch_add(1, Ordering::Relaxed);
    }
}

impl Failures {
    fn new(clock: &Arc<dyn Clock>) -> Self {
        Self {
            limit: Gcra::new(
                Limit::Failures,
                FAILURES,
                PERIOD,
                FAILURES,
                Arc::clone(clock),
            ),
            returned: AtomicU32::new(0),
        }
    }

    fn take(&self) -> Result<(), Allowance> {
        let one_less = |returned: u32| returned.checked_sub(1);
        let (order, returned) = (Ordering::Relaxed, &self.returned);
        if returned.fetch_update(order, order, one_less).is_ok() {
            return Ok(());
        }
        self.limit.take().map(drop).map_err(|(reached, _)| reached)
    }
}

/// The /64 of an address of IPv6, which is what one customer gets, and an address of IPv4 as itself: what
/// counts as one for limits.
///
/// # Examples
///
/// ```
/// use central_logger_auth::network;
///
/// let one = network("2001:db8::1".parse()?);
/// assert_eq!(one, network("2001:db8::2".parse()?));
/// assert_ne!(one, network("192.0.2.1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn network(address: IpAddr) -> Ipv6Addr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)),
    }
}

impl fmt::Debug for FailureLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailureLimit")
            .field("addresses", &self.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use central_logger_times::ManualClock;
    use time::macros::datetime;

    #[test]
    fn what_is_given_back_was_no_failure_and_what_is_dropped_was_one() {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
        let failures = FailureLimit::new();
        let pay = || failures.count("192.0.2.1".parse().unwrap(), &clock);
        for _ in 0..1000 {
            pay().unwrap().give_back();
        }
        let together: Vec<_> = (0..FAILURES.get()).map(|_| pay().unwrap()).collect();
        assert!(pay().is_err(), "all that may fail are under way");
        together.into_iter().for_each(Payment::give_back);
        for _ in 0..FAILURES.get() {
            drop(pay().unwrap());
        }
        assert!(pay().is_err());
    }
}
