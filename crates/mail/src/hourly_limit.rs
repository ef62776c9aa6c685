use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How often each of many may have something within an hour, such as mail that anybody can ask for. It is kept in
/// memory, and bounded.
///
/// # Examples
///
/// ```
/// use central_logger_mail::HourlyLimit;
/// use std::time::Duration;
///
/// let limit = HourlyLimit::new(1);
/// assert_eq!(limit.count("ops@acme.example", Duration::ZERO), Ok(()));
/// let wait = limit.count("ops@acme.example", Duration::from_secs(600));
/// assert_eq!(wait, Err(Duration::from_secs(3000)));
/// ```
pub struct HourlyLimit<K> {
    most: usize,
    /// When each had something within the last hour, by the time since the start of the clock.
    times: Mutex<BTreeMap<K, Vec<Duration>>>,
}

impl<K: Ord> HourlyLimit<K> {
    const PERIOD: Duration = Duration::from_secs(3600);
    /// The most that are remembered.
    const MOST_REMEMBERED: usize = 10_000;

    /// So often.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            times: Mutex::default(),
        }
    }

    /// Counts once more for `one`.
    ///
    /// # Errors
    /// When it has had that often: how long it takes until it may again.
    pub fn count(&self, one: K, now: Duration) -> Result<(), Duration> {
        let is_recent = |at: &Duration| now.saturating_sub(*at) < Self::PERIOD;
        let mut all = self.times();
        if all.len() >= Self::MOST_REMEMBERED {
            all.retain(|_, times| times.iter().any(is_recent));
        }
        if all.len() >= Self::MOST_REMEMBERED && !all.contains_key(&one) {
            return Err(Self::PERIOD);
        }
        let times = all.entry(one).or_default();
        times.retain(is_recent);
        match times.first() {
            Some(first) if times.len() >= self.most => {
                Err((*first + Self::PERIOD).saturating_sub(now))
            }
            _ => {
                times.push(now);
                Ok(())
            }
        }
    }

    /// Takes the last time back: nothing came of it.
    pub fn give_back(&self, one: &K) {
        if let Some(times) = self.times().get_mut(one) {
            times.pop();
        }
    }

    fn times(&self) -> MutexGuard<'_, BTreeMap<K, Vec<Duration>>> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> fmt::Debug for HourlyLimit<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HourlyLimit")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_something_so_often_within_an_hour() {
        let limit = HourlyLimit::new(3);
        let at = |minutes: u64| Duration::from_secs(60 * minutes);
        let counted = [0, 1, 2, 3].map(|minute| limit.count("ops", at(minute)).is_ok());
        assert_eq!(counted, [true, true, true, false]);
        assert_eq!(limit.count("other", at(3)), Ok(()));
        limit.give_back(&"ops");
        assert_eq!(limit.count("ops", at(3)), Ok(()));
        assert_eq!(limit.count("ops", at(10)), Err(at(50)));
        assert_eq!(limit.count("ops", at(60)), Ok(()));
    }

    #[test]
    fn those_that_are_remembered_are_bounded() {
        let (limit, now) = (HourlyLimit::new(1), Duration::from_secs(7200));
        let most = HourlyLimit::<usize>::MOST_REMEMBERED;
        for one in 0..most {
            assert_eq!(limit.count(one, Duration::from_secs(60)), Ok(()));
        }
        assert!(limit.count(most, Duration::from_secs(61)).is_err());
        assert_eq!(
            limit.count(most, now),
            Ok(()),
            "the others had theirs long ago"
        );
    }
}
