//! Severities of other systems as a status.

use std::borrow::Cow;

/// The name of a level as a status: in upper case.
pub(crate) fn of_text(text: &str) -> Cow<'_, str> {
    let is_upper = |byte: u8| byte.is_ascii() && !byte.is_ascii_lowercase();
    let upper: Cow<'_, str> = match text.bytes().all(is_upper) {
        true => text.into(),
        false => text.to_uppercase().into(),
    };
    match &*upper {
        "INFORMATION" | "INFORMATIONAL" => "INFO".into(),
        _ => upper,
    }
}

/// A number as syslog and the journal have it (0 to 7), or libraries of JavaScript (10 to 60).
pub(crate) fn of_number(text: &str) -> Option<&'static str> {
    Some(match text.parse::<u32>().ok()? {
        number @ 0..=7 => of_syslog(number),
        10..20 => "TRACE",
        20..30 => "DEBUG",
        30..40 => "INFO",
        40..50 => "WARN",
        50..60 => "ERROR",
        60..70 => "FATAL",
        _ => return None,
    })
}

fn of_syslog(number: u32) -> &'static str {
    match number {
        0 => "EMERG",
        1 => "ALERT",
        2 => "CRIT",
        3 => "ERROR",
        4 => "WARNING",
        5 => "NOTICE",
        6 => "INFO",
        _ => "DEBUG",
    }
}

/// The number of OpenTelemetry, where four numbers share a name.
pub(crate) fn of_otlp(number: i64) -> Option<&'static str> {
    Some(match number {
        1..=4 => "TRACE",
        5..=8 => "DEBUG",
        9..=12 => "INFO",
        13..=16 => "WARN",
        17..=20 => "ERROR",
        21..=24 => "FATAL",
        _ => return None,
    })
}
