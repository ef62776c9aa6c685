//! Fields for a time from which on, and one before which. Without the script they are in UTC, and with it in the zone that
//! the reader has chosen; they are sent in UTC in any case.

use maud::{Markup, html};
use time::OffsetDateTime;

/// The two fields, called `from` and `to`, with what stands in them.
pub fn period(from: Option<OffsetDateTime>, to: Option<OffsetDateTime>) -> Markup {
    html! {
        fieldset {
            legend { "Time, in " span data-zone-name { "UTC" } }
            div.times {
                (field("from", "From", from))
                (field("to", "To", to))
            }
        }
    }
}

fn field(name: &str, label: &str, at: Option<OffsetDateTime>) -> Markup {
    let value = at.map(without_zone).unwrap_or_default();
    html! {
        div {
            label for=(name) { (label) }
            input type="datetime-local" id=(name) name=(name) step=(step(at)) value=(value) autocomplete="off" data-in-utc;
        }
    }
}

/// How exactly a browser lets a time be set: to the second, unless it is more exact already.
fn step(at: Option<OffsetDateTime>) -> &'static str {
    match at.map(OffsetDateTime::millisecond) {
        None | Some(0) => "1",
        Some(_) => "0.001",
    }
}

/// A time as such a field sends it without the script, with its zone; all other texts are as they were.
pub fn with_zone(text: &str) -> String {
    let Some((_, clock)) = text.split_once('T') else {
        return text.to_owned();
    };
    let is_plain = clock
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    match (is_plain, clock.matches(':').count()) {
        (true, 1) => format!("{text}:00Z"),
        (true, 2) => format!("{text}Z"),
        _ => text.to_owned(),
    }
}

/// A time in UTC as such a field holds it.
fn without_zone(at: OffsetDateTime) -> String {
    let date = at.date();
    let (hour, minute, second) = at.to_hms();
    let whole = format!("{date}T{hour:02}:{minute:02}:{second:02}");
    match at.millisecond() {
        0 => whole,
        milliseconds => format!("{whole}.{milliseconds:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn fields_of_browsers_are_in_utc() {
        for (sent, read) in [
            ("2026-03-01T12:00", "2026-03-01T12:00:00Z"),
            ("2026-03-01T12:00:05", "2026-03-01T12:00:05Z"),
            ("2026-03-01T12:00:05.250", "2026-03-01T12:00:05.250Z"),
            ("2026-03-01T12:00:05Z", "2026-03-01T12:00:05Z"),
            ("2026-03-01T12:00:05+01:00", "2026-03-01T12:00:05+01:00"),
            ("yesterday", "yesterday"),
        ] {
            assert_eq!(with_zone(sent), read);
        }
        let at = datetime!(2026-03-01 09:05:07.25 UTC);
        assert_eq!(without_zone(at), "2026-03-01T09:05:07.250");
        let whole = datetime!(2026-03-01 09:05:07 UTC);
        assert_eq!(without_zone(whole), "2026-03-01T09:05:07");
        assert_eq!(step(Some(at)), "0.001");
        assert_eq!(step(Some(whole)), step(None));
    }
}
