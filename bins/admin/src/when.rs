use central_logger_times::{InvalidDuration, InvalidTimestamp, Timestamp, UnitDuration};
use std::str::FromStr;
use time::{Duration, OffsetDateTime};

/// A point in time: a duration from now, or a time of any year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    After(UnitDuration),
    At(Timestamp),
    /// A time of a year that no database and no format has.
    OutOfRange(InvalidTimestamp),
}

/// A duration that can be zero, such as a grace period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// Error returned when parsing a [`Span`] fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a duration such as 90d, 24h, 15m or 30s, or 0")]
pub(crate) struct InvalidSpan;

/// Error returned when parsing a [`When`] fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a duration such as 90d, 24h, 15m or 30s, or a time such as 2027-01-31T12:00:00Z")]
pub(crate) struct InvalidWhen;

impl When {
    /// Returns the time at `now`, when durations lead into the future.
    pub(crate) fn from(self, now: OffsetDateTime) -> Result<Timestamp, InvalidTimestamp> {
        match self {
            Self::After(duration) => Timestamp::clamped(now)
                .checked_add(duration.duration())
                .ok_or(InvalidTimestamp::TooLate),
            Self::At(time) => Ok(time),
            Self::OutOfRange(error) => Err(error),
        }
    }

    /// Returns the beginning of a period at `now`, when durations lead into the past. The earliest is
    /// the first [`Timestamp`].
    pub(crate) fn before(self, now: OffsetDateTime) -> Timestamp {
        match self {
            Self::After(duration) => Timestamp::clamped(now).saturating_sub(duration.duration()),
            Self::At(time) => time,
            Self::OutOfRange(InvalidTimestamp::TooLate) => Timestamp::MAX,
            Self::OutOfRange(_) => Timestamp::MIN,
        }
    }
}

impl FromStr for When {
    type Err = InvalidWhen;

    fn from_str(text: &str) -> Result<Self, InvalidWhen> {
        match text.parse() {
            Ok(time) => Ok(Self::At(time)),
            Err(InvalidTimestamp::Format) => text.parse().map(Self::After).map_err(|_| InvalidWhen),
            Err(out_of_range) => Ok(Self::OutOfRange(out_of_range)),
        }
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        match text.parse::<UnitDuration>() {
            Ok(duration) => Ok(Self(duration.duration())),
            Err(InvalidDuration::Zero) => Ok(Self(Duration::ZERO)),
            Err(_) if text == "0" => Ok(Self(Duration::ZERO)),
            Err(_) => Err(InvalidSpan),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn both_forms_are_understood() {
        let now = datetime!(2026-01-01 0:00 UTC);
        for (text, time) in [
            ("90d", datetime!(2026-04-01 0:00 UTC)),
            ("24h", datetime!(2026-01-02 0:00 UTC)),
            ("15m", datetime!(2026-01-01 0:15 UTC)),
            ("30s", datetime!(2026-01-01 0:00:30 UTC)),
            ("2027-01-31T12:00:00+01:00", datetime!(2027-01-31 11:00 UTC)),
        ] {
            let when: When = text.parse().unwrap();
            assert_eq!(when.from(now).map(Timestamp::get), Ok(time), "{text}");
        }
        for text in ["4000000000d", "9999-12-31T23:59:59-05:00"] {
            let when: When = text.parse().unwrap();
            assert_eq!(when.from(now), Err(InvalidTimestamp::TooLate), "{text}");
        }
        for text in [
            "",
            "d",
            "90",
            "0",
            "0d",
            "-1d",
            "+1d",
            "1.5h",
            "90 d",
            "2027-01-31",
            "9d9",
        ] {
            assert_eq!(text.parse::<When>(), Err(InvalidWhen), "{text}");
        }
    }

    #[test]
    fn a_duration_before_all_times_leads_to_the_first() {
        let now = datetime!(2026-01-01 0:00 UTC);
        for text in ["9999999d", "4294967295d", "1960-01-01T00:00:00Z"] {
            assert_eq!(
                text.parse::<When>().unwrap().before(now),
                Timestamp::MIN,
                "{text}"
            );
        }
        let day_ago = "24h".parse::<When>().unwrap().before(now);
        assert_eq!(day_ago.get(), datetime!(2025-12-31 0:00 UTC));
    }

    #[test]
    fn a_span_can_be_zero() {
        for text in ["0", "0s", "0d"] {
            assert_eq!(text.parse(), Ok(Span(Duration::ZERO)), "{text}");
        }
        assert_eq!("24h".parse(), Ok(Span(Duration::DAY)));
        for text in ["", "h", "24", "-24h", "+24h", "soon"] {
            assert_eq!(text.parse::<Span>(), Err(InvalidSpan), "{text}");
        }
    }
}
