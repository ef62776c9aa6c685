use std::{fmt, time::Duration};
use time::OffsetDateTime;

/// Where the time comes from, so that tests can set it.
///
/// # Examples
///
/// ```
/// use central_logger_times::{Clock, SystemClock};
/// use std::time::Duration;
///
/// #[derive(Debug)]
/// struct Ahead(SystemClock);
///
/// impl Clock for Ahead {
///     fn now(&self) -> time::OffsetDateTime {
///         self.0.now() + time::Duration::HOUR
///     }
///     fn elapsed(&self) -> Duration {
///         self.0.elapsed()
///     }
/// }
///
/// assert!(Ahead(SystemClock).now() > SystemClock.now());
/// ```
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time now, in UTC and whole milliseconds, which every store keeps exactly.
    fn now(&self) -> OffsetDateTime;

    /// The time since some moment in the past. It is never set back or forward, and goes on while
    /// the process is stopped and, on Linux and Windows, while the machine sleeps.
    fn elapsed(&self) -> Duration;

    /// Names the moment in the past that [`elapsed`](Self::elapsed) counts from: where two programs have
    /// the same name, their times can be compared. Nothing when it is this program's alone.
    fn origin(&self) -> Option<String> {
        None
    }
}

/// The operating system's clock.
///
/// # Examples
///
/// ```
/// use central_logger_times::{Clock, SystemClock};
///
/// let began = SystemClock.elapsed();
/// assert_eq!(SystemClock.now().microsecond() % 1000, 0, "whole milliseconds");
/// assert!(SystemClock.elapsed() >= began);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc().truncate_to_millisecond()
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn elapsed(&self) -> Duration {
        use rustix::time::{ClockId, clock_gettime};
        let since_boot = clock_gettime(ClockId::Boottime);
        // It counts from the start of the machine, so neither part is negative.
        Duration::new(since_boot.tv_sec as u64, since_boot.tv_nsec as u32)
    }

    /// The start of the machine.
    #[cfg(target_os = "linux")]
    fn origin(&self) -> Option<String> {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(boot.trim_end().to_owned())
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn elapsed(&self) -> Duration {
        use std::{sync::LazyLock, time::Instant};
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        START.elapsed()
    }
}

/// A clock that stands still until it is set.
///
/// # Examples
///
/// ```
/// use central_logger_times::{Clock, ManualClock};
/// use time::{Duration, OffsetDateTime};
///
/// let clock = ManualClock::new(OffsetDateTime::UNIX_EPOCH);
/// clock.advance(Duration::DAY);
/// assert_eq!(clock.now(), OffsetDateTime::UNIX_EPOCH + Duration::DAY);
/// ```
#[cfg(feature = "testing")]
#[derive(Debug)]
pub struct ManualClock(std::sync::Mutex<Shown>);

#[cfg(feature = "testing")]
#[derive(Debug)]
struct Shown {
    time: OffsetDateTime,
    elapsed: Duration,
    starts: u32,
}

#[cfg(feature = "testing")]
impl ManualClock {
    /// A clock that shows `time`.
    pub fn new(time: OffsetDateTime) -> Self {
        Self(std::sync::Mutex::new(Shown {
            time: time.truncate_to_millisecond(),
            elapsed: Duration::from_secs(1000),
            starts: 1,
        }))
    }

    /// Lets time go by. When `by` is negative, the clock is set back, and no time goes by.
    pub fn advance(&self, by: time::Duration) {
        let mut shown = self.lock();
        shown.time += by;
        shown.elapsed += Duration::try_from(by).unwrap_or_default();
    }

    /// Sets the clock, forward or back, without time going by.
    pub fn step(&self, by: time::Duration) {
        self.lock().time += by;
    }

    /// Starts the machine anew, after it was off for as long.
    pub fn restart(&self, off: time::Duration) {
        let mut shown = self.lock();
        shown.time += off;
        shown.elapsed = Duration::from_secs(1);
        shown.starts += 1;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Shown> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(feature = "testing")]
impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        self.lock().time
    }

    fn elapsed(&self) -> Duration {
        self.lock().elapsed
    }

    fn origin(&self) -> Option<String> {
        Some(format!("start {}", self.lock().starts))
    }
}
