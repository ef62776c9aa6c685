//! Points in time and durations for people.
//!
//! Times are written in UTC. The script writes them in the time zone of the reader instead.

use maud::{Markup, html};
use time::{
    Duration, OffsetDateTime,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

const DAY_AND_TIME: &[BorrowedFormatItem<'_>] = format_description!(
    "[month repr:short] [day padding:none], [hour]:[minute]:[second].[subsecond digits:3]"
);
const MINUTE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]");

/// A point in time as programs read it.
pub fn rfc3339(at: OffsetDateTime) -> String {
    // Fails beyond the year 9999, of which there are no times here.
    at.format(&Rfc3339).unwrap_or_default()
}

/// A point in time, to the millisecond.
pub fn precise(at: OffsetDateTime) -> Markup {
    let text = at.format(DAY_AND_TIME).unwrap_or_default();
    html! { time datetime=(rfc3339(at)) data-form="precise" { (text) } }
}

/// A point in time, to the minute.
pub fn minute(at: OffsetDateTime) -> Markup {
    html! { time datetime=(rfc3339(at)) data-form="minute" { (in_utc(at)) } }
}

/// The same as a text.
pub fn in_utc(at: OffsetDateTime) -> String {
    format!("{} UTC", at.format(MINUTE).unwrap_or_default())
}

/// How long ago a point in time is, or how soon. The exact time is in its title.
pub fn distance(at: OffsetDateTime, now: OffsetDateTime) -> Markup {
    // What another program has just made may be a moment ahead of this one's time.
    let text = match at < now + Duration::SECOND {
        true => ago(now - at),
        false => format!("in {}", length(at - now)),
    };
    html! { time datetime=(rfc3339(at)) title=(in_utc(at)) data-form="distance" { (text) } }
}

fn ago(distance: Duration) -> String {
    match distance < Duration::seconds(5) {
        true => "just now".to_owned(),
        false => format!("{} ago", length(distance)),
    }
}

/// A duration in its largest unit.
///
/// # Examples
///
/// ```
/// use central_logger_pages::time::length;
/// use time::Duration;
///
/// assert_eq!(length(Duration::seconds(59)), "59 s");
/// assert_eq!(length(Duration::minutes(119)), "2 h");
/// assert_eq!(length(Duration::days(400)), "13 months");
/// ```
pub fn length(duration: Duration) -> String {
    let seconds = duration.whole_seconds().unsigned_abs();
    let rounded = |unit: u64| (seconds + unit / 2) / unit;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..5_370 => format!("{} min", rounded(60)),
        5_370..171_000 => format!("{} h", rounded(3_600)),
        171_000..7_776_000 => format!("{} days", rounded(86_400)),
        _ => format!("{} months", rounded(2_629_800)),
    }
}

/// How long something took, from milliseconds on.
///
/// # Examples
///
/// ```
/// use central_logger_pages::time::took;
///
/// assert_eq!(took(7), "7 ms");
/// assert_eq!(took(1_250), "1.2 s");
/// assert_eq!(took(200_000), "3 min 20 s");
/// assert_eq!(took(540_000), "9 min");
/// ```
pub fn took(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{:.1} s", milliseconds as f64 / 1000.0),
        60_000..3_600_000 => two((seconds / 60, "min"), (seconds % 60, "s")),
        _ => two((seconds / 3600, "h"), (seconds % 3600 / 60, "min")),
    }
}

fn two((number, unit): (u64, &str), (rest, smaller): (u64, &str)) -> String {
    match rest {
        0 => format!("{number} {unit}"),
        rest => format!("{number} {unit} {rest} {smaller}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_time_says_exactly_when_and_about_how_long_ago() {
        let at = datetime!(2026-03-01 09:05:07.25 UTC);
        let shown = distance(at, at + Duration::minutes(3)).into_string();
        assert_eq!(
            shown,
            "<time datetime=\"2026-03-01T09:05:07.25Z\" title=\"2026-03-01 09:05 UTC\" \
             data-form=\"distance\">3 min ago</time>"
        );
        let later = distance(at + Duration::days(9), at).into_string();
        assert!(later.contains(">in 9 days<"), "{later}");
        let ahead = distance(at + Duration::milliseconds(900), at).into_string();
        assert!(ahead.contains(">just now<"), "{ahead}");
        assert!(precise(at).into_string().contains(">Mar 1, 09:05:07.250<"));
    }
}
