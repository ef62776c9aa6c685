//! When a receiver that refuses a message wants to be asked again (RFC 9110, section 10.2.3).

use http::HeaderValue;
use std::time::SystemTime;
use time::{Duration, OffsetDateTime};

/// The longest time that is believed.
const LONGEST: Duration = Duration::DAY;

/// Returns how long to wait from `now` on, by seconds or a date.
pub(super) fn wait(value: &HeaderValue, now: OffsetDateTime) -> Option<Duration> {
    let text = value.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What has too many digits is long.
        let seconds = text.parse().map_or(LONGEST, Duration::seconds);
        return Some(seconds.min(LONGEST));
    }
    let date: SystemTime = httpdate::parse_http_date(text).ok()?;
    let wait = OffsetDateTime::from(date) - now;
    Some(wait.clamp(Duration::ZERO, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn seconds_and_dates_are_understood_and_nothing_is_waited_for_longer_than_a_day() {
        let now = datetime!(1994-11-06 08:49:00 UTC);
        let seconds = |seconds| Some(Duration::seconds(seconds));
        for (text, expected) in [
            ("40", seconds(40)),
            (" 0 ", seconds(0)),
            ("86401", Some(Duration::DAY)),
            ("99999999999999999999999", Some(Duration::DAY)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", seconds(37)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", seconds(37)),
            ("Sun Nov  6 08:49:37 1994", seconds(37)),
            ("Sun, 06 Nov 1994 08:48:37 GMT", seconds(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(Duration::DAY)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            let value = HeaderValue::from_static(text);
            assert_eq!(wait(&value, now), expected, "{text:?}");
        }
        let foreign = HeaderValue::from_bytes(b"\xff").unwrap();
        assert_eq!(wait(&foreign, now), None);
    }
}
