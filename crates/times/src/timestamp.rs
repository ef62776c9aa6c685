use serde::{Serialize, Serializer};
use std::{fmt, str::FromStr};
use time::{
    Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339, macros::datetime,
};

/// A point in time that every database stores and every format shows: in UTC, of the years 1970 to
/// 9999.
///
/// # Examples
///
/// ```
/// use central_logger_times::Timestamp;
///
/// let time: Timestamp = "2027-01-31T12:00:00+05:00".parse()?;
/// assert_eq!(time.to_string(), "2027-01-31T07:00:00Z");
/// assert_eq!(time.unix_ms(), 1_801_378_800_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(OffsetDateTime);

/// Why there is no timestamp.
///
/// # Examples
///
/// ```
/// use central_logger_times::{InvalidTimestamp, Timestamp};
///
/// let too_late = "9999-12-31T23:59:59-05:00".parse::<Timestamp>();
/// assert_eq!(too_late, Err(InvalidTimestamp::TooLate));
/// assert_eq!(InvalidTimestamp::TooLate.to_string(), "must not lie after the year 9999 in UTC");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTimestamp {
    /// Not a time, or in another format.
    #[error("must be an RFC 3339 time such as 2027-01-31T12:00:00Z")]
    Format,
    /// Before 1970.
    #[error("must not lie before the year 1970 in UTC")]
    TooEarly,
    /// After 9999.
    #[error("must not lie after the year 9999 in UTC")]
    TooLate,
}

/// Enough for nanoseconds and an offset, and a bound on what is kept of a text.
const MAX_LENGTH: usize = 64;
/// Where the character between date and time stands.
const SEPARATOR: usize = 10;

impl Timestamp {
    /// The first.
    pub const MIN: Self = Self(OffsetDateTime::UNIX_EPOCH);
    /// The last, in whole milliseconds, which every database keeps.
    pub const MAX: Self = Self(datetime!(9999-12-31 23:59:59.999 UTC));

    /// Takes a bound of a period: as nothing lies before 1970, an earlier time is the same as 1970.
    ///
    /// # Errors
    /// When it is not an RFC 3339 time, or lies after 9999.
    ///
    /// # Examples
    ///
    /// ```
    /// use central_logger_times::Timestamp;
    ///
    /// assert_eq!(Timestamp::parse_bound("0001-01-01T00:00:00Z"), Ok(Timestamp::MIN));
    /// ```
    pub fn parse_bound(text: &str) -> Result<Self, InvalidTimestamp> {
        match text.parse() {
            Err(InvalidTimestamp::TooEarly) => Ok(Self::MIN),
            parsed => parsed,
        }
    }

    /// The nearest timestamp to any time.
    pub fn clamped(time: OffsetDateTime) -> Self {
        match Self::try_from(time) {
            Ok(time) => time,
            Err(InvalidTimestamp::TooLate) => Self::MAX,
            Err(_) => Self::MIN,
        }
    }

    /// The timestamp of this Unix millisecond.
    ///
    /// # Errors
    /// When it lies before 1970 or after 9999.
    pub fn from_unix_ms(ms: i64) -> Result<Self, InvalidTimestamp> {
        if ms < 0 {
            return Err(InvalidTimestamp::TooEarly);
        }
        let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000);
        time.map_or(Err(InvalidTimestamp::TooLate), Self::try_from)
    }

    /// The time, in UTC.
    pub fn get(self) -> OffsetDateTime {
        self.0
    }

    /// The Unix millisecond, what lies below cut off.
    pub fn unix_ms(self) -> u64 {
        // From 1970 to 9999 there are fewer than 2^48.
        (self.0.unix_timestamp_nanos() / 1_000_000) as u64
    }

    /// The Unix microsecond, what lies below cut off.
    pub fn unix_us(self) -> u64 {
        (self.0.unix_timestamp_nanos() / 1000) as u64
    }

    /// What lies below the millisecond cut off.
    #[must_use]
    pub fn truncate_to_millisecond(self) -> Self {
        Self(self.0.truncate_to_millisecond())
    }

    /// The timestamp so much later, or earlier for a negative duration; nothing when it is out of
    /// range.
    pub fn checked_add(self, duration: Duration) -> Option<Self> {
        Self::try_from(self.0.checked_add(duration)?).ok()
    }

    /// The timestamp so much later, or the nearest one in range.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self::clamped(self.0.saturating_add(duration))
    }

    /// The timestamp so much earlier, or the nearest one in range.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self::clamped(self.0.saturating_sub(duration))
    }
}

/// Takes an RFC 3339 time. `T`, `t` or a space stands between date and time.
impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let has_separator = matches!(text.as_bytes().get(SEPARATOR), Some(b'T' | b't' | b' '));
        if text.len() > MAX_LENGTH || !has_separator {
            return Err(InvalidTimestamp::Format);
        }
        let time = OffsetDateTime::parse(text, &Rfc3339);
        time.map_or(Err(InvalidTimestamp::Format), Self::try_from)
    }
}

impl TryFrom<OffsetDateTime> for Timestamp {
    type Error = InvalidTimestamp;

    fn try_from(time: OffsetDateTime) -> Result<Self, Self::Error> {
        if time < Self::MIN.0 {
            return Err(InvalidTimestamp::TooEarly);
        }
        if time > Self::MAX.0 {
            return Err(InvalidTimestamp::TooLate);
        }
        let in_utc = time.checked_to_offset(UtcOffset::UTC);
        in_utc.map(Self).ok_or(InvalidTimestamp::TooLate)
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

/// As RFC 3339, in UTC.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.format(&Rfc3339).map_err(|_| fmt::Error)?;
        f.pad(&text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_rfc_3339_is_the_same_time_in_utc() {
        for text in [
            "2025-12-24T10:30:00Z",
            "2025-12-24t10:30:00z",
            "2025-12-24 10:30:00Z",
            "2025-12-24T11:30:00+01:00",
            "2025-12-24T10:30:00.000000000Z",
            "2025-12-24T10:30:00-00:00",
            "2025-12-25T10:29:00+23:59",
        ] {
            let time: Timestamp = text.parse().unwrap();
            assert_eq!(time.to_string(), "2025-12-24T10:30:00Z", "{text}");
            assert_eq!(time.unix_ms(), 1_766_572_200_000, "{text}");
        }
    }

    #[test]
    fn the_year_in_utc_decides() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Ok("1970-01-01T00:00:00Z")),
            ("1969-12-31T23:59:59-00:01", Ok("1970-01-01T00:00:59Z")),
            ("1969-12-31T23:59:59.999Z", Err(InvalidTimestamp::TooEarly)),
            ("1970-01-01T00:00:00+00:01", Err(InvalidTimestamp::TooEarly)),
            ("0000-01-01T00:00:00+23:59", Err(InvalidTimestamp::TooEarly)),
            ("9999-12-31T23:59:59Z", Ok("9999-12-31T23:59:59Z")),
            ("9999-12-31T23:59:59.999Z", Ok("9999-12-31T23:59:59.999Z")),
            ("9999-12-31T23:59:59.9999Z", Err(InvalidTimestamp::TooLate)),
            ("9999-12-31T23:59:59-00:01", Err(InvalidTimestamp::TooLate)),
            ("9999-12-31T23:59:59-23:59", Err(InvalidTimestamp::TooLate)),
            ("9999-12-31T23:59:59+00:01", Ok("9999-12-31T23:58:59Z")),
        ] {
            let parsed = text.parse::<Timestamp>().map(|time| time.to_string());
            assert_eq!(parsed, expected.map(str::to_owned), "{text}");
        }
        assert_eq!(
            Timestamp::parse_bound("1960-01-01T00:00:00Z"),
            Ok(Timestamp::MIN)
        );
    }

    #[test]
    fn other_texts_are_no_time() {
        let long = format!("2025-12-24T10:30:00.{}Z", "0".repeat(100));
        for text in [
            "",
            "NaN",
            "1766572200",
            "2025-12-24",
            "2025-12-24T10:30:00",
            "2025-02-30T10:30:00Z",
            "2026-11-28\"10:30:00Z",
            "2026-11-28_10:30:00Z",
            "2026-11-28  10:30:00Z",
            "2026-11-28\u{a0}10:30:00Z",
            "+2026-11-28T10:30:00Z",
            " 2026-11-28T10:30:00Z",
            &long,
        ] {
            assert_eq!(
                text.parse::<Timestamp>(),
                Err(InvalidTimestamp::Format),
                "{text}"
            );
        }
    }

    #[test]
    fn arithmetic_never_leaves_the_range() {
        for duration in [Duration::MAX, Duration::MIN, Duration::days(9_999_999)] {
            for time in [Timestamp::MIN, Timestamp::MAX] {
                assert!(time.checked_add(duration).is_none());
            }
        }
        let (min, max) = (Timestamp::MIN, Timestamp::MAX);
        assert_eq!(min.saturating_sub(Duration::MAX), min);
        assert_eq!(min.saturating_sub(Duration::MIN), max);
        assert_eq!(max.saturating_add(Duration::NANOSECOND), max);
        assert_eq!(max.saturating_add(Duration::MIN), min);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_as_the_same(ms in 0..=253_402_300_799_999_i64) {
            let time = Timestamp::from_unix_ms(ms).unwrap();
            prop_assert_eq!(time.to_string().parse(), Ok(time));
            prop_assert_eq!(time.unix_ms(), ms as u64);
            let json = serde_json::to_string(&time).unwrap();
            prop_assert_eq!(json, format!("\"{time}\""));
        }

        #[test]
        fn only_milliseconds_of_these_years_are_taken(ms: i64) {
            let is_in_range = (0..=253_402_300_799_999).contains(&ms);
            prop_assert_eq!(Timestamp::from_unix_ms(ms).is_ok(), is_in_range);
        }
    }
}
