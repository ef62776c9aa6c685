use crate::{
    LimitId, LimitStore, LimitStoreError, NotTaken, Rule, SharedLimit, Taken,
    exchange::{Exchange, Granted},
    registry::Registry,
    shared_limit::{Purpose, nanoseconds},
};
use central_logger_times::Clock;
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{OwnedMutexGuard, oneshot},
    time::{MissedTickBehavior, interval, timeout},
};

/// The shares of limits that this server holds, and the store from which it has them.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{LimitId, LimitStore, Period, Rule, SharedLimits};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// async fn is_within_quota(limits: &SharedLimits, client: &str) -> bool {
///     let Ok(client) = client.parse() else { return false };
///     let limit = limits.limit(&LimitId::requests_per_day(&client), Rule::quota(1000, Period::Day));
///     limits.take(&limit, 1).await.is_ok()
/// }
/// # use central_logger_limits::MemoryLimits;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let store = Arc::new(MemoryLimits::new(Arc::new(SystemClock)));
/// let limits = SharedLimits::new(store, Arc::new(SystemClock));
/// assert!(is_within_quota(&limits, "acme_corp").await);
/// limits.stop().await;
/// # }
/// ```
#[derive(Clone)]
pub struct SharedLimits(Arc<Inner>);

struct Inner {
    store: Arc<dyn LimitStore>,
    clock: Arc<dyn Clock>,
    lease: Duration,
    registry: Registry,
    next_part: AtomicU64,
    exchanges: AtomicU64,
}

/// What is held at the moment.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{MemoryLimits, SharedLimits};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// let store = Arc::new(MemoryLimits::new(Arc::new(SystemClock)));
/// let status = SharedLimits::new(store, Arc::new(SystemClock)).status();
/// assert_eq!((status.rates, status.quotas, status.exchanges), (0, 0, 0));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SharedLimitsStatus {
    /// Rates of which a share is held.
    pub rates: usize,
    /// Quotas of which a share is held.
    pub quotas: usize,
    /// How many times the store was asked about a limit so far.
    pub exchanges: u64,
}

/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many limits the store is asked about at once.
const AT_ONCE: usize = 500;

impl SharedLimits {
    /// How long a share of a rate lasts unless told otherwise.
    pub const DEFAULT_LEASE: Duration = Duration::from_secs(2);

    /// Begins with no shares.
    pub fn new(store: Arc<dyn LimitStore>, clock: Arc<dyn Clock>) -> Self {
        Self::with_lease(store, clock, Self::DEFAULT_LEASE)
    }

    /// As [`new`](Self::new), with shares of rates that last as long as `lease` unless they are renewed.
    pub fn with_lease(store: Arc<dyn LimitStore>, clock: Arc<dyn Clock>, lease: Duration) -> Self {
        Self(Arc::new(Inner {
            store,
            clock,
            lease,
            registry: Registry::default(),
            // Of the numbers that there are, no two servers come near each other.
            next_part: AtomicU64::new(fastrand::u64(..)),
            exchanges: AtomicU64::new(0),
        }))
    }

    /// Returns the share of a limit, which may be empty. A limit whose rule has changed gets another.
    pub fn limit(&self, id: &LimitId, rule: Rule) -> Arc<SharedLimit> {
        let now = self.now();
        self.0.registry.limit(id, rule, |former| {
            let part = self.0.next_part.fetch_add(1, Ordering::Relaxed);
            let made = SharedLimit::new(id.clone(), rule, part, now);
            if let Some(former) = former {
                former.retire_for(&made, now);
            }
            made
        })
    }

    /// Takes an amount from what is held, or else from the store.
    ///
    /// # Errors
    /// When the limit is reached, or nothing is held here and the store does not answer.
    pub async fn take(&self, limit: &Arc<SharedLimit>, amount: u64) -> Result<Taken, NotTaken> {
        limit.note_demand(amount);
        let now = self.now();
        if let Some(taken) = limit.take_held(amount, now) {
            return Ok(taken);
        }
        match limit.refusal(amount, now) {
            Some(refused) => Err(refused),
            None => self.ask(limit, amount).await,
        }
    }

    /// Asks the store, together with all who wait for the same. That goes on when the request is gone.
    async fn ask(&self, limit: &Arc<SharedLimit>, amount: u64) -> Result<Taken, NotTaken> {
        let (answer, answered) = oneshot::channel();
        let (limits, limit) = (self.clone(), Arc::clone(limit));
        limit.wait_for(amount);
        tokio::spawn(async move {
            let turn = limit.asking().lock_owned().await;
            let taken = limits.take_in_turn(&limit, amount, turn).await;
            limit.wait_no_more(amount);
            if let Err(Ok(taken)) = answer.send(taken) {
                limit.give_back(taken, amount);
            }
        });
        let interrupted = |_| LimitStoreError::Unavailable("interrupted".into()).into();
        answered
            .await
            .unwrap_or_else(|error| Err(interrupted(error)))
    }

    async fn take_in_turn(
        &self,
        limit: &Arc<SharedLimit>,
        amount: u64,
        turn: OwnedMutexGuard<()>,
    ) -> Result<Taken, NotTaken> {
        let began = self.now();
        // Somebody else may have asked for this one too.
        if let Some(taken) = limit.take_held(amount, began) {
            return Ok(taken);
        }
        if let Some(refused) = limit.refusal(amount, began) {
            return Err(refused);
        }
        self.0.registry.renew(limit);
        let lease = self.0.lease;
        let asked = limit.exchange(Purpose::Need(amount), began, lease);
        let asked = asked.into_iter().collect::<Vec<_>>();
        let granted = self.exchange(&asked).await;
        let now = self.now();
        let taken = match granted {
            Ok(granted) => {
                let each = asked.iter().zip(&granted).next();
                each.and_then(|(asked, granted)| limit.apply(asked, granted, (began, now), lease))
            }
            Err(error) => {
                limit.apply_failure(now, &error);
                return Err(error.into());
            }
        };
        drop(turn);
        match taken.or_else(|| limit.take_held(amount, now)) {
            Some(taken) => Ok(taken),
            None => Err(limit.refusal_now(now)),
        }
    }

    /// Renews all shares, as large as the demand, and returns what is not needed.
    pub async fn renew(&self) {
        self.trade(self.0.registry.renewed(), Purpose::Renew).await;
        let renewed = self.0.registry.renewed();
        let too_much = renewed.into_iter().filter(|limit| limit.holds_too_much());
        self.trade(too_much.collect(), Purpose::Renew).await;
    }

    /// Renews without end, four times in the length of a lease.
    ///
    /// This must run on a runtime with time enabled.
    pub async fn run(&self) {
        let mut ticks = interval(self.0.lease / 4);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.renew().await;
        }
    }

    /// Returns all shares, when the last request was answered.
    pub async fn stop(&self) {
        self.trade(self.0.registry.renewed(), Purpose::Return).await;
    }

    async fn trade(&self, limits: Vec<Arc<SharedLimit>>, purpose: Purpose) {
        let (mut asking, mut asked) = (Vec::new(), Vec::new());
        for limit in limits {
            // An exchange under way renews it as well.
            let turn = match purpose {
                Purpose::Return => limit.asking().lock_owned().await,
                _ => match limit.asking().try_lock_owned() {
                    Ok(turn) => turn,
                    Err(_) => continue,
                },
            };
            let began = self.now();
            match limit.exchange(purpose, began, self.0.lease) {
                Some(exchange) => {
                    asked.push(exchange);
                    asking.push((limit, began, turn));
                }
                None if limit.is_idle() => self.0.registry.release(&limit),
                None => {}
            }
        }
        for (asking, asked) in asking.chunks(AT_ONCE).zip(asked.chunks(AT_ONCE)) {
            let granted = self.exchange(asked).await;
            let now = self.now();
            for (place, (limit, began, _)) in asking.iter().enumerate() {
                match &granted {
                    Ok(granted) => {
                        let (asked, granted) = (&asked[place], &granted[place]);
                        limit.apply(asked, granted, (*began, now), self.0.lease);
                    }
                    Err(error) => limit.apply_failure(now, error),
                }
            }
        }
    }

    async fn exchange(&self, asked: &[Exchange]) -> Result<Vec<Granted>, LimitStoreError> {
        let exchanges = asked.len() as u64;
        self.0.exchanges.fetch_add(exchanges, Ordering::Relaxed);
        let granted = timeout(PATIENCE, self.0.store.exchange(asked)).await;
        let late = |_| LimitStoreError::Unavailable("no answer in time".into());
        granted.unwrap_or_else(|elapsed| Err(late(elapsed)))
    }

    /// Forgets limits that were not used for so long that nothing of them matters.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn purge(&self, now: time::OffsetDateTime) -> Result<(), LimitStoreError> {
        self.0.store.purge(now - UNUSED).await
    }

    /// Returns what is held at the moment.
    pub fn status(&self) -> SharedLimitsStatus {
        let renewed = self.0.registry.renewed();
        let is_rate = |limit: &&Arc<SharedLimit>| matches!(limit.rule(), Rule::Rate(_));
        let rates = renewed.iter().filter(is_rate).count();
        SharedLimitsStatus {
            rates,
            quotas: renewed.len() - rates,
            exchanges: self.0.exchanges.load(Ordering::Relaxed),
        }
    }

    fn now(&self) -> u64 {
        nanoseconds(self.0.clock.elapsed())
    }
}

/// Longer than any period.
const UNUSED: time::Duration = time::Duration::days(40);

impl fmt::Debug for SharedLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedLimits").field(&self.status()).finish()
    }
}
