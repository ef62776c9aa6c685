use serde::{Serialize, Serializer};
use std::{fmt, num::NonZeroU32, str::FromStr};
use time::Duration;

/// A positive duration as people write it: a whole number and a unit, such as `90d`.
///
/// # Examples
///
/// ```
/// use central_logger_times::UnitDuration;
/// use time::Duration;
///
/// let length: UnitDuration = "90d".parse()?;
/// assert_eq!(length.duration(), Duration::days(90));
/// assert_eq!(length.to_string(), "90d");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UnitDuration {
    number: NonZeroU32,
    unit: DurationUnit,
}

/// What a duration is counted in.
///
/// # Examples
///
/// ```
/// use central_logger_times::{DurationUnit, UnitDuration};
/// use std::num::NonZeroU32;
///
/// let hour = UnitDuration::new(NonZeroU32::MIN, DurationUnit::Hours);
/// assert_eq!(hour.to_string(), "1h");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DurationUnit {
    /// Written as `s`.
    Seconds,
    /// Written as `m`.
    Minutes,
    /// Written as `h`.
    Hours,
    /// Of 24 hours each, written as `d`.
    Days,
}

/// Why a text is no duration.
///
/// # Examples
///
/// ```
/// use central_logger_times::{InvalidDuration, UnitDuration};
///
/// assert_eq!("0d".parse::<UnitDuration>(), Err(InvalidDuration::Zero));
/// assert_eq!("+2s".parse::<UnitDuration>(), Err(InvalidDuration::Format));
/// assert_eq!(
///     InvalidDuration::Format.to_string(),
///     "a duration is a whole number and a unit, such as 90d, 24h, 15m or 30s"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidDuration {
    /// Not a number and a unit.
    #[error("a duration is a whole number and a unit, such as 90d, 24h, 15m or 30s")]
    Format,
    /// None of a unit.
    #[error("a duration must not be 0")]
    Zero,
    /// More than is counted.
    #[error("a duration is at most {} of its unit", u32::MAX)]
    TooLong,
}

impl UnitDuration {
    /// So many of a unit.
    pub const fn new(number: NonZeroU32, unit: DurationUnit) -> Self {
        Self { number, unit }
    }

    /// The seconds that it has.
    pub fn seconds(self) -> u64 {
        u64::from(self.number.get()) * self.unit.seconds()
    }

    /// The same for computing.
    pub fn duration(self) -> Duration {
        // 2^32 days have fewer than 2^49 seconds.
        Duration::seconds(self.seconds() as i64)
    }
}

impl DurationUnit {
    const ALL: [Self; 4] = [Self::Seconds, Self::Minutes, Self::Hours, Self::Days];

    fn letter(self) -> char {
        match self {
            Self::Seconds => 's',
            Self::Minutes => 'm',
            Self::Hours => 'h',
            Self::Days => 'd',
        }
    }

    fn seconds(self) -> u64 {
        match self {
            Self::Seconds => 1,
            Self::Minutes => 60,
            Self::Hours => 3600,
            Self::Days => 86_400,
        }
    }
}

impl FromStr for UnitDuration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        let units = DurationUnit::ALL.into_iter();
        let mut split = units.filter_map(|unit| Some((text.strip_suffix(unit.letter())?, unit)));
        let (digits, unit) = split.next().ok_or(InvalidDuration::Format)?;
        // The parser of numbers would take a sign, too.
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidDuration::Format);
        }
        let number: u32 = digits.parse().map_err(|_| InvalidDuration::TooLong)?;
        let number = NonZeroU32::new(number).ok_or(InvalidDuration::Zero)?;
        Ok(Self::new(number, unit))
    }
}

impl fmt::Display for UnitDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.number, self.unit.letter())
    }
}

impl Serialize for UnitDuration {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_as_it_is_read() {
        for (text, seconds) in [
            ("30s", 30),
            ("15m", 900),
            ("24h", 86_400),
            ("90d", 7_776_000),
            ("4294967295d", 4_294_967_295 * 86_400),
        ] {
            let duration: UnitDuration = text.parse().unwrap();
            assert_eq!(duration.to_string(), text);
            assert_eq!(duration.duration(), Duration::seconds(seconds), "{text}");
        }
    }

    #[test]
    fn other_texts_are_no_duration() {
        for (text, reason) in [
            ("", InvalidDuration::Format),
            ("d", InvalidDuration::Format),
            ("90", InvalidDuration::Format),
            ("-1d", InvalidDuration::Format),
            ("+1d", InvalidDuration::Format),
            ("1.5h", InvalidDuration::Format),
            ("90 d", InvalidDuration::Format),
            (" 90d", InvalidDuration::Format),
            ("9dd", InvalidDuration::Format),
            ("1y", InvalidDuration::Format),
            ("1D", InvalidDuration::Format),
            ("1ü", InvalidDuration::Format),
            ("1h30m", InvalidDuration::Format),
            ("١d", InvalidDuration::Format),
            ("0d", InvalidDuration::Zero),
            ("000s", InvalidDuration::Zero),
            ("4294967296s", InvalidDuration::TooLong),
            ("99999999999999999999d", InvalidDuration::TooLong),
        ] {
            assert_eq!(text.parse::<UnitDuration>(), Err(reason), "{text}");
        }
    }
}
