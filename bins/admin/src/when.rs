use std::str::FromStr;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// A point in time: some while from now, or a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    After(Duration),
    At(OffsetDateTime),
}

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
}

impl FromStr for When {
    type Err = InvalidWhen;

    fn from_str(text: &str) -> Result<Self, InvalidWhen> {
        if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
            return Ok(Self::At(time));
        }
        let seconds_in_unit = match text.as_bytes().last() {
            Some(b'd') => 86_400,
            Some(b'h') => 3_600,
            Some(b'm') => 60,
            Some(b's') => 1,
            _ => return Err(InvalidWhen),
        };
        let number: u32 = text[..text.len() - 1].parse().map_err(|_| InvalidWhen)?;
        Ok(Self::After(Duration::seconds(
            i64::from(number) * seconds_in_unit,
        )))
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
        for text in ["", "d", "90", "-1d", "1.5h", "90 d", "2027-01-31", "9d9"] {
            assert_eq!(text.parse::<When>(), Err(InvalidWhen), "{text}");
        }
    }
}
