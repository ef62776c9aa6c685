use std::fmt;
use time::OffsetDateTime;

/// Where the time comes from, so that tests can set it.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time now, in UTC and whole milliseconds, which every store keeps exactly.
    fn now(&self) -> OffsetDateTime;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc().truncate_to_millisecond()
    }
}

/// A clock that stands still until it is set.
#[cfg(feature = "testing")]
#[derive(Debug)]
pub struct ManualClock(std::sync::Mutex<OffsetDateTime>);

#[cfg(feature = "testing")]
impl ManualClock {
    /// A clock that shows `time`.
    pub fn new(time: OffsetDateTime) -> Self {
        Self(std::sync::Mutex::new(time.truncate_to_millisecond()))
    }

    /// Moves on, or back when `by` is negative.
    pub fn advance(&self, by: time::Duration) {
        *self.lock() += by;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, OffsetDateTime> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(feature = "testing")]
impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        *self.lock()
    }
}
