use central_logger_times::{InvalidTimestamp, Timestamp};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

/// When a workflow ran: the text as it was sent, and the microsecond that it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct ExecutedAt {
    text: String,
    unix_us: u64,
}

/// A text that is not accepted as a time of execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExecutedAt {
    /// Not a time, or in another format.
    #[error("must be an RFC 3339 time such as 2025-12-24T10:30:00Z")]
    Format,
    /// Before 1970.
    #[error("must not lie before 1970")]
    TooEarly,
    /// More than 24 hours ahead.
    #[error("must not lie more than 24 hours ahead")]
    TooLate,
}

impl ExecutedAt {
    /// How far ahead of the server's clock a time may lie.
    pub const MAX_AHEAD: Duration = Duration::hours(24);

    /// Takes an RFC 3339 time from 1970 on and at most 24 hours after `now`. `T`, `t` or a space stands
    /// between date and time.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str, now: OffsetDateTime) -> Result<Self, InvalidExecutedAt> {
        let time: Timestamp = text.parse()?;
        if time > Timestamp::clamped(now).saturating_add(Self::MAX_AHEAD) {
            return Err(InvalidExecutedAt::TooLate);
        }
        Ok(Self {
            text: text.to_owned(),
            unix_us: time.unix_us(),
        })
    }

    /// The text as it was sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The time in Unix milliseconds, what lies below cut off.
    pub fn unix_ms(&self) -> u64 {
        self.unix_us / 1000
    }

    /// The time in Unix microseconds, what lies below cut off: what tells events apart.
    pub fn unix_us(&self) -> u64 {
        self.unix_us
    }
}

impl From<InvalidTimestamp> for InvalidExecutedAt {
    fn from(error: InvalidTimestamp) -> Self {
        match error {
            InvalidTimestamp::Format => Self::Format,
            InvalidTimestamp::TooEarly => Self::TooEarly,
            InvalidTimestamp::TooLate => Self::TooLate,
        }
    }
}

impl From<ExecutedAt> for String {
    fn from(time: ExecutedAt) -> Self {
        time.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    #[test]
    fn a_time_is_kept_as_sent_and_counted_in_utc_microseconds() {
        for (text, unix_us) in [
            ("2025-12-24T10:30:00Z", 1_766_572_200_000_000),
            ("2025-12-24T11:30:00.0009+01:00", 1_766_572_200_000_900),
            ("2025-12-24t10:30:00z", 1_766_572_200_000_000),
            ("2025-12-24 10:30:00Z", 1_766_572_200_000_000),
            ("2025-12-24T10:30:00.123456789Z", 1_766_572_200_123_456),
            ("1970-01-01T00:00:00Z", 0),
            ("2026-03-02T12:00:00Z", 1_772_452_800_000_000),
        ] {
            let time = ExecutedAt::parse(text, NOW).unwrap();
            assert_eq!((time.as_str(), time.unix_us()), (text, unix_us));
            assert_eq!(time.unix_ms(), unix_us / 1000);
        }
    }

    #[test]
    fn other_times_are_refused_with_the_reason() {
        let long = format!("2025-12-24T10:30:00.{}Z", "0".repeat(100));
        for (text, reason) in [
            ("", InvalidExecutedAt::Format),
            ("NaN", InvalidExecutedAt::Format),
            ("1766572200", InvalidExecutedAt::Format),
            ("2025-12-24", InvalidExecutedAt::Format),
            ("2025-12-24T10:30:00", InvalidExecutedAt::Format),
            ("2025-12-24\"10:30:00Z", InvalidExecutedAt::Format),
            ("2025-12-24_10:30:00Z", InvalidExecutedAt::Format),
            ("1970-01-01T00:00:00+00:01", InvalidExecutedAt::TooEarly),
            ("9999-12-31T23:59:59-12:00", InvalidExecutedAt::TooLate),
            ("2025-02-30T10:30:00Z", InvalidExecutedAt::Format),
            (&long, InvalidExecutedAt::Format),
            ("1969-12-31T23:59:59.999Z", InvalidExecutedAt::TooEarly),
            ("2026-03-02T12:00:00.001Z", InvalidExecutedAt::TooLate),
            ("9999-12-31T23:59:59Z", InvalidExecutedAt::TooLate),
        ] {
            assert_eq!(ExecutedAt::parse(text, NOW), Err(reason), "{text}");
        }
    }
}
