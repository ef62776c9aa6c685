use central_logger_text::Report;
use central_logger_times::{Clock, SystemClock};
use std::{
    error::Error,
    fmt,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Tells the log once when something does not answer and why, now and then how often it was asked in
/// vain, and once when it answers again: for a store, which everything asks.
///
/// # Examples
///
/// ```
/// use central_logger_health::Outage;
/// use std::io;
///
/// let outage = Outage::of("the database");
/// let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
/// for _ in 0..1000 {
///     outage.failed(&refused); // one line
/// }
/// outage.answered(); // and one that it is over
/// outage.answered();
/// ```
pub struct Outage {
    what: &'static str,
    is_on: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When it began, while it lasts.
    since: Option<Duration>,
    /// Whether the log knows.
    is_told: bool,
    last_told: Option<Duration>,
    /// Since the end of the last one that was told.
    failed: u64,
}

/// What the log is told.
#[derive(Debug, PartialEq, Eq)]
enum Remark {
    Began { failed: u64 },
    Lasts { failed: u64, since: Duration },
    Ended { failed: u64, after: Duration },
}

/// How long after one line the next outage is told of, if it comes and goes.
const SETTLING: Duration = Duration::from_secs(10);
/// How often is told that it lasts.
const REMINDER: Duration = Duration::from_secs(60);

impl Outage {
    /// That of `what`, such as `the database`, which answers.
    pub fn of(what: &'static str) -> Self {
        Self {
            what,
            is_on: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// It did not answer, for this reason.
    pub fn failed(&self, error: &(dyn Error + 'static)) {
        self.is_on.store(true, Ordering::Relaxed);
        let remark = self.lock().fail(SystemClock.elapsed());
        let what = self.what;
        match remark {
            Some(Remark::Began { failed }) => {
                tracing::error!(error = %Report(error), failed, "{what} does not answer");
            }
            Some(Remark::Lasts { failed, since }) => {
                let seconds = since.as_secs();
                let error = Report(error);
                tracing::error!(%error, failed, seconds, "{what} still does not answer");
            }
            Some(Remark::Ended { .. }) | None => {}
        }
    }

    /// It answered.
    pub fn answered(&self) {
        if !self.is_on.load(Ordering::Relaxed) {
            return;
        }
        let mut state = self.lock();
        self.is_on.store(false, Ordering::Relaxed);
        let remark = state.end(SystemClock.elapsed());
        drop(state);
        if let Some(Remark::Ended { failed, after }) = remark {
            let (what, seconds) = (self.what, after.as_secs());
            tracing::info!(failed, seconds, "{what} answers again");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn fail(&mut self, now: Duration) -> Option<Remark> {
        self.failed += 1;
        let since = *self.since.get_or_insert(now);
        let quiet = self.last_told.map(|last| now.saturating_sub(last));
        let failed = self.failed;
        let remark = match (self.is_told, quiet) {
            (false, Some(quiet)) if quiet < SETTLING => return None,
            (false, _) => Remark::Began { failed },
            (true, Some(quiet)) if quiet < REMINDER => return None,
            (true, _) => Remark::Lasts {
                failed,
                since: now.saturating_sub(since),
            },
        };
        (self.is_told, self.last_told) = (true, Some(now));
        Some(remark)
    }

    fn end(&mut self, now: Duration) -> Option<Remark> {
        let since = self.since.take()?;
        if !std::mem::take(&mut self.is_told) {
            return None;
        }
        self.last_told = Some(now);
        Some(Remark::Ended {
            failed: std::mem::take(&mut self.failed),
            after: now.saturating_sub(since),
        })
    }
}

impl fmt::Debug for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outage").field(&self.what).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_when_it_begins_and_once_when_it_ends() {
        let mut state = State::default();
        let at = Duration::from_millis;
        assert_eq!(state.end(at(0)), None);
        assert_eq!(state.fail(at(0)), Some(Remark::Began { failed: 1 }));
        for ms in 1..5000 {
            assert_eq!(state.fail(at(ms)), None);
        }
        let over = Remark::Ended {
            failed: 5000,
            after: at(5000),
        };
        assert_eq!(state.end(at(5000)), Some(over));
        assert_eq!(state.end(at(5001)), None);
    }

    #[test]
    fn a_long_one_is_told_each_minute_with_counts() {
        let mut state = State::default();
        let told = (0..600).filter_map(|s| state.fail(Duration::from_secs(s)));
        let told: Vec<_> = told.collect();
        assert_eq!(told.len(), 10);
        let since = Duration::from_secs(60);
        assert_eq!(told[1], Remark::Lasts { failed: 61, since });
    }

    #[test]
    fn one_that_comes_and_goes_fills_no_log() {
        let mut state = State::default();
        let mut told = 0;
        for ms in (0..60_000).map(Duration::from_millis) {
            told += usize::from(state.fail(ms).is_some()) + usize::from(state.end(ms).is_some());
        }
        assert_eq!(told, 12);
    }
}
