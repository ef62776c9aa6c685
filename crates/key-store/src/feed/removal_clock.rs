use crate::feed::lease::StoreTime;
use central_logger_health::Conditions;
use central_logger_times::Clock;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use time::OffsetDateTime;

/// The time by which what is kept for a term is removed: the store's, as of the last lease, and what has
/// gone by since. It stands in for no clock that somebody may set, and shows nothing while the clocks
/// cannot be relied on.
///
/// # Examples
///
/// ```
/// use central_logger_health::Conditions;
/// use central_logger_key_store::{RemovalClock, feed::StoreTime};
/// use central_logger_times::{Clock, SystemClock};
/// use std::sync::Arc;
///
/// let (clock, conditions) = (Arc::new(SystemClock), Conditions::default());
/// let removal = RemovalClock::new(clock, conditions.clone());
/// assert_eq!(removal.now(), None, "no store was asked yet");
/// removal.note(StoreTime::Shows(SystemClock.now()));
/// assert!(removal.now().is_some());
/// let yesterday = SystemClock.now() - time::Duration::DAY;
/// removal.note(StoreTime::Shows(yesterday));
/// assert_eq!(removal.now(), None, "one of the two clocks is wrong");
/// assert_eq!(conditions.reasons().len(), 1);
/// ```
#[derive(Clone)]
pub struct RemovalClock {
    clock: Arc<dyn Clock>,
    conditions: Conditions,
    last: Arc<Mutex<Last>>,
}

#[derive(Default)]
struct Last {
    /// What it showed, and how much time had elapsed then.
    seen: Option<(OffsetDateTime, Duration)>,
    has_jumped: bool,
}

const CONDITION: &str = "clock";

impl RemovalClock {
    /// How far the clocks of a program and of its store may be apart.
    pub const TOLERANCE: time::Duration = time::Duration::MINUTE;

    /// Has not seen any store's time yet. While the clocks are too far apart, that is among
    /// `conditions`.
    pub fn new(clock: Arc<dyn Clock>, conditions: Conditions) -> Self {
        Self {
            clock,
            conditions,
            last: Arc::default(),
        }
    }

    /// The time now; nothing while nothing is to be removed.
    pub fn now(&self) -> Option<OffsetDateTime> {
        let (time, at) = self.lock().seen?;
        let since = self.clock.elapsed().saturating_sub(at);
        time.checked_add(since.try_into().ok()?)
    }

    /// Notes what a store said when it took a lease.
    pub fn note(&self, time: StoreTime) {
        let own = self.clock.now();
        let (seen, jumped) = match time {
            StoreTime::OfProgram => (Some(own), None),
            StoreTime::Shows(time) => (self.unless_apart(own, time), None),
            StoreTime::Jumped(by) => (None, Some(by)),
        };
        let mut last = self.lock();
        last.seen = seen.map(|time| (time, self.clock.elapsed()));
        match (
            jumped,
            std::mem::replace(&mut last.has_jumped, jumped.is_some()),
        ) {
            (Some(by), false) => tracing::warn!(
                seconds = by.whole_seconds(),
                "the clock has jumped ahead, so nothing is removed by its age: set it right, or say \
                 that it is with `central-logger-admin doctor --accept-clock`"
            ),
            (None, true) => tracing::info!("the clock is relied on again"),
            _ => {}
        }
    }

    fn unless_apart(&self, own: OffsetDateTime, time: OffsetDateTime) -> Option<OffsetDateTime> {
        let ahead = own - time;
        if ahead.abs() <= Self::TOLERANCE {
            self.conditions.lift(CONDITION);
            return Some(time);
        }
        let reason =
            "The clock of this server and that of its database are more than a minute apart";
        let detail = format!("this server's is ahead by {} s", ahead.whole_seconds());
        self.conditions.hold(CONDITION, reason, detail);
        None
    }

    fn lock(&self) -> MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RemovalClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RemovalClock").field(&self.now()).finish()
    }
}
