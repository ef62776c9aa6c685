use central_logger_times::{InvalidTimestamp, Timestamp};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

/// The time at which a workflow ran: the text as it was sent, and the microsecond that it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct ExecutedAt {
    text: String,
    unix_us: u64,
}

/// Error returned when a text or number is not accepted as a time of execution.
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
    /// The most that a time may lie ahead of the server's clock.
    pub const MAX_AHEAD: Duration = Duration::hours(24);

    /// Takes an RFC 3339 time from 1970 on and at most 24 hours after `now`. `T`, `t` or a space stands
    /// between date and time.
    ///
    /// # Errors
    /// When it is not such a time.
    pub fn parse(text: &str, now: OffsetDateTime) -> Result<Self, InvalidExecutedAt> {
        Self::new(text.parse()?, text.to_owned(), now)
    }

    /// Takes a time in Unix nanoseconds, at most 24 hours after `now`. Its text is RFC 3339 in UTC.
    ///
    /// # Errors
    /// When it lies too far ahead.
    pub fn from_unix_ns(unix_ns: u64, now: OffsetDateTime) -> Result<Self, InvalidExecutedAt> {
        let time = OffsetDateTime::from_unix_timestamp_nanos(unix_ns.into());
        let time = Timestamp::try_from(time.map_err(|_| InvalidExecutedAt::TooLate)?)?;
        Self::new(time, time.to_string(), now)
    }

    fn new(time: Timestamp, text: String, now: OffsetDateTime) -> Result<Self, InvalidExecutedAt> {
        if time > Timestamp::clamped(now).saturating_add(Self::MAX_AHEAD) {
            return Err(InvalidExecutedAt::TooLate);
        }
        Ok(Self {
            unix_us: time.unix_us(),
            text,
        })
    }

    /// Returns the text as it was sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the time in Unix milliseconds, rounded down.
    pub fn unix_ms(&self) -> u64 {
        self.unix_us / 1000
    }

    /// Returns the time in Unix microseconds, rounded down, which tells events apart.
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
    fn a_number_is_kept_as_its_rfc_3339_time() {
        for (unix_ns, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_766_572_200_000_000_000, "2025-12-24T10:30:00Z"),
            (1_766_572_200_120_000_001, "2025-12-24T10:30:00.120000001Z"),
        ] {
            let time = ExecutedAt::from_unix_ns(unix_ns, NOW).unwrap();
            assert_eq!(time, ExecutedAt::parse(text, NOW).unwrap());
        }
        for ahead in [1_772_452_800_000_000_001, u64::MAX] {
            let refused = ExecutedAt::from_unix_ns(ahead, NOW);
            assert_eq!(refused, Err(InvalidExecutedAt::TooLate));
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
