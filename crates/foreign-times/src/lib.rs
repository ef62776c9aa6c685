#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

use central_logger_times::{InvalidTimestamp, Timestamp};
use std::fmt::Write;
use time::{
    OffsetDateTime,
    format_description::{BorrowedFormatItem, well_known::Rfc2822},
    macros::format_description,
};

/// `24/Dec/2025:10:30:00 +0000`, as web servers write it.
const COMMON_LOG: &[BorrowedFormatItem<'_>] = format_description!(
    "[day]/[month repr:short]/[year]:[hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
);

/// A time, and how exact its form is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// As it can be stored.
    pub form: Form,
    /// Whether its form is finer than a second.
    pub is_fine: bool,
    /// Whether it does not lie at a whole second.
    pub is_within_a_second: bool,
}

/// A time as it can be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// As RFC 3339.
    Text(String),
    /// In Unix nanoseconds.
    UnixNs(u64),
}

const SECOND: u64 = 1_000_000_000;

impl Moment {
    /// A time in Unix nanoseconds.
    pub fn from_unix_ns(unix_ns: u64) -> Self {
        Self {
            form: Form::UnixNs(unix_ns),
            is_fine: true,
            is_within_a_second: !unix_ns.is_multiple_of(SECOND),
        }
    }

    /// A text in one of the forms: RFC 3339, the same with other signs or without an offset (which is UTC
    /// then), RFC 2822, the one of web servers, or a Unix time.
    pub fn from_text(text: &str) -> Option<Self> {
        let text = text.trim();
        if is_time(text) {
            return Some(Self::from_rfc_3339(text.to_owned()));
        }
        if let Some(found) = Self::from_number(text) {
            return Some(found);
        }
        if let Some(written) = rewritten(text).filter(|written| is_time(written)) {
            return Some(Self::from_rfc_3339(written));
        }
        let parsed = OffsetDateTime::parse(text, &Rfc2822);
        let parsed = parsed.or_else(|_| OffsetDateTime::parse(text, COMMON_LOG));
        let unix_ns = u64::try_from(parsed.ok()?.unix_timestamp_nanos()).ok()?;
        Some(Self {
            is_fine: false,
            ..Self::from_unix_ns(unix_ns)
        })
    }

    /// A Unix time in decimal, in the unit that its size tells: seconds, milli-, micro- or nanoseconds.
    pub fn from_number(number: &str) -> Option<Self> {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_decimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_decimal(whole) || !is_decimal(fraction) {
            return Self::from_float(number);
        }
        let whole: u64 = whole.parse().ok()?;
        let unit = match whole {
            0..100_000_000_000 => SECOND,
            100_000_000_000..100_000_000_000_000 => 1_000_000,
            100_000_000_000_000..100_000_000_000_000_000 => 1_000,
            _ => 1,
        };
        let digits = &fraction[..fraction.len().min(9)];
        let below: u64 = digits.parse().unwrap_or(0);
        let below = (digits.len()..9).fold(below, |below, _| 10 * below);
        let unix_ns = whole
            .checked_mul(unit)?
            .checked_add(below * unit / SECOND)?;
        Some(Self {
            is_fine: unit < SECOND || !fraction.is_empty(),
            ..Self::from_unix_ns(unix_ns)
        })
    }

    /// With an exponent, as some write large numbers.
    fn from_float(number: &str) -> Option<Self> {
        let is_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        let value: f64 = match number.bytes().all(is_number) && number.contains(['e', 'E']) {
            true => number.parse().ok()?,
            false => return None,
        };
        let is_in_range = (0.0..1e19).contains(&value);
        is_in_range.then(|| Self::from_number(&format!("{value:.6}")))?
    }

    fn from_rfc_3339(text: String) -> Self {
        // Behind the date and the time of day.
        let fraction = text.get(19..).and_then(|rest| rest.strip_prefix('.'));
        let digits = fraction.unwrap_or_default();
        let end = digits.find(|sign: char| !sign.is_ascii_digit());
        let digits = &digits[..end.unwrap_or(digits.len())];
        Self {
            is_fine: fraction.is_some(),
            is_within_a_second: digits.bytes().any(|digit| digit != b'0'),
            form: Form::Text(text),
        }
    }
}

/// Whether it is a time in RFC 3339, even one that no entry may have.
fn is_time(text: &str) -> bool {
    !matches!(text.parse::<Timestamp>(), Err(InvalidTimestamp::Format))
}

/// What reads like RFC 3339 but for its signs, as it should be.
fn rewritten(text: &str) -> Option<String> {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let part = |from: usize, to: usize| text.get(from..to).filter(|part| digits(part));
    let sign = |at: usize, signs: &[u8]| signs.contains(text.as_bytes().get(at)?).then_some(());
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    sign(4, b"-/")?;
    sign(7, b"-/")?;
    sign(10, b"Tt _:")?;
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    sign(13, b":")?;
    sign(16, b":")?;
    let mut written = format!("{year}-{month}-{day}T{hour}:{minute}:{second}");
    let mut rest = text.get(19..)?;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let end = fraction.find(|sign: char| !sign.is_ascii_digit());
        let (fraction, behind) = fraction.split_at(end.unwrap_or(fraction.len()));
        // Writing to a text never fails.
        let _ = write!(written, ".{}", &fraction[..fraction.len().min(9)]);
        rest = behind;
    }
    written += &offset(rest.trim())?;
    Some(written)
}

fn offset(text: &str) -> Option<String> {
    // Go and Java name the zone behind its offset.
    let text = text.split([' ', '[']).next().unwrap_or_default();
    match text {
        "" | "Z" | "z" | "UTC" | "GMT" | "UT" => return Some("Z".to_owned()),
        _ => {}
    }
    let sign = text.get(..1).filter(|sign| ["+", "-"].contains(sign))?;
    let digits = text[1..].replace(':', "");
    match digits.len() {
        2 => Some(format!("{sign}{digits}:00")),
        4 => Some(format!("{sign}{}:{}", digits.get(..2)?, digits.get(2..)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(form: &str) -> Option<String> {
        match Moment::from_text(form)?.form {
            Form::Text(text) => Some(text),
            Form::UnixNs(unix_ns) => {
                let time = OffsetDateTime::from_unix_timestamp_nanos(unix_ns.into()).unwrap();
                Some(Timestamp::try_from(time).unwrap().to_string())
            }
        }
    }

    #[test]
    fn every_form_is_understood() {
        for (sent, read) in [
            (
                "2025-12-24T10:30:00.25+01:00",
                "2025-12-24T10:30:00.25+01:00",
            ),
            ("2025-12-24 10:30:00Z", "2025-12-24 10:30:00Z"),
            (
                "2025-12-24T10:30:00.1234567",
                "2025-12-24T10:30:00.1234567Z",
            ),
            ("2025-12-24 10:30:00,250", "2025-12-24T10:30:00.250Z"),
            ("2025-12-24 10:30:00 +0100", "2025-12-24T10:30:00+01:00"),
            (
                "2025-12-24 10:30:00.5 +0000 UTC",
                "2025-12-24T10:30:00.5+00:00",
            ),
            ("2025-12-24T10:30:00+01", "2025-12-24T10:30:00+01:00"),
            (
                "2025-12-24T10:30:00.25+01:00[Europe/Berlin]",
                "2025-12-24T10:30:00.25+01:00",
            ),
            ("2025/12/24 10:30:00", "2025-12-24T10:30:00Z"),
            ("24/Dec/2025:10:30:00 +0100", "2025-12-24T09:30:00Z"),
            ("Wed, 24 Dec 2025 10:30:00 GMT", "2025-12-24T10:30:00Z"),
            ("1766572200", "2025-12-24T10:30:00Z"),
            ("1766572200.25", "2025-12-24T10:30:00.25Z"),
            ("1766572200250", "2025-12-24T10:30:00.25Z"),
            ("1766572200250.5", "2025-12-24T10:30:00.2505Z"),
            ("1766572200250000", "2025-12-24T10:30:00.25Z"),
            ("1766572200250000001", "2025-12-24T10:30:00.250000001Z"),
            ("1.76657220025e9", "2025-12-24T10:30:00.25Z"),
        ] {
            assert_eq!(text(sent).as_deref(), Some(read), "{sent}");
        }
        for other in [
            "",
            "now",
            "10:30",
            "2025-13-45 10:30:00",
            "-5",
            "1e99",
            "é",
            "2025-12-24Té",
        ] {
            assert_eq!(text(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_finer_than_a_second_is_told_by_form_and_value() {
        for (sent, is_fine, is_within) in [
            ("2025-12-24T10:30:00Z", false, false),
            ("2025-12-24T10:30:00.000Z", true, false),
            ("2025-12-24T10:30:00.010Z", true, true),
            ("2025-12-24 10:30:00,010", true, true),
            ("1766572200", false, false),
            ("1766572200.5", true, true),
            ("1766572200000", true, false),
            ("1766572200000000001", true, true),
        ] {
            let found = Moment::from_text(sent).unwrap();
            assert_eq!(
                (found.is_fine, found.is_within_a_second),
                (is_fine, is_within),
                "{sent}"
            );
        }
    }
}
