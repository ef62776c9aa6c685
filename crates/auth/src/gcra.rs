use crate::{Allowance, Limit};
use central_logger_times::Clock;
use governor::{
    Quota, RateLimiter,
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use std::{fmt, num::NonZeroU32, sync::Arc, time::Duration};

/// A limit that lets requests through evenly, and a burst of them after a pause: the generic cell
/// rate algorithm of ATM (ITU-T I.371). Its whole state is one atomic number.
pub(crate) struct Gcra {
    limiter: RateLimiter<NotKeyed, InMemoryState, Elapsed, StateInformationMiddleware>,
    limit: Limit,
    requests: u32,
    period: Duration,
    burst: u32,
}

/// A clock that is never set back.
#[derive(Debug, Clone)]
struct Elapsed(Arc<dyn Clock>);

impl governor::clock::Clock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Gcra {
    /// Lets `requests` through in each `period`, and `burst` of them at once.
    pub(crate) fn new(
        limit: Limit,
        requests: NonZeroU32,
        period: Duration,
        burst: NonZeroU32,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let clock = Elapsed(clock);
        // No period that there is can be divided down to nothing.
        let each = (period / requests.get()).max(Duration::from_nanos(1));
        let quota = Quota::with_period(each).unwrap_or(Quota::per_second(requests));
        Self {
            limiter: RateLimiter::direct_with_clock(quota.allow_burst(burst), clock)
                .with_middleware(),
            limit,
            requests: requests.get(),
            period,
            burst: burst.get(),
        }
    }

    /// Lets one request through, or none, and how long to wait then.
    pub(crate) fn take(&self) -> Result<Allowance, (Allowance, Duration)> {
        match self.limiter.check() {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let until_full = self.period / self.requests * self.burst.saturating_sub(remaining);
                Ok(self.allowance(remaining, until_full))
            }
            Err(until) => {
                let wait = until.wait_time_from(self.limiter.clock().0.elapsed());
                Err((self.allowance(0, wait), wait))
            }
        }
    }

    /// What is told of the limit.
    fn allowance(&self, remaining: u32, reset: Duration) -> Allowance {
        Allowance {
            limit: self.limit,
            quota: self.requests,
            window: seconds(self.period),
            remaining,
            reset: seconds(reset),
        }
    }
}

/// Whole seconds, one at least: who waits that long does not come too early.
pub(crate) fn seconds(duration: Duration) -> u32 {
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    u32::try_from(whole.max(1)).unwrap_or(u32::MAX)
}

impl fmt::Debug for Gcra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gcra")
            .field("requests", &self.requests)
            .field("period", &self.period)
            .finish_non_exhaustive()
    }
}
