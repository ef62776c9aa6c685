use central_logger_times::UnitDuration;
use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};
use time::Duration;

/// How long logs are kept: for a duration such as `90d`, or `forever`.
///
/// # Examples
///
/// ```
/// use central_logger_log_store::RetentionPeriod;
///
/// let period: RetentionPeriod = "90d".parse()?;
/// assert_eq!(period.duration(), Some(time::Duration::days(90)));
/// assert_eq!("forever".parse(), Ok(RetentionPeriod::Forever));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RetentionPeriod {
    /// Without end.
    #[default]
    Forever,
    /// For a duration.
    For(UnitDuration),
}

/// Error returned when parsing a [`RetentionPeriod`] fails.
///
/// # Examples
///
/// ```
/// use central_logger_log_store::retention::{InvalidRetentionPeriod, RetentionPeriod};
///
/// assert_eq!("0d".parse::<RetentionPeriod>(), Err(InvalidRetentionPeriod));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("logs are kept for 90d, 24h, 15m or 30s, or forever")]
pub struct InvalidRetentionPeriod;

impl RetentionPeriod {
    /// Returns the period that was set, if any. Logs are kept without end where nothing is set, and
    /// where what is set cannot be read.
    pub fn of_setting(text: Option<&str>) -> Self {
        let period = text.map(str::parse).transpose();
        period.unwrap_or_default().unwrap_or_default()
    }

    /// Returns the longest of several.
    pub fn longest(periods: impl IntoIterator<Item = Self>) -> Self {
        let periods = periods.into_iter();
        let longest = periods.max_by_key(|period| period.duration().unwrap_or(Duration::MAX));
        longest.unwrap_or_default()
    }

    /// Returns the duration; `None` if logs are kept without end.
    pub fn duration(self) -> Option<Duration> {
        match self {
            Self::Forever => None,
            Self::For(duration) => Some(duration.duration()),
        }
    }
}

impl FromStr for RetentionPeriod {
    type Err = InvalidRetentionPeriod;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "forever" => Ok(Self::Forever),
            text => text
                .parse()
                .map(Self::For)
                .map_err(|_| InvalidRetentionPeriod),
        }
    }
}

impl fmt::Display for RetentionPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => f.write_str("forever"),
            Self::For(duration) => duration.fmt(f),
        }
    }
}

impl Serialize for RetentionPeriod {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_written_as_it_is_read() {
        for (text, seconds) in [
            ("30s", 30),
            ("15m", 900),
            ("24h", 86_400),
            ("90d", 7_776_000),
            ("4294967295d", 4_294_967_295 * 86_400),
        ] {
            let period: RetentionPeriod = text.parse().unwrap();
            assert_eq!(period.to_string(), text);
            assert_eq!(
                period.duration(),
                Some(Duration::seconds(seconds)),
                "{text}"
            );
        }
        assert_eq!("forever".parse(), Ok(RetentionPeriod::Forever));
        assert_eq!(RetentionPeriod::Forever.to_string(), "forever");
    }

    #[test]
    fn other_texts_are_refused_and_keep_logs_if_they_are_set_all_the_same() {
        for text in [
            "",
            "d",
            "0d",
            "90",
            "-1d",
            "+1d",
            "1.5h",
            "90 d",
            "9dd",
            "1y",
            "Forever",
            "1ü",
            "4294967296s",
        ] {
            let parsed = text.parse::<RetentionPeriod>();
            assert_eq!(parsed, Err(InvalidRetentionPeriod), "{text}");
            let set = RetentionPeriod::of_setting(Some(text));
            assert_eq!(set, RetentionPeriod::Forever, "{text}");
        }
        assert_eq!(RetentionPeriod::of_setting(None), RetentionPeriod::Forever);
        let set = RetentionPeriod::of_setting(Some("2d"));
        assert_eq!(Ok(set), "2d".parse());
    }

    #[test]
    fn nothing_is_longer_than_without_end() {
        let period = |text: &str| text.parse::<RetentionPeriod>().unwrap();
        let periods = ["24h", "2d", "90m"].map(period);
        assert_eq!(RetentionPeriod::longest(periods), period("2d"));
        let endless = periods.into_iter().chain([RetentionPeriod::Forever]);
        assert_eq!(RetentionPeriod::longest(endless), RetentionPeriod::Forever);
        assert_eq!(RetentionPeriod::longest([]), RetentionPeriod::Forever);
    }
}
