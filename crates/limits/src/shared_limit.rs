//! A limit as a server holds it, and what is taken from it.

mod trade;

pub(crate) use trade::Purpose;

use crate::{
    LimitId, LimitStoreError, NotTaken, RateRule, Rule, Taken, bucket::Bucket, demand::Demand,
    exchange::Stake,
};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// The share of a limit that this server holds.
///
/// # Examples
///
/// ```
/// use central_logger_limits::{LimitId, MemoryLimits, Period, Rule, SharedLimits};
/// use central_logger_times::SystemClock;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let clock = Arc::new(SystemClock);
/// let limits = SharedLimits::new(Arc::new(MemoryLimits::new(clock.clone())), clock);
/// let id = LimitId::entries_per_day(&"acme_corp".parse()?);
/// let limit = limits.limit(&id, Rule::quota(10, Period::Day));
/// let taken = limits.take(&limit, 7).await?;
/// assert_eq!(taken.remaining, 3);
/// limit.give_back(taken, 7);
/// assert!(limits.take(&limit, 10).await.is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SharedLimit {
    id: LimitId,
    rule: Rule,
    /// Who this is for the store.
    part: u64,
    /// Units that may be used; of a rate, those that requests have waited for.
    units: AtomicU64,
    bucket: Bucket,
    valid_until: AtomicU64,
    /// Counts the periods of a quota, so that nothing is given back into another.
    epoch: AtomicU64,
    asked: AtomicU64,
    /// The units that requests wait for.
    waiting: AtomicU64,
    /// What nobody held, as the store said last.
    left: AtomicU64,
    /// Whether it is renewed.
    is_renewed: AtomicBool,
    /// Whether another takes its place.
    is_retired: AtomicBool,
    state: Mutex<State>,
    /// One asks the store at a time.
    asking: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug)]
struct State {
    turn: u64,
    period: i32,
    target: Stake,
    demand: Demand,
    pause: Option<Pause>,
    /// What an earlier share of the same quota has left.
    inherited: u64,
}

/// The time during which the store is not asked again.
#[derive(Debug, Clone, Copy)]
struct Pause {
    until: u64,
    /// The time to wait, as the store said; nothing if it did not answer.
    wait: Option<Duration>,
}

impl SharedLimit {
    pub(crate) fn new(id: LimitId, rule: Rule, part: u64, now: u64) -> Self {
        let period = match &rule {
            Rule::Rate(rate) => nanoseconds(rate.period),
            Rule::Quota(_) => 1,
        };
        Self {
            id,
            rule,
            part,
            units: AtomicU64::new(0),
            bucket: Bucket::new(period),
            valid_until: AtomicU64::new(0),
            epoch: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
            left: AtomicU64::new(0),
            is_renewed: AtomicBool::new(false),
            is_retired: AtomicBool::new(false),
            state: Mutex::new(State {
                turn: 0,
                period: 0,
                target: Stake::default(),
                demand: Demand::new(now),
                pause: None,
                inherited: 0,
            }),
            asking: Arc::default(),
        }
    }

    /// Returns what the limit allows.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Returns the name of the limit.
    pub fn id(&self) -> &LimitId {
        &self.id
    }

    /// Gives back what was taken and not used.
    pub fn give_back(&self, taken: Taken, amount: u64) {
        // If the period is over, there is nothing to give back.
        if taken.epoch == self.epoch.load(Ordering::Acquire) {
            self.units.fetch_add(amount, Ordering::AcqRel);
        }
    }

    pub(crate) fn note_demand(&self, amount: u64) {
        self.asked.fetch_add(amount, Ordering::Relaxed);
    }

    /// Takes from what is held, without a lock.
    pub(crate) fn take_held(&self, amount: u64, now: u64) -> Option<Taken> {
        if now >= self.valid_until.load(Ordering::Acquire) {
            return None;
        }
        let epoch = self.epoch.load(Ordering::Acquire);
        let left = self.left.load(Ordering::Relaxed);
        let order = Ordering::AcqRel;
        if self.units.load(Ordering::Acquire) >= amount
            && let Ok(before) = self
                .units
                .fetch_update(order, Ordering::Acquire, |held| held.checked_sub(amount))
        {
            let remaining = before - amount + left;
            return Some(Taken { remaining, epoch });
        }
        match self.rule {
            Rule::Rate(_) if amount == 1 => {
                let remaining = self.bucket.take(now)? + left;
                Some(Taken { remaining, epoch })
            }
            _ => None,
        }
    }

    /// Why the store need not be asked for an amount.
    pub(crate) fn refusal(&self, amount: u64, now: u64) -> Option<NotTaken> {
        if self.holds_all() && now < self.valid_until.load(Ordering::Acquire) {
            let wait = self.rate().map_or(Duration::ZERO, |rate| each(&rate));
            return Some(NotTaken::Reached { remaining: 0, wait });
        }
        let pause = self.lock().pause.filter(|pause| now < pause.until)?;
        let remaining = self.left.load(Ordering::Relaxed);
        match pause.wait {
            None => {
                let reason = "it did not answer a moment ago".into();
                Some(LimitStoreError::Unavailable(reason).into())
            }
            Some(_) if amount <= remaining => None,
            Some(wait) => Some(NotTaken::Reached { remaining, wait }),
        }
    }

    /// Why the store's last answer did not suffice.
    pub(crate) fn refusal_now(&self, now: u64) -> NotTaken {
        let pause = self.lock().pause.filter(|pause| now < pause.until);
        NotTaken::Reached {
            remaining: self.left.load(Ordering::Relaxed),
            wait: pause.and_then(|pause| pause.wait).unwrap_or_default(),
        }
    }

    /// Whether no other server can have anything of it.
    fn holds_all(&self) -> bool {
        let all = self.rate().map(|rate| Stake {
            flow: rate.requests.get(),
            room: rate.burst.get(),
        });
        all == Some(self.bucket.stake())
    }

    /// The turn to ask the store.
    pub(crate) fn asking(&self) -> Arc<tokio::sync::Mutex<()>> {
        Arc::clone(&self.asking)
    }

    fn rate(&self) -> Option<RateRule> {
        match self.rule {
            Rule::Rate(rate) => Some(rate),
            Rule::Quota(_) => None,
        }
    }

    pub(crate) fn wait_for(&self, amount: u64) {
        self.waiting.fetch_add(amount, Ordering::AcqRel);
    }

    pub(crate) fn wait_no_more(&self, amount: u64) {
        self.waiting.fetch_sub(amount, Ordering::AcqRel);
    }

    pub(crate) fn part(&self) -> u64 {
        self.part
    }

    /// Takes note that it is renewed, or is not any more. Returns whether it was.
    pub(crate) fn set_renewed(&self, is_renewed: bool) -> bool {
        self.is_renewed.swap(is_renewed, Ordering::AcqRel)
    }

    pub(crate) fn is_renewed(&self) -> bool {
        self.is_renewed.load(Ordering::Acquire)
    }

    /// Lets `next` take its place, and gives it what is left of the same quota.
    pub(crate) fn retire_for(&self, next: &Self, now: u64) {
        self.is_retired.store(true, Ordering::Release);
        if let (Rule::Quota(own), Rule::Quota(other)) = (self.rule, next.rule)
            && own.period == other.period
            && now < self.valid_until.load(Ordering::Acquire)
        {
            let mut state = next.lock();
            state.period = self.lock().period;
            state.inherited = self.units.swap(0, Ordering::AcqRel);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time from one request to the next.
fn each(rate: &RateRule) -> Duration {
    rate.period / rate.requests.get()
}

/// Enough for 500 years.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
