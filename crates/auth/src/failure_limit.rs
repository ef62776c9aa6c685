use crate::{Allowance, Limit, gcra::Gcra};
use central_logger_key_store::Clock;
use quick_cache::sync::Cache;
use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
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
    /// Nanoseconds of the clock's `elapsed`.
    exhausted_until: AtomicU64,
}

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
    pub(crate) fn count(&self, from: IpAddr, clock: &Arc<dyn Clock>) -> Result<(), Allowance> {
        let network = network(from);
        let made = || Ok::<_, std::convert::Infallible>(Arc::new(Failures::new(clock)));
        let Ok(failures) = self.0.get_or_insert_with(&network, made);
        failures.limit.take().map(drop).map_err(|(reached, wait)| {
            let until = nanoseconds(clock.elapsed() + wait);
            failures.exhausted_until.store(until, Ordering::Relaxed);
            reached
        })
    }

    /// The limit, if one more failure would be too many, for work that is too dear to be wasted.
    pub(crate) fn check(&self, from: IpAddr, clock: &dyn Clock) -> Result<(), Allowance> {
        let Some(failures) = self.0.get(&network(from)) else {
            return Ok(());
        };
        let until = failures.exhausted_until.load(Ordering::Relaxed);
        match until.checked_sub(nanoseconds(clock.elapsed())) {
            None | Some(0) => Ok(()),
            Some(left) => Err(failures.limit.allowance(0, Duration::from_nanos(left))),
        }
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
            exhausted_until: AtomicU64::new(0),
        }
    }
}

/// The /64 of an address of IPv6, and an address of IPv4 as itself.
fn network(address: IpAddr) -> Ipv6Addr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)),
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl fmt::Debug for FailureLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FailureLimit")
            .field("addresses", &self.len())
            .finish()
    }
}
