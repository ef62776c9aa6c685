use std::str::FromStr;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// A point in time: some while from now, or a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    After(Duration),
    At(OffsetDateTime),
}

/// A while, such as a grace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// A text that is no while.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a while is 90d, 24h, 15m, 30s or 0")]
pub(crate) struct InvalidSpan;

/// A text that is no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a time is 90d, 24h, 15m, 30s or RFC 3339 such as 2027-01-31T12:00:00Z")]
pub(crate) struct InvalidWhen;

impl When {
    /// The time that is meant at `now`, or nothing when it is beyond the calendar.
    pub(crate) fn from(self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        match self {
            Self::After(duration) => now.checked_add(duration),
            Self::At(time) => Some(time),
        }
    }

    /// The time that is meant at `now`, if a while is one that has passed.
    pub(crate) fn before(self, now: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::After(span) => now.checked_sub(span).unwrap_or(now),
            Self::At(time) => time,
        }
    }
}

impl FromStr for When {
    type Err = InvalidWhen;

    fn from_str(text: &str) -> Result<Self, InvalidWhen> {
        if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
            return Ok(Self::At(time));
        }
        match text.parse() {
            Ok(Span(duration)) if duration.is_positive() => Ok(Self::After(duration)),
            _ => Err(InvalidWhen),
        }
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        let seconds_in_unit = match text.as_bytes().last() {
            Some(b'd') => 86_400,
            Some(b'h') => 3_600,
            Some(b'm') => 60,
            Some(b's') => 1,
            _ if text == "0" => return Ok(Self(Duration::ZERO)),
            _ => return Err(InvalidSpan),
        };
        let digits = &text[..text.len() - 1];
        // The parser of numbers would take a sign, too.
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidSpan);
        }
        let number: u32 = digits.parse().map_err(|_| InvalidSpan)?;
        Ok(Self(Duration::seconds(i64::from(number) * seconds_in_unit)))
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
            assert_eq!(when.from(now), Some(time), "{text}");
        }
        assert_eq!("4000000000d".parse::<When>().unwrap().from(now), None);
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
    fn a_while_may_be_none() {
        for text in ["0", "0s", "0d"] {
            assert_eq!(text.parse(), Ok(Span(Duration::ZERO)), "{text}");
        }
        assert_eq!("24h".parse(), Ok(Span(Duration::DAY)));
        for text in ["", "h", "24", "-24h", "+24h", "soon"] {
            assert_eq!(text.parse::<Span>(), Err(InvalidSpan), "{text}");
        }
    }
}
