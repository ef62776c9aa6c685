use std::time::Duration;

/// The most that a store looks at in one scan, so that others have their turn after it.
///
/// # Examples
///
/// ```
/// use central_logger_log_store::{LogSearch, LogStore, MemoryLogs, store::ScanBudget};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let logs = MemoryLogs::new();
/// let page = logs.scan(&"acme_corp".parse()?, &LogSearch::default(), ScanBudget::MAX).await?;
/// assert_eq!(page.next_cursor, None); // all was looked at
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanBudget {
    /// The most entries, whether they are asked for or not.
    pub entries: usize,
    /// The time that it may take, about.
    pub time: Duration,
}

/// A turn should take from `SHORT` to `LONG`: others wait for its end.
const SHORT: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_millis(40);

impl ScanBudget {
    /// The largest budget of one turn.
    pub const MAX: Self = Self {
        entries: 8192,
        time: Duration::from_secs(5),
    };

    /// The budget of the first of several turns. It is small, so that even a very slow store gets
    /// somewhere.
    pub const INITIAL: Self = Self {
        entries: 64,
        ..Self::MAX
    };

    /// Returns the same budget within the time that is left.
    pub fn within(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// Grows when a turn was short, and shrinks when it was long.
    pub fn adapt(&mut self, took: Duration) {
        if took < SHORT {
            self.entries = (self.entries * 2).min(Self::MAX.entries);
        } else if took > LONG {
            self.entries = (self.entries / 2).max(Self::INITIAL.entries);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_become_about_as_long_as_they_should() {
        let mut budget = ScanBudget::INITIAL;
        let per_entry = Duration::from_micros(100);
        for _ in 0..20 {
            budget.adapt(per_entry * u32::try_from(budget.entries).unwrap());
        }
        let took = per_entry * u32::try_from(budget.entries).unwrap();
        assert!((SHORT..=LONG).contains(&took), "{took:?}");
        for _ in 0..20 {
            budget.adapt(Duration::from_secs(1));
        }
        assert_eq!(budget, ScanBudget::INITIAL);
        for _ in 0..20 {
            budget.adapt(Duration::ZERO);
        }
        assert_eq!(budget, ScanBudget::MAX);
    }
}
