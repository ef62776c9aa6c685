use central_logger_times::Timestamp;
use time::{OffsetDateTime, macros::format_description};

/// A time in UTC, to the minute.
pub(crate) fn minute(time: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    let in_utc = Timestamp::clamped(time).get();
    in_utc.format(format).unwrap_or_default()
}

/// A time in UTC, to the minute, or `absent` when there is none.
pub(crate) fn minute_or(time: Option<OffsetDateTime>, absent: &str) -> String {
    time.map_or_else(|| absent.to_owned(), minute)
}
