use serde::{Serialize, Serializer};
use std::{fmt, num::NonZeroU32, str::FromStr, time::Duration};

/// How often a key may be used at most, such as `100/s`.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::RateLimit;
///
/// let rate: RateLimit = "600/m".parse()?;
/// assert_eq!((rate.requests().get(), rate.period().as_secs()), (600, 60));
/// assert_eq!(rate.burst().get(), 60);
/// assert!("0/s".parse::<RateLimit>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateLimit {
    requests: NonZeroU32,
    period: RatePeriod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum RatePeriod {
    Second,
    Minute,
    Hour,
}

/// A text that is no rate.
///
/// # Examples
///
/// ```
/// use central_logger_key_store::{RateLimit, record::InvalidRateLimit};
///
/// assert_eq!("100 per second".parse::<RateLimit>(), Err(InvalidRateLimit));
/// assert!(InvalidRateLimit.to_string().starts_with("a rate is 100/s, 600/m or 5000/h"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a rate is 100/s, 600/m or 5000/h, of 1 to 1000000 requests")]
pub struct InvalidRateLimit;

impl RateLimit {
    /// More requests than one server answers in a second.
    const MAX_REQUESTS: u32 = 1_000_000;
    /// Requests that may come at once even under a low rate: a page of a browser, or a small pool of
    /// workers.
    const LEAST_BURST: u32 = 10;

    /// So many requests in each [`period`](Self::period).
    pub fn requests(self) -> NonZeroU32 {
        self.requests
    }

    /// A second, a minute or an hour.
    pub fn period(self) -> Duration {
        Duration::from_secs(match self.period {
            RatePeriod::Second => 1,
            RatePeriod::Minute => 60,
            RatePeriod::Hour => 3600,
        })
    }

    /// Returns whether it allows at most as many requests as `other` in the long run.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_key_store::RateLimit;
    ///
    /// let (minute, second): (RateLimit, RateLimit) = ("60/m".parse()?, "1/s".parse()?);
    /// assert!(minute.is_at_most(second) && second.is_at_most(minute));
    /// assert!(!"61/m".parse::<RateLimit>()?.is_at_most(second));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_at_most(self, other: Self) -> bool {
        let of_hour =
            |rate: Self| u64::from(rate.requests.get()) * (3600 / rate.period().as_secs());
        of_hour(self) <= of_hour(other)
    }

    /// How many requests may come at once after a pause: a tenth of those of a period, but ten, or
    /// all if there are fewer.
    pub fn burst(self) -> NonZeroU32 {
        let requests = self.requests.get();
        let burst = (requests / 10).max(Self::LEAST_BURST.min(requests));
        NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN)
    }
}

impl FromStr for RateLimit {
    type Err = InvalidRateLimit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (requests, period) = text.split_once('/').ok_or(InvalidRateLimit)?;
        // The parser of numbers would take a sign, too.
        if !requests.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidRateLimit);
        }
        let requests: NonZeroU32 = requests.parse().map_err(|_| InvalidRateLimit)?;
        if requests.get() > Self::MAX_REQUESTS {
            return Err(InvalidRateLimit);
        }
        let period = match period {
            "s" => RatePeriod::Second,
            "m" => RatePeriod::Minute,
            "h" => RatePeriod::Hour,
            _ => return Err(InvalidRateLimit),
        };
        Ok(Self { requests, period })
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let period = match self.period {
            RatePeriod::Second => 's',
            RatePeriod::Minute => 'm',
            RatePeriod::Hour => 'h',
        };
        write!(f, "{}/{period}", self.requests)
    }
}

impl Serialize for RateLimit {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_written_as_it_is_read() {
        for (text, seconds, burst) in [
            ("1/s", 1, 1),
            ("9/m", 60, 9),
            ("100/s", 1, 10),
            ("600/m", 60, 60),
            ("1000000/h", 3600, 100_000),
        ] {
            let rate: RateLimit = text.parse().unwrap();
            assert_eq!(rate.to_string(), text);
            assert_eq!(rate.period(), Duration::from_secs(seconds), "{text}");
            assert_eq!(rate.burst().get(), burst, "{text}");
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "",
            "/",
            "/s",
            "0/s",
            "-1/s",
            "+1/s",
            "1",
            "1/",
            "1/d",
            "1/S",
            "1 /s",
            "1.5/s",
            "1000001/s",
            "99999999999/h",
            "1/s/s",
        ] {
            assert_eq!(text.parse::<RateLimit>(), Err(InvalidRateLimit), "{text}");
        }
    }
}
