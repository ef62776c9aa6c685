use std::time::Duration;

/// How far a store looks at once, so that others have their turn after it.
///
/// # Examples
///
/// ```
/// use central_logger_log_store::{LogSearch, LogStore, MemoryLogs, Reach};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let logs = MemoryLogs::new();
/// let page = logs.scan(&"acme_corp".parse()?, &LogSearch::default(), Reach::MOST).await?;
/// assert_eq!(page.next_cursor, None); // all was looked at
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// At so many entries at most, whether they are asked for or not.
    pub entries: usize,
    /// About so long.
    pub time: Duration,
}

/// So long a turn should take: others wait for its end.
const SHORT: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_millis(40);

impl Reach {
    /// The most that is looked at in one turn.
    pub const MOST: Self = Self {
        entries: 8192,
        time: Duration::from_secs(5),
    };

    /// The first of several turns. It is short, so that even a very slow store gets somewhere.
    pub(crate) const FIRST: Self = Self {
        entries: 64,
        ..Self::MOST
    };

    /// Within the time that is left.
    pub(crate) fn within(self, time: Duration) -> Self {
        Self { time, ..self }
    }

    /// Goes further when a turn was short, and less far when it was long.
    pub(crate) fn adapt(&mut self, took: Duration) {
        if took < SHORT {
            self.entries = (self.entries * 2).min(Self::MOST.entries);
        } else if took > LONG {
            self.entries = (self.entries / 2).max(Self::FIRST.entries);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_become_about_as_long_as_they_should() {
        let mut reach = Reach::FIRST;
        let per_entry = Duration::from_micros(100);
        for _ in 0..20 {
            reach.adapt(per_entry * u32::try_from(reach.entries).unwrap());
        }
        let took = per_entry * u32::try_from(reach.entries).unwrap();
        assert!((SHORT..=LONG).contains(&took), "{took:?}");
        for _ in 0..20 {
            reach.adapt(Duration::from_secs(1));
        }
        assert_eq!(reach, Reach::FIRST);
        for _ in 0..20 {
            reach.adapt(Duration::ZERO);
        }
        assert_eq!(reach, Reach::MOST);
    }
}
