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
            InvalidTimestamp::TooEarly => Self::TooEarly,
            InvalidTimestamp::TooLate => Self::TooLate,
            _ => Self::Format,
        }
    }
}

impl From<ExecutedAt> for String {
    fn from(time: ExecutedAt) -> Self {
        time.text
    }
}
